#include "explain/search.h"

#include "base/text.h"
#include "history/block.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>

namespace tocsin::explain {
namespace {

using history::Entry;
using history::Reader;

constexpr std::size_t kSearchBlocksMax = 200;

bool IsEqual(const model::Matcher& matcher) {
  return matcher.op() == model::MatchOp::kEqual && !matcher.value().empty();
}

// Those that a block with such an alert has.
std::vector<history::Key> KeysOfAlert(const model::Matchers& matchers);

class Search {
 public:
  Search(Reader* reader, const Question& question) : reader_(reader), question_(question) {}

  Result<Answer> Go() {
    answer_.at = question_.at;
    answer_.asked = question_.asked;
    const Result<Time> beginning = reader_->Beginning();
    if (!beginning) return tl::unexpected(beginning.error());
    answer_.recorded_since = *beginning;
    Status status = FindExact();
    if (status && answer_.alerts.empty()) status = FindMatching();
    if (status) status = FindFailingRule();
    if (status) status = FindGapsOf();
    if (!status) return tl::unexpected(status.error());
    answer_.unreadable_blocks = reader_->malformed();
    return std::move(answer_);
  }

 private:
  Status Add(const model::LabelSet& alert) {
    Result<Chain> chain = CollectChain(reader_, alert, question_.at);
    if (!chain) return tl::unexpected(chain.error());
    if (!chain->events.empty()) answer_.alerts.push_back(Explain(*std::move(chain)));
    return {};
  }

  Status FindExact() {
    model::LabelSetBuilder labels;
    for (const model::Matcher& matcher : question_.matchers) {
      if (!IsEqual(matcher)) return {};
      labels.Set(matcher.name(), matcher.value());
    }
    return Add(labels.Build());
  }

  Status FindMatching() {
    std::vector<model::LabelSet> found;
    std::unordered_set<model::LabelSet, model::LabelSetHash> seen;
    const auto consider = [&](const model::LabelSet& alert) {
      if (!seen.insert(alert).second || !MatchesAll(question_.matchers, alert)) return;
      found.push_back(alert);
    };
    Reader::Query query;
    query.keys = KeysOfAlert(question_.matchers);
    query.to = question_.at;
    query.blocks_max = kSearchBlocksMax;
    const auto end = reader_->WalkBack(query, [&](const std::vector<Entry>& entries) {
      for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
        if (const model::LabelSet* alert = history::AlertOf(it->event)) consider(*alert);
      }
      return found.size() <= kAlertsMax;
    });
    if (!end) return tl::unexpected(end.error());
    answer_.more = *end != Reader::End::kAll || found.size() > kAlertsMax;
    found.resize(std::min(found.size(), kAlertsMax));
    for (const model::LabelSet& alert : found) {
      if (Status added = Add(alert); !added) return added;
    }
    return {};
  }

  // The number of the event with which the configuration came into force; 0: not on record. A rule
  // that still fails is said to once more after it.
  Result<std::uint64_t> LastInstalled() {
    std::uint64_t installed = 0;
    Reader::Query query;
    query.keys = {history::KeyOfRoutes()};
    query.to = question_.at;
    const auto end = reader_->WalkBack(query, [&](const std::vector<Entry>& entries) {
      for (auto it = entries.rbegin(); it != entries.rend() && installed == 0; ++it) {
        const auto* routes = std::get_if<history::RoutesInForce>(&it->event);
        if (routes != nullptr && !routes->repeated) installed = it->number;
      }
      return installed == 0;
    });
    if (!end) return tl::unexpected(end.error());
    return installed;
  }

  Status FindFailingRule() {
    const auto name = std::find_if(
        question_.matchers.begin(), question_.matchers.end(), [](const model::Matcher& matcher) {
          return IsEqual(matcher) && matcher.name() == model::kAlertNameLabel;
        });
    if (name == question_.matchers.end()) return {};
    const Result<std::uint64_t> installed = LastInstalled();
    if (!installed) return tl::unexpected(installed.error());
    Reader::Query query;
    query.keys = {history::KeyOfRule(name->value())};
    query.first = *installed;
    query.to = question_.at;
    const auto end = reader_->WalkBack(query, [&](const std::vector<Entry>& entries) {
      for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
        if (const auto* works = std::get_if<history::RuleWorksAgain>(&it->event)) {
          if (works->rule.name == name->value()) return false;
        }
        const auto* fails = std::get_if<history::RuleFails>(&it->event);
        if (fails == nullptr || fails->rule.name != name->value()) continue;
        answer_.rule_fails = *fails;
        answer_.rule_fails_since = it->at;
        return false;
      }
      return true;
    });
    if (!end) return tl::unexpected(end.error());
    return {};
  }

  Status FindGapsOf() {
    Time since = question_.at;
    for (const Explanation& explanation : answer_.alerts) {
      since = std::min(since, explanation.chain.events.front().at);
    }
    Result<std::vector<Gap>> gaps = FindGaps(reader_, since, question_.at);
    if (!gaps) return tl::unexpected(gaps.error());
    answer_.gaps = *std::move(gaps);
    return {};
  }

  Reader* const reader_;
  const Question& question_;
  Answer answer_;
};

std::vector<history::Key> KeysOfAlert(const model::Matchers& matchers) {
  std::vector<history::Key> keys = KeysOf(matchers);
  for (const model::Matcher& name : matchers) {
    if (!IsEqual(name) || name.name() != model::kAlertNameLabel) continue;
    for (const model::Matcher& matcher : matchers) {
      if (!IsEqual(matcher) || matcher.name() == model::kAlertNameLabel) continue;
      keys.push_back(history::KeyOfNamedLabel(name.value(), matcher.name(), matcher.value()));
    }
  }
  return keys;
}

}  // namespace

Result<Answer> FindAndExplain(Reader* reader, const Question& question) {
  return Search(reader, question).Go();
}

std::vector<history::Key> KeysOf(const model::Matchers& matchers) {
  std::vector<history::Key> keys;
  for (const model::Matcher& matcher : matchers) {
    if (IsEqual(matcher)) keys.push_back(history::KeyOfLabel(matcher.name(), matcher.value()));
  }
  return keys;
}

Result<model::Matchers> ParseQuestion(std::string_view text, model::MatcherSyntax syntax) {
  text = TrimSpace(text);
  if (model::IsClassicMetricName(text)) {
    auto matcher = model::Matcher::Create(std::string(model::kAlertNameLabel),
                                          model::MatchOp::kEqual, std::string(text));
    if (!matcher) return tl::unexpected(matcher.error());
    return model::Matchers{*std::move(matcher)};
  }
  auto parsed = model::ParseMatchers(text, syntax);
  if (!parsed) return tl::unexpected(parsed.error());
  if (parsed->matchers.empty()) return Fail("say which alert, by its labels");
  return std::move(parsed->matchers);
}

Result<Time> ParseInstant(std::string_view text) {
  if (const std::optional<Time> time = ParseRfc3339(text)) return *time;
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(seconds)) {
    return Fail("not a time (RFC 3339, or seconds since 1970): " + GoQuote(text));
  }
  return FromUnixSeconds(seconds);
}

}  // namespace tocsin::explain
