#include "router/inhibitor.h"

#include "base/hash.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tocsin::router {

std::size_t Inhibitor::HashEqualValues::operator()(const model::LabelSet& labels) const {
  constexpr std::uint64_t kOddFactor = 0x9E3779B97F4A7C15ULL;  // So that swapped values differ.
  std::uint64_t hash = 0;
  for (const std::string& name : names) hash = hash * kOddFactor + XxHash64(labels.Get(name));
  return static_cast<std::size_t>(hash);
}

bool Inhibitor::SameEqualValues::operator()(const model::LabelSet& a,
                                            const model::LabelSet& b) const {
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return a.Get(name) == b.Get(name); });
}

Inhibitor::RuleIndex::RuleIndex(InhibitRule inhibit_rule)
    : rule(std::move(inhibit_rule)),
      sources(0, HashEqualValues{rule.equal}, SameEqualValues{rule.equal}) {}

Inhibitor::Inhibitor(std::vector<InhibitRule> rules) {
  rules_.reserve(rules.size());
  for (InhibitRule& rule : rules) {
    const auto id = static_cast<MatcherIndex::Id>(rules_.size());
    by_source_.Add(id, rule.source);
    by_target_.Add(id, rule.target);
    rules_.emplace_back(std::move(rule));
  }
}

void Inhibitor::OnFiring(AlertSlot slot, const model::LabelSet& labels) {
  if (rules_.empty()) return;
  candidates_.clear();
  by_source_.Candidates(labels, &candidates_);
  for (const MatcherIndex::Id id : candidates_) {
    RuleIndex& index = rules_[id];
    if (!model::MatchesAll(index.rule.source, labels)) continue;
    SourcesOfValues& found = index.sources.try_emplace(labels).first->second;
    const bool two_sided = model::MatchesAll(index.rule.target, labels);
    (two_sided ? found.two_sided : found.one_sided).insert({labels.Fingerprint(), slot});
  }
}

void Inhibitor::Forget(AlertSlot slot, const model::LabelSet& labels) {
  if (rules_.empty()) return;
  candidates_.clear();
  by_source_.Candidates(labels, &candidates_);
  for (const MatcherIndex::Id id : candidates_) {
    RuleIndex& index = rules_[id];
    const auto found = index.sources.find(labels);
    if (found == index.sources.end()) continue;
    const Source source{labels.Fingerprint(), slot};
    found->second.one_sided.erase(source);
    found->second.two_sided.erase(source);
    if (found->second.one_sided.empty() && found->second.two_sided.empty()) {
      index.sources.erase(found);
    }
  }
}

const Inhibitor::Source* Inhibitor::FirstFiring(Sources* sources, const AlertStore& store,
                                                Time now) {
  while (!sources->empty()) {
    const Source& first = *sources->begin();
    if (!store[first.slot]->ResolvedAt(now)) return &first;
    sources->erase(sources->begin());
  }
  return nullptr;
}

const Inhibitor::Source* Inhibitor::FirstFiring(RuleIndex* index, const model::LabelSet& target,
                                                const AlertStore& store, Time now) {
  if (index->sources.empty() || !model::MatchesAll(index->rule.target, target)) return nullptr;
  const auto found = index->sources.find(target);
  if (found == index->sources.end()) return nullptr;
  const Source* const one_sided = FirstFiring(&found->second.one_sided, store, now);
  if (model::MatchesAll(index->rule.source, target)) return one_sided;
  const Source* const two_sided = FirstFiring(&found->second.two_sided, store, now);
  if (one_sided == nullptr || two_sided == nullptr) {
    return one_sided != nullptr ? one_sided : two_sided;
  }
  return std::min(one_sided, two_sided, [](const Source* a, const Source* b) { return *a < *b; });
}

std::optional<Inhibition> Inhibitor::InhibitedBy(const model::LabelSet& target,
                                                 const AlertStore& store, Time now) {
  if (rules_.empty()) return std::nullopt;
  candidates_.clear();
  by_target_.Candidates(target, &candidates_);
  std::sort(candidates_.begin(), candidates_.end());
  for (const MatcherIndex::Id id : candidates_) {
    if (const Source* const source = FirstFiring(&rules_[id], target, store, now)) {
      return Inhibition{source->slot, id};
    }
  }
  return std::nullopt;
}

}  // namespace tocsin::router
