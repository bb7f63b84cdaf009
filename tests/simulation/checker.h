#pragma once

// Watches the core's decisions and what reaches the receivers, and holds them to what users rely
// on:
//
//   told    an alert that fires, with receivers that answer, is notified by its group's next tick
//   quiet   an unchanged set of firing alerts isn't sent again before repeat_interval
//   ended   the end of each notified alert is announced where wanted, and not twice
//           (unless a send of that group was in doubt)
//   fired   a series that stays for `for` fires at the first good evaluation after it
//   turn    rules of a group are asked for one after the other, a rule's templates included
//   slot    no slot of the rules' group is passed over, except those that pass while it is busy
//   kept    what of a rule has to outlive the process does: how long its condition holds
//   text    an alert carries what the templates of its own evaluation were answered
//
// It knows what the core was given and what arrived, nothing of how the core works.

#include "core/event_sink.h"
#include "router/route_tree.h"
#include "router/router.h"
#include "rules/rules_state.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tocsin::simulation {

// The annotation that shows what its template was answered.
inline constexpr const char* kQueriedAnnotation = "level";

enum class Health { kAnswers, kFails, kRefuses, kHangs };

class Checker final : public core::EventSink {
 public:
  void Configure(std::shared_ptr<const router::RouteTree> routes,
                 std::vector<notifiers::IntegrationPtr> integrations, Time now);

  // What the world does.
  void OnHealth(Time now, const model::IntegrationId& integration, Health health);
  void OnArrived(Time now, const model::Notification& notification, bool by_this_process);
  // A good evaluation at `ts` is over: the rule's alert for a series is there or not.
  void OnEvaluated(Time now, Time ts, const model::LabelSet& alert, bool present, Duration hold);
  // A query is asked while that many others of its group are on their way.
  void OnAsked(Time now, const std::string& expr, bool of_template, std::size_t on_the_way);
  // What a template asked for an instance was answered; the alert shows it once its rule is
  // evaluated.
  void OnTemplateAnswer(const std::string& instance, const Result<std::string>& answer);
  // What was answered so far belongs to evaluations that may never end.
  void ForgetTemplateAnswers() { template_answers_.clear(); }
  // The wall clock was set back by that much, to `now`: whatever is over stays so.
  void OnClockWentBack(Time now, Duration by);
  // The process is gone. What was sent may be sent again: those under these keys of the
  // notification log, which was not written down.
  void OnStopped(Time now, const std::set<std::string>& unlogged);
  // The next one begins, with this of the rules.
  void OnStarting(Time now, const rules::RulesState& stored);
  // And with these alerts.
  void OnStarted(Time now, const std::vector<router::AlertView>& alerts);
  // Holds the present against what should be by now.
  void Check(Time now);

  // core::EventSink
  void OnDecision(Time now, const router::Decision& decision) override;
  void OnDecision(Time now, const rules::Decision& decision) override;
  void OnAttempt(Time now, const core::AttemptEnded& attempt) override;
  void OnDeliveryFailed(Time now, const core::DeliveryFailed& failure) override;

  const std::vector<std::string>& violations() const { return violations_; }
  std::size_t arrived() const { return arrived_; }
  std::size_t firings() const { return firings_; }
  // The last lines of what happened.
  std::string Trace() const;

 private:
  using ToldKey = std::pair<std::string, model::IntegrationId>;  // Group key first.
  // Where a route takes an alert: who is to be told of it.
  struct Place {
    const router::Route* route = nullptr;
    std::vector<std::pair<notifiers::IntegrationPtr, ToldKey>> whom;
  };
  struct Truth {
    model::AlertPtr alert;
    Time received{};
    Time firing_since{};
    std::vector<Place> places;  // Empty until somebody looks, and after each configuration.
  };
  // What one integration was told of one group.
  struct Told {
    struct Belief {
      bool firing = false;
      Time since{};  // When it was told, or at least meant to be.
    };
    std::map<std::string, Belief> alerts;  // By label set text.
    std::set<std::string> last_firing, last_resolved;
    Time last_time = kZeroTime;
    bool in_doubt = false;    // A send of this group failed since the last flush that went well.
    bool may_repeat = false;  // The process ended before it was written down.
  };

  struct TemplateAnswers {
    Result<std::string> newest;
    // Of the last evaluation that is over: what is re-sent while another one goes on shows it.
    std::optional<Result<std::string>> evaluated = std::nullopt;
  };
  static bool Shows(const std::string& text, const Result<std::string>& answer);
  void CheckText(Time now, const model::Alert& alert);
  bool IsBelieved(const std::string& alert) const;
  std::vector<Place> PlacesOf(const model::LabelSet& alert) const;
  void CheckPlace(Time now, const std::string& labels, const Truth& truth, const Place& place);
  Time ReadySince(const Place& place, Time since) const;
  void CheckQuiet(Time now, const model::Notification& notification, const Told& told);
  void Violated(Time now, const char* rule, const std::string& what);
  void Trace(Time now, std::string line);

  std::shared_ptr<const router::RouteTree> routes_;
  std::vector<notifiers::IntegrationPtr> integrations_;
  std::map<std::string, Truth> truths_;
  std::map<std::string, Time> present_since_;  // Alerts of the rule, by label set text.
  std::optional<Time> last_slot_;              // That was evaluated.
  Time configured_at_ = kZeroTime;
  Time set_back_at_ = kZeroTime;  // The clock, last.
  Time stopped_at_ = kZeroTime;
  std::set<std::string> unlogged_;
  std::map<std::string, TemplateAnswers> template_answers_;  // By instance.
  std::map<ToldKey, Told> told_;
  std::map<model::IntegrationId, Health> health_;
  std::map<model::IntegrationId, Time> healthy_since_;
  std::vector<std::string> violations_;
  std::vector<std::pair<Time, std::string>> trace_;
  std::size_t arrived_ = 0;
  std::size_t firings_ = 0;
};

}  // namespace tocsin::simulation
