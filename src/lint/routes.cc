#include "base/text.h"
#include "lint/checks.h"
#include "lint/matchers.h"

#include <set>
#include <string>
#include <string_view>

namespace tocsin::lint {
namespace {

using config::ReceiverConfig;
using config::RouteConfig;
using config::YamlNodePtr;

bool HasIntegrations(const ReceiverConfig& receiver) {
  const ReceiverConfig& r = receiver;
  const std::size_t count =
      r.discord_configs.size() + r.email_configs.size() + r.incidentio_configs.size() +
      r.pagerduty_configs.size() + r.slack_configs.size() + r.webhook_configs.size() +
      r.opsgenie_configs.size() + r.wechat_configs.size() + r.pushover_configs.size() +
      r.victorops_configs.size() + r.sns_configs.size() + r.telegram_configs.size() +
      r.webex_configs.size() + r.msteams_configs.size() + r.msteamsv2_configs.size() +
      r.jira_configs.size() + r.rocketchat_configs.size() + r.mattermost_configs.size();
  return count > 0;
}

class RouteChecks {
 public:
  RouteChecks(const Configuration& configuration, Findings* findings)
      : config_(*configuration.config), root_(configuration.root), findings_(findings) {}

  void Run() {
    const YamlNodePtr node = Child(root_, "route");
    CheckRoot(node);
    Visit(config_.route, node, {});
    CheckReceivers();
    CheckIntervals("mute_time_intervals", config_.mute_time_intervals);
    CheckIntervals("time_intervals", config_.time_intervals);
  }

 private:
  config::Position At(const YamlNodePtr& node, std::string_view key = {}) const {
    return PlaceOf(config_.path, node, key);
  }
  // Where the route's matchers stand.
  config::Position MatchersAt(const YamlNodePtr& node) const {
    for (const std::string_view key : {"matchers", "match_re", "match"}) {
      if (Child(node, key) != nullptr) return At(node, key);
    }
    return At(node);
  }

  void CheckRoot(const YamlNodePtr& node) {
    const RouteConfig& root = config_.route;
    for (const ReceiverConfig& receiver : config_.receivers) {
      if (receiver.name != root.receiver || HasIntegrations(receiver)) continue;
      findings_->Add("route/default-is-silent", At(node, "receiver"),
                     "receiver " + GoQuote(receiver.name) +
                         " has no integrations: alerts that no other route takes are notified to "
                         "nobody");
    }
    if (!root.group_by && !root.group_by_all) {
      findings_->Add("route/one-group", At(node),
                     "no group_by: all alerts are one group, and a new one waits up to "
                     "group_interval behind whatever else fires; group_by: [alertname] is a start");
    }
  }

  void Visit(const RouteConfig& route, const YamlNodePtr& node, model::Matchers above) {
    used_receivers_.insert(route.receiver);
    used_intervals_.insert(route.mute_time_intervals.begin(), route.mute_time_intervals.end());
    used_intervals_.insert(route.active_time_intervals.begin(), route.active_time_intervals.end());
    CheckGlobs(route, node);
    above.insert(above.end(), route.matchers.begin(), route.matchers.end());
    if (const auto contradiction = Contradiction(above)) {
      findings_->Add("route/never-matches", MatchersAt(node),
                     "no alert takes this route: " + *contradiction +
                         " exclude each other (what stands above a route counts too)");
      // What is below is no better.
      return CollectNames(route);
    }
    for (std::size_t i = 0; i < route.routes.size(); ++i) {
      CheckShadow(route, i, node);
      Visit(route.routes[i], ChildItem(node, "routes", i), above);
    }
  }

  void CollectNames(const RouteConfig& route) {
    for (const RouteConfig& child : route.routes) {
      used_receivers_.insert(child.receiver);
      used_intervals_.insert(child.mute_time_intervals.begin(), child.mute_time_intervals.end());
      used_intervals_.insert(child.active_time_intervals.begin(),
                             child.active_time_intervals.end());
      CollectNames(child);
    }
  }

  void CheckShadow(const RouteConfig& parent, std::size_t i, const YamlNodePtr& node) {
    for (std::size_t j = 0; j < i; ++j) {
      const RouteConfig& before = parent.routes[j];
      if (before.continue_matching || !Implies(parent.routes[i].matchers, before.matchers)) {
        continue;
      }
      findings_->Add("route/unreachable", At(ChildItem(node, "routes", i)),
                     "no alert gets here: the route at line " +
                         std::to_string(before.position.line) +
                         " takes all of them first; put this one above it, or let that one "
                         "`continue: true`");
      return;
    }
  }

  void CheckGlobs(const RouteConfig& route, const YamlNodePtr& node) {
    for (const model::Matcher& matcher : route.matchers) {
      const bool regex =
          matcher.op() == model::MatchOp::kRegex || matcher.op() == model::MatchOp::kNotRegex;
      if (!regex || !LooksLikeGlob(matcher.value())) continue;
      findings_->Add("route/glob", MatchersAt(node),
                     matcher.ToString() +
                         " is a regular expression, and `*` repeats the letter before it; for "
                         "anything at all write `.*`");
    }
  }

  void CheckReceivers() {
    for (std::size_t i = 0; i < config_.receivers.size(); ++i) {
      const std::string& name = config_.receivers[i].name;
      if (used_receivers_.contains(name)) continue;
      findings_->Add("receiver/unused", At(ChildItem(root_, "receivers", i), "name"),
                     "no route names receiver " + GoQuote(name) + ": it is never notified");
    }
  }

  void CheckIntervals(std::string_view key,
                      const std::vector<model::NamedTimeInterval>& intervals) {
    for (std::size_t i = 0; i < intervals.size(); ++i) {
      if (used_intervals_.contains(intervals[i].name)) continue;
      findings_->Add(
          "time-interval/unused", At(ChildItem(root_, key, i), "name"),
          "no route names time interval " + GoQuote(intervals[i].name) + ": it mutes nothing");
    }
  }

  const config::Config& config_;
  const YamlNodePtr root_;
  Findings* const findings_;
  std::set<std::string> used_receivers_;
  std::set<std::string> used_intervals_;
};

}  // namespace

void CheckRoutes(const Configuration& configuration, Findings* findings) {
  RouteChecks(configuration, findings).Run();
}

}  // namespace tocsin::lint
