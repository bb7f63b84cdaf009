#include "router/router.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace tocsin::router {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Time kStart = Time(hours(24 * 365 * 50));

// Drives a router with one route and one receiver and writes what it does as text, one line an
// effect: `30s first notification [A]`, resolved alerts in parentheses.
class Scenario {
 public:
  explicit Scenario(Duration group_wait = seconds(30), Duration group_interval = minutes(5),
                    Duration repeat_interval = hours(4), bool send_resolved = true) {
    root_.receiver = "team";
    root_.group_by = std::vector<std::string>{"alertname"};
    root_.group_wait = group_wait;
    root_.group_interval = group_interval;
    root_.repeat_interval = repeat_interval;
    routes_ = std::make_shared<const RouteTree>(root_);
    receivers_ = {Receiver{"team", {{{"team", "webhook", 0}, send_resolved}}}};
    Rebuild({}, kStart);
  }

  static model::AlertPtr MakeAlert(const char* instance, Time starts_at, Time ends_at, Time now) {
    auto alert = std::make_shared<model::Alert>();
    alert->labels = {{"alertname", "A"}, {"instance", instance}};
    alert->starts_at = starts_at;
    alert->ends_at = ends_at;
    alert->updated_at = now;
    return alert;
  }

  Scenario& Fire(Duration at, const char* instance, Duration started_before = Duration::zero()) {
    AdvanceTo(kStart + at);
    Ingest(MakeAlert(instance, now_ - started_before, now_ + hours(24), now_));
    return *this;
  }
  Scenario& Resolve(Duration at, const char* instance) {
    AdvanceTo(kStart + at);
    Ingest(MakeAlert(instance, kStart, now_, now_));
    return *this;
  }
  Scenario& Post(const model::AlertPtr& alert) {
    Ingest(alert);
    return *this;
  }
  // From the next reload on.
  Scenario& SetGroupInterval(Duration interval) {
    root_.group_interval = interval;
    routes_ = std::make_shared<const RouteTree>(root_);
    return *this;
  }
  Scenario& Until(Duration at) {
    AdvanceTo(kStart + at);
    return *this;
  }
  Scenario& Reload() {
    Rebuild(std::move(*router_).TakeState(), now_);
    return *this;
  }
  Scenario& SetClockBack(Duration by) {
    now_ -= by;
    router_->ClockWentBack(by);
    return *this;
  }
  // What happens to notifications from now on: answered at once, failed at once, or kept in flight.
  enum class Answer { kDeliver, kFail, kKeep };
  Scenario& Answering(Answer answer) {
    answer_ = answer;
    return *this;
  }
  Scenario& CompleteAll(bool delivered) {
    const auto kept = std::exchange(in_flight_, {});
    for (const NotificationId id : kept) Complete(id, delivered);
    return *this;
  }

  const std::string& log() const { return log_; }
  std::size_t groups() const { return router_->group_count(); }
  const Router& router() const { return *router_; }
  Time now() const { return now_; }

 private:
  void Rebuild(RouterState state, Time now) {
    Output out;
    router_ =
        std::make_unique<Router>(routes_, receivers_, RouterOptions{}, std::move(state), now, &out);
    Handle(out);
  }
  void AdvanceTo(Time until) {
    while (router_->NextDeadline() && *router_->NextDeadline() <= until) {
      now_ = std::max(now_, *router_->NextDeadline());
      Output out;
      router_->Advance(now_, &out);
      Handle(out);
    }
    now_ = until;
  }
  void Ingest(const model::AlertPtr& alert) {
    Output out;
    router_->Ingest(now_, std::vector{alert}, &out);
    Handle(out);
  }
  void Complete(NotificationId id, bool delivered) {
    Output out;
    router_->Complete(now_, {id, delivered, delivered ? "" : "refused", {}}, &out);
    Handle(out);
  }
  void Handle(const Output& out) {
    for (const Output::Due& due : out.notifications) {
      char at[32];
      std::snprintf(at, sizeof at, "%.0fs", Seconds(now_ - kStart));
      log_ += std::string(at) + " " + std::string(ToString(due.notification->reason)) + " [";
      for (const model::NotifiedAlert& alert : due.notification->alerts) {
        const std::string name(alert.alert->labels.Get("instance"));
        log_ += alert.resolved ? "(" + name + ")" : name;
      }
      log_ += "]\n";
    }
    for (const Output::Due& due : out.notifications) {
      if (answer_ == Answer::kKeep) {
        in_flight_.push_back(due.id);
      } else {
        Complete(due.id, answer_ == Answer::kDeliver);
      }
    }
  }

  config::RouteConfig root_;
  std::shared_ptr<const RouteTree> routes_;
  std::vector<Receiver> receivers_;
  std::unique_ptr<Router> router_;
  Time now_ = kStart;
  Answer answer_ = Answer::kDeliver;
  std::vector<NotificationId> in_flight_;
  std::string log_;
};

TEST(Router, TimesNotificationsAsAlertmanager) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Fire(seconds(20), "b").Fire(seconds(60), "c");
  scenario.Resolve(minutes(6), "a").Until(hours(5));
  EXPECT_EQ(scenario.log(),
            "30s first notification [ab]\n"
            "330s new alerts added [abc]\n"
            "630s some alerts resolved [(a)bc]\n"
            // Strictly later than 4 h after the log entry: one tick after 15030 s.
            "15330s repeat interval elapsed [bc]\n");
}

TEST(Router, AnnouncesTheEndOnceAndForgetsTheGroup) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Resolve(minutes(1), "a").Until(hours(1));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n"
            "330s all alerts resolved [(a)]\n");
  EXPECT_EQ(scenario.groups(), 0u);
}

TEST(Router, SaysNothingOfWhatEndedBeforeItsFirstFlush) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Resolve(seconds(10), "a").Until(hours(1));
  EXPECT_EQ(scenario.log(), "");
  EXPECT_EQ(scenario.groups(), 0u);
}

TEST(Router, AnAlertThatIsNotRefreshedEndsByItself) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Until(hours(23));
  const std::string before = scenario.log();
  scenario.Until(hours(25));
  EXPECT_EQ(scenario.log().substr(before.size()), "86430s all alerts resolved [(a)]\n");
}

TEST(Router, AnAlertThatWaitedLongerThanGroupWaitIsFlushedAtOnce) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a", minutes(10)).Until(seconds(1));
  EXPECT_EQ(scenario.log(), "0s first notification [a]\n");
  // Only the alert that makes the group counts: an old one that joins does not hurry it.
  Scenario joined;
  joined.Fire(seconds(0), "a").Fire(seconds(5), "b", minutes(10)).Until(seconds(29));
  EXPECT_EQ(joined.log(), "");
}

TEST(Router, RetriesAtTheNextTickAfterAFailure) {
  Scenario scenario;
  scenario.Answering(Scenario::Answer::kFail).Fire(seconds(0), "a").Until(minutes(1));
  scenario.Answering(Scenario::Answer::kDeliver).Resolve(minutes(2), "a").Fire(minutes(2), "b");
  scenario.Until(hours(1));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n"
            "330s first notification [(a)b]\n");
}

TEST(Router, KeepsAnAlertThatFiresAgainWhileItsEndIsAnnounced) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Until(minutes(1)).Resolve(minutes(1), "a");
  scenario.Answering(Scenario::Answer::kKeep).Until(seconds(331)).Fire(seconds(332), "a");
  scenario.CompleteAll(true).Answering(Scenario::Answer::kDeliver).Until(minutes(15));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n"
            "330s all alerts resolved [(a)]\n"
            "630s first notification [a]\n");
}

TEST(Router, DoesNotFlushAGroupTwiceAtATime) {
  Scenario scenario(seconds(10), seconds(20));
  scenario.Answering(Scenario::Answer::kKeep).Fire(seconds(0), "a").Fire(seconds(11), "b");
  scenario.Until(seconds(65));
  EXPECT_EQ(scenario.log(), "10s first notification [a]\n");
  // The tick that came meanwhile is served at once; the ones after it are not made up for.
  scenario.Answering(Scenario::Answer::kDeliver).CompleteAll(true).Until(seconds(70));
  EXPECT_EQ(scenario.log(),
            "10s first notification [a]\n"
            "65s new alerts added [ab]\n");
}

TEST(Router, WithoutSendResolvedTheLogIsClearedInSilence) {
  Scenario scenario(seconds(30), minutes(5), hours(4), /*send_resolved=*/false);
  scenario.Fire(seconds(0), "a").Resolve(minutes(1), "a").Fire(minutes(7), "a").Until(hours(1));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n"
            "450s first notification [a]\n");
}

TEST(Router, AReloadChangesNothing) {
  const auto run = [](bool reload) {
    Scenario scenario;
    scenario.Fire(seconds(0), "a").Until(seconds(10));
    if (reload) scenario.Reload();
    scenario.Fire(seconds(45), "b").Until(minutes(4));
    if (reload) scenario.Reload();
    scenario.Resolve(minutes(6), "a").Until(minutes(12));
    if (reload) scenario.Reload();
    scenario.Resolve(minutes(13), "b").Until(hours(2));
    return scenario.log();
  };
  EXPECT_EQ(run(true), run(false));
  EXPECT_NE(run(true), "");
}

TEST(Router, AReloadDuringASendKeepsWhatItTold) {
  Scenario scenario;
  scenario.Answering(Scenario::Answer::kKeep).Fire(seconds(0), "a").Until(seconds(31));
  scenario.Reload().CompleteAll(true).Answering(Scenario::Answer::kDeliver).Until(hours(1));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n");
}

TEST(Router, AClockThatGoesBackDoesNotPostponePages) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Until(minutes(1)).Fire(minutes(1), "b");
  // The tick that was due in minutes must not wait for an hour and minutes.
  scenario.SetClockBack(hours(1)).Until(-minutes(54)).Until(-minutes(30));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n"
            "-3270s new alerts added [ab]\n")
      << "once: the log holds it although its older entries are from later";
}

TEST(Router, AnAlertFromTheYear9999WaitsLikeAnyOther) {
  Scenario scenario;
  scenario.Post(Scenario::MakeAlert("a", Time::max(), Time::max(), scenario.now()));
  scenario.Until(seconds(31));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n");
}

TEST(Router, AReloadKeepsTheGarbageCollectionsTime) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Resolve(minutes(1), "a");
  for (int minute = 10; minute <= 120; minute += 10) scenario.Until(minutes(minute)).Reload();
  EXPECT_EQ(scenario.router().alert_count(), 0u);
  EXPECT_TRUE(scenario.router().log().entries().size() <= 1u);
}

TEST(Router, AShorterIntervalCountsFromTheReload) {
  Scenario scenario(seconds(30), hours(24));
  scenario.Fire(seconds(0), "a").Fire(minutes(1), "b").SetGroupInterval(minutes(5)).Reload();
  scenario.Until(minutes(10));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n"
            "360s new alerts added [ab]\n");
}

TEST(Router, ASourceThatRepeatsTheEndDoesNotAnnounceItTwice) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Fire(seconds(0), "b").Resolve(minutes(1), "a");
  scenario.Fire(minutes(7), "c").Until(minutes(11)).Resolve(minutes(12), "a").Until(minutes(20));
  EXPECT_EQ(scenario.log(),
            "30s first notification [ab]\n"
            "330s some alerts resolved [(a)b]\n"
            "630s new alerts added [bc]\n");
}

TEST(Router, ShowsActiveAlertsWithTheirReceivers) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Fire(seconds(1), "b").Resolve(seconds(2), "b");
  const std::vector<AlertView> views = scenario.router().ActiveAlerts(scenario.now());
  ASSERT_EQ(views.size(), 1u);
  EXPECT_EQ(views[0].alert->labels.Get("instance"), "a");
  EXPECT_EQ(views[0].receivers, std::vector<std::string_view>{"team"});
}

}  // namespace
}  // namespace tocsin::router
