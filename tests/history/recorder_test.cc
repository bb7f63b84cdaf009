#include "history/recorder.h"

#include "tests/history/examples.h"

#include <gtest/gtest.h>

namespace tocsin::history {
namespace {

using std::chrono::seconds;

// A group with one integration, told as the router tells of it.
class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    auto identity = std::make_shared<router::GroupIdentity>();
    identity->id = router::GroupId{7};
    identity->key = "{}:{}";
    identity->receiver = "team";
    group_ = std::move(identity);
  }

  static model::AlertPtr Alert(const char* name) {
    auto alert = std::make_shared<model::Alert>();
    alert->labels = {{"alertname", name}};
    alert->starts_at = kNoon;
    alert->ends_at = kNoon + seconds(60);
    return alert;
  }
  router::FlushStarted Flush(std::uint32_t firing, std::uint32_t resolved = 0) const {
    return {group_, kNoon, kNoon + seconds(300), firing, resolved};
  }
  router::NotificationNotNeeded NotNeeded(router::NothingNew why) const {
    return {group_, integration_, why};
  }
  // `a` fires, `(a)` has ended.
  router::NotificationDue Due(const std::vector<std::string>& alerts) {
    auto notification = std::make_shared<model::Notification>();
    notification->integration = integration_;
    notification->group_key = group_->key;
    for (std::string name : alerts) {
      const bool resolved = name.starts_with('(');
      if (resolved) name = name.substr(1, name.size() - 2);
      notification->alerts.push_back({Alert(name.c_str()), resolved});
    }
    return {router::NotificationId{++last_id_}, group_, std::move(notification)};
  }

  // What is recorded of these: kinds, and of a notification whom it tells anew.
  std::string Record(const std::vector<router::Decision>& decisions) {
    Recorder::Out out;
    for (const router::Decision& decision : decisions) recorder_.Record(kNoon, decision, &out);
    return TextOf(out);
  }
  static std::string TextOf(const Recorder::Out& out) {
    std::string text;
    for (const Recorder::Timed& timed : out) {
      text += std::string(text.empty() ? "" : " ") + std::string(KindOf(timed.event));
      const auto* due = std::get_if<NotificationDue>(&timed.event);
      if (due == nullptr) continue;
      for (const NotificationDue::Told& told : due->told) {
        const std::string name(told.alert.Get("alertname"));
        text += told.resolved ? "(" + name + ")" : "+" + name;
      }
    }
    return text;
  }

  router::GroupIdentityPtr group_;
  const model::IntegrationId integration_{"team", "slack", 0};
  Recorder recorder_;
  std::uint64_t last_id_ = 0;
};

TEST_F(RecorderTest, AnAlertThatIsToldAgainIsNoNews) {
  using Change = router::AlertReceived::Change;
  EXPECT_EQ(Record({router::AlertReceived{Alert("A"), true, false, Change::kCreated},
                    router::AlertReceived{Alert("A"), false, true, Change::kNothing},
                    router::AlertReceived{Alert("A"), false, true, Change::kEnded}}),
            "alert_received alert_received");
}

TEST_F(RecorderTest, AnAlertIsRefusedOnce) {
  const router::AlertRefused refused{Alert("A")};
  EXPECT_EQ(Record({refused, refused}), "alert_refused");
  EXPECT_EQ(Record({router::AlertReceived{Alert("A"), true, false,
                                          router::AlertReceived::Change::kCreated},
                    refused}),
            "alert_received alert_refused");
}

TEST_F(RecorderTest, AFlushThatFindsAllAsItWasIsNoNews) {
  using router::NothingNew;
  EXPECT_EQ(Record({Flush(1), Due({"A"})}), "group_flushed notification_due+A");
  EXPECT_EQ(Record({Flush(1), NotNeeded(NothingNew::kUnchanged)}),
            "group_flushed notification_not_needed");
  EXPECT_EQ(Record({Flush(1), NotNeeded(NothingNew::kUnchanged)}), "");
  EXPECT_EQ(Record({Flush(1), NotNeeded(NothingNew::kStillResolved)}),
            "group_flushed notification_not_needed");
  EXPECT_EQ(Record({Flush(2)}), "group_flushed");
  EXPECT_EQ(Record({Flush(2)}), "");
}

TEST_F(RecorderTest, ThatThereIsNothingNewIsNewsOfWhoeverJoins) {
  using router::NothingNew;
  EXPECT_EQ(Record({router::GroupCreated{group_, kNoon}, Flush(1), Due({"A"})}),
            "group_created group_flushed notification_due+A");
  EXPECT_EQ(Record({Flush(1), NotNeeded(NothingNew::kUnchanged)}),
            "group_flushed notification_not_needed");
  EXPECT_EQ(Record({router::AlertGrouped{group_, Alert("B")}}), "alert_grouped");
  EXPECT_EQ(Record({Flush(1), NotNeeded(NothingNew::kUnchanged)}),
            "group_flushed notification_not_needed");
}

TEST_F(RecorderTest, AlertsThatANotificationRepeatsAreNoNews) {
  EXPECT_EQ(Record({Flush(1), Due({"A"})}), "group_flushed notification_due+A");
  EXPECT_EQ(Record({Flush(2), Due({"A", "B"})}), "group_flushed notification_due+B");
  EXPECT_EQ(Record({Flush(2), Due({"A", "B"})}), "group_flushed notification_due");
  EXPECT_EQ(Record({Flush(2), Due({"(A)", "B"})}), "group_flushed notification_due(A)");
  EXPECT_EQ(Record({Flush(2), Due({"B"})}), "group_flushed notification_due");
  EXPECT_EQ(Record({Flush(2), Due({"A", "B"})}), "group_flushed notification_due+A");
}

TEST_F(RecorderTest, SuppressionIsRecordedForEachAlertThatItIsNewTo) {
  router::AlertsSuppressed suppressed{group_, router::Suppression::kSilenced, {}, {}, 3};
  EXPECT_EQ(Record({Flush(3), suppressed}), "group_flushed");
  EXPECT_EQ(Record({Flush(3), suppressed}), "");
  auto silence = std::make_shared<model::Silence>();
  silence->id = "id";
  silence->created_by = "me";
  silence->comment = "why";
  suppressed.newly.push_back({Alert("A"), nullptr, {}, {silence}});
  Recorder::Out out;
  recorder_.Record(kNoon, Flush(3), &out);
  recorder_.Record(kNoon, suppressed, &out);
  ASSERT_EQ(TextOf(out), "group_flushed alert_suppressed");
  const auto& event = std::get<AlertSuppressed>(out[1].event);
  EXPECT_EQ(event.silences[0].author + event.silences[0].comment, "mewhy");
}

TEST_F(RecorderTest, AttemptsKnowTheirGroup) {
  const router::NotificationDue due = Due({"A"});
  Record({Flush(1), due});
  core::AttemptEnded attempt;
  attempt.id = due.id;
  attempt.notification = due.notification;
  attempt.outcome.kind = notifiers::Outcome::Kind::kRetry;
  attempt.outcome.status = 503;
  Recorder::Out out;
  recorder_.Record(kNoon, attempt, &out);
  recorder_.Record(kNoon, router::NotificationFailed{due.id, group_, integration_, "no"}, &out);
  // One that began before the record did.
  recorder_.Record(kNoon, attempt, &out);
  ASSERT_EQ(TextOf(out), "attempt_ended notification_failed attempt_ended");
  EXPECT_EQ(std::get<AttemptEnded>(out[0].event).group, group_);
  EXPECT_EQ(std::get<AttemptEnded>(out[2].event).group->key, group_->key);
}

TEST_F(RecorderTest, AfterALossEverythingIsNewsAgain) {
  using router::NothingNew;
  Record({Flush(1), Due({"A"})});
  Recorder::Out out;
  recorder_.RecordLoss(kNoon, 5, &out);
  EXPECT_EQ(TextOf(out), "events_lost");
  EXPECT_EQ(Record({Flush(1), Due({"A"})}), "group_flushed notification_due+A");
}

}  // namespace
}  // namespace tocsin::history
