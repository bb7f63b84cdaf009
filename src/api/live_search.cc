#include "api/live_search.h"

#include "base/clock.h"
#include "core/control.h"
#include "explain/search.h"
#include "history/recorder.h"
#include "router/route_mute.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace tocsin::api {
namespace {

using Done = std::function<void(FinishLive)>;

// Rules that nothing was found of are worth that many lines.
constexpr std::size_t kRulesMax = 20;

void AddAlerts(const core::Control& control, std::vector<router::AlertView> found,
               explain::Live* live) {
  const auto routes = control.routes();
  const auto silences = control.Silences();
  for (router::AlertView& view : found) {
    if (live->alerts.size() == explain::kAlertsMax) break;
    explain::LiveAlert& alert = live->alerts.emplace_back();
    alert.labels = view.alert->labels;
    alert.alert = view.alert;
    alert.inhibited_by = std::move(view.status.inhibited_by);
    for (const router::RouteIndex route : view.routes) {
      alert.receivers.push_back((*routes)[route].receiver);
    }
    for (router::Standing& standing : control.StandingsOf(alert.labels)) {
      alert.groups.push_back({std::move(standing), std::nullopt, std::nullopt});
    }
    const auto& ids = view.status.silenced_by;
    if (ids.empty()) continue;
    for (const model::SilencePtr& silence : *silences) {
      if (std::find(ids.begin(), ids.end(), silence->id) == ids.end()) continue;
      alert.silenced_by.push_back(
          {silence->id, silence->created_by, silence->comment, silence->ends_at});
    }
  }
}

// The alert with those labels, which is added if it may be; else null.
explain::LiveAlert* FindAlert(const model::LabelSet& labels, explain::Live* live) {
  for (explain::LiveAlert& alert : live->alerts) {
    if (alert.labels == labels) return &alert;
  }
  if (live->alerts.size() == explain::kAlertsMax) return nullptr;
  live->alerts.emplace_back().labels = labels;
  return &live->alerts.back();
}

void AddRules(std::vector<core::Control::RuleInQuestion> found, explain::Live* live) {
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    const config::Position& left = a.found.view.rule->position;
    const config::Position& right = b.found.view.rule->position;
    return std::tie(left.file, left.line) < std::tie(right.file, right.line);
  });
  for (const auto& rule : found) {
    const rules::RuleView& view = rule.found.view;
    if (view.alerts.empty() && live->rules.size() >= kRulesMax) continue;
    for (std::size_t i = 0; i < view.alerts.size(); ++i) {
      const rules::RuleAlert& alert = view.alerts[i];
      explain::LiveAlert* const of = FindAlert(rule.outgoing[i].labels, live);
      if (of == nullptr) continue;
      of->rules.push_back({live->rules.size(), alert.state, alert.active_at,
                           alert.keep_firing_since, alert.value, rule.outgoing[i].dropped_by});
    }
    live->rules.push_back({history::RuleOf(*view.rule), rule.found.interval, view.health,
                           view.last_error, view.last_evaluation, view.evaluation_time});
  }
}

// The search of one request. The task that waits in the core's inbox owns it.
class Search : public std::enable_shared_from_this<Search> {
 public:
  Search(ExchangePtr exchange, model::Matchers matchers, Done done)
      : exchange_(std::move(exchange)), matchers_(std::move(matchers)), done_(std::move(done)) {}

  void Step() {
    const bool asked = exchange_->options().core->TryRun(
        0, [self = shared_from_this()](core::Control& control, Time now) {
          self->Take(control, now);
        });
    if (!asked) exchange_->AnswerLater("too many requests, try again later");
  }

 private:
  // What has been taken: first the alerts of the router, then the rules and theirs.
  struct Taken {
    std::size_t next = 0;
    std::vector<router::AlertView> alerts;
    bool all_alerts = false;
    explain::Live live;
    core::Control::RuleQuestion question;
    rules::RuleWalk walk;
    std::vector<core::Control::RuleInQuestion> rules;
  };

  // Core thread.
  void Take(core::Control& control, Time now) {
    if (!control.installed()) return exchange_->AnswerLater("starting, try again later");
    if (installs_ != control.installs()) {
      installs_ = control.installs();
      taken_ = {};
    }
    const Duration until = MonotonicNow() + core::kWalkTime;
    while (!TakeSlice(control, now)) {
      if (MonotonicNow() >= until) return Step();
    }
    // What needs the core no more, and when intervals end, which is reckoned minute by minute: not
    // here.
    done_([taken = std::move(taken_), routes = control.routes(), now]() mutable {
      AddRules(std::move(taken.rules), &taken.live);
      AddMutes(*routes, now, &taken.live);
      return std::move(taken.live);
    });
  }

  // True if that was all.
  bool TakeSlice(core::Control& control, Time now) {
    if (taken_.all_alerts) {
      return control.TakeRules(taken_.question, &taken_.walk, &taken_.rules);
    }
    const bool all = control.TakeActiveAlerts(now, matchers_, &taken_.next, &taken_.alerts);
    if (!all && taken_.alerts.size() < explain::kAlertsMax) return false;
    taken_.all_alerts = true;
    AddAlerts(control, std::move(taken_.alerts), &taken_.live);
    taken_.question.matchers = matchers_;
    for (const explain::LiveAlert& alert : taken_.live.alerts) {
      taken_.question.known.push_back(alert.labels);
    }
    return false;
  }

  static void AddMutes(const router::RouteTree& routes, Time now, explain::Live* live) {
    std::unordered_map<std::uint32_t, explain::LiveGroup> by_route;
    for (explain::LiveAlert& alert : live->alerts) {
      for (explain::LiveGroup& group : alert.groups) {
        const router::RouteIndex index = group.standing.route;
        const auto [it, is_new] = by_route.try_emplace(static_cast<std::uint32_t>(index));
        if (is_new) it->second.mute = router::MuteOf(routes[index], now);
        if (is_new && it->second.mute) {
          it->second.mute_ends = router::MuteEnd(routes[index], now);
        }
        group.mute = it->second.mute;
        group.mute_ends = it->second.mute_ends;
      }
    }
  }

  const ExchangePtr exchange_;
  const model::Matchers matchers_;
  const Done done_;
  std::uint64_t installs_ = 0;  // When `taken_` was begun.
  Taken taken_;
};

}  // namespace

void SearchLive(const ExchangePtr& exchange, const model::Matchers& matchers, Done done) {
  std::make_shared<Search>(exchange, matchers, std::move(done))->Step();
}

}  // namespace tocsin::api
