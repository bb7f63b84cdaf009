#include "router/alert_store.h"

#include "base/hash.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tocsin::router {
namespace {

// That many signatures cost about as much as the looks of a slice.
constexpr std::size_t kSlicePassed = 100 * AlertStore::kSliceLooks;

constexpr std::uint64_t kOddFactor = 0x9E3779B97F4A7C15ULL;

}  // namespace

std::uint32_t AlertStore::HashOf(const model::LabelSet& labels) {
  return static_cast<std::uint32_t>(labels.Hash() >> 32);
}

bool AlertStore::EqualIndexed::operator()(const model::LabelSet& labels,
                                          const Indexed& indexed) const {
  return indexed.hash == HashOf(labels) &&
         (*alerts)[static_cast<std::size_t>(indexed.slot)]->labels == labels;
}

AlertStore::AlertStore()
    : alerts_(std::make_unique<std::vector<model::AlertPtr>>()),
      index_(0, HashIndexed{}, EqualIndexed{alerts_.get()}) {}

std::optional<AlertSlot> AlertStore::Find(const model::LabelSet& labels) const {
  const auto it = index_.find(labels);
  if (it == index_.end()) return std::nullopt;
  return it->slot;
}

AlertSlot AlertStore::Add(model::AlertPtr alert) {
  assert(!Find(alert->labels));
  AlertSlot slot{};
  const std::uint32_t hash = HashOf(alert->labels);
  if (free_.empty()) {
    slot = static_cast<AlertSlot>(alerts_->size());
    signatures_.push_back(SignatureOf(alert->labels));
    alerts_->push_back(std::move(alert));
  } else {
    slot = free_.back();
    free_.pop_back();
    signatures_[static_cast<std::size_t>(slot)] = SignatureOf(alert->labels);
    (*alerts_)[static_cast<std::size_t>(slot)] = std::move(alert);
  }
  index_.insert({slot, hash});
  return slot;
}

void AlertStore::Replace(AlertSlot slot, model::AlertPtr alert) {
  model::AlertPtr& stored = (*alerts_)[static_cast<std::size_t>(slot)];
  assert(stored && stored->labels == alert->labels);
  stored = std::move(alert);
}

void AlertStore::Remove(AlertSlot slot) {
  index_.erase({slot, HashOf((*alerts_)[static_cast<std::size_t>(slot)]->labels)});
  (*alerts_)[static_cast<std::size_t>(slot)] = nullptr;
  free_.push_back(slot);
}

AlertStore::Signature AlertStore::SignatureOf(std::string_view name, std::string_view value) {
  // Two bits of 64: a set of eight pairs has a quarter of all.
  const std::uint64_t hash = (XxHash64(name) * kOddFactor) ^ XxHash64(value);
  return (Signature{1} << (hash >> 58)) | (Signature{1} << ((hash >> 52) & 63));
}

AlertStore::Signature AlertStore::SignatureOf(const model::LabelSet& labels) {
  Signature signature = 0;
  for (const model::Label label : labels) signature |= SignatureOf(label.name, label.value);
  return signature;
}

bool AlertStore::SelectSlice(const model::Matchers& matchers, std::size_t* next,
                             std::vector<AlertSlot>* selected) const {
  Signature wanted = 0;
  for (const model::Matcher& matcher : matchers) {
    if (matcher.op() == model::MatchOp::kEqual && !matcher.value().empty()) {
      wanted |= SignatureOf(matcher.name(), matcher.value());
    }
  }
  std::size_t at = *next;  // In a register: this loop passes over most alerts there are.
  const std::size_t end = std::min(alerts_->size(), at + kSlicePassed);
  for (std::size_t looks = 0; at < end && looks < kSliceLooks; ++at) {
    if ((signatures_[at] & wanted) != wanted) continue;
    ++looks;
    const model::AlertPtr& alert = (*alerts_)[at];
    if (alert && model::MatchesAll(matchers, alert->labels)) {
      selected->push_back(static_cast<AlertSlot>(at));
    }
  }
  *next = at;
  return at == alerts_->size();
}

}  // namespace tocsin::router
