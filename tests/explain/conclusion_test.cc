// What the first sentence of an explanation says: was somebody paged, and if not, why.

#include "tests/explain/explain_fixture.h"

#include <gmock/gmock.h>

namespace tocsin::explain {
namespace {

using testing::HasSubstr;
using testing::Not;

class ConclusionTest : public ExplainFixture {
 protected:
  history::AlertSuppressed Silenced() const {
    auto silenced = Suppressed(router::Suppression::kSilenced);
    silenced.silences = {{"id-1", "ann", "disk swap", kStart + minutes(60)}};
    return silenced;
  }
  history::SilenceChanged Changed(router::SilenceChanged::Kind kind, Duration ends) const {
    history::SilenceChanged changed;
    changed.change = kind;
    changed.silence = {"id-1", "ann", "disk swap", kStart + ends};
    return changed;
  }
  ExplainFixture& Repeats(Duration at) {
    return At(at, history::NotificationDue{group_,
                                           kSlack,
                                           model::NotifyReason::kRepeatIntervalElapsed,
                                           1,
                                           0,
                                           kStart + at + minutes(5),
                                           {}});
  }
  ExplainFixture& Fails(Duration at) {
    return At(at, history::NotificationFailed{group_, kSlack, "given up"});
  }
  ExplainFixture& Ends(Duration at) {
    return At(at, history::AlertReceived{kAlert, history::AlertReceived::Change::kEnded, true,
                                         kStart, kStart + at});
  }
};

TEST_F(ConclusionTest, Paged) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  EXPECT_EQ(Conclusions(seconds(10)),
            "waiting: it waits for the next flush of its group, about 2024-10-04T00:00:30.000Z, "
            "which goes to receiver \"dba\"\n");
  EXPECT_EQ(Conclusions(seconds(30)),
            "sending: dba/slack[0] is being told since 2024-10-04T00:00:30.000Z\n");
  EXPECT_EQ(Conclusions(minutes(2)),
            "paged: dba/slack[0] was told at 2024-10-04T00:00:31.000Z that it fires (first "
            "notification); delivered in 120ms, status 200\n");
}

TEST_F(ConclusionTest, WhatKeepsAnAlertBack) {
  auto silenced = Suppressed(router::Suppression::kSilenced);
  silenced.silences = {{"id-1", "ann", "disk swap", kStart + minutes(60)}};
  auto inhibited = Suppressed(router::Suppression::kInhibited);
  inhibited.inhibited_by = {{"alertname", "Outage"}};
  inhibited.inhibit_rule = "outage";
  auto muted = Suppressed(router::Suppression::kMuteTime);
  muted.intervals = {"nights", "weekends"};
  auto outside = Suppressed(router::Suppression::kOutsideActiveTimes);
  outside.intervals = {"office"};
  Joins().Flushes(seconds(30)).At(seconds(30), silenced);
  Flushes(seconds(330)).At(seconds(330), inhibited);
  Flushes(seconds(630)).At(seconds(630), muted);
  Flushes(seconds(930)).At(seconds(930), outside);
  Flushes(seconds(1230)).At(seconds(1230), history::AlertUnsuppressed{group_, kAlert});
  Due(seconds(1230)).Attempt(seconds(1231), 200).Logged(seconds(1231));
  EXPECT_EQ(Conclusions(minutes(1)),
            "silenced: silenced by id-1 of ann (\"disk swap\") until 2024-10-04T01:00:00.000Z, "
            "since the flush at 2024-10-04T00:00:30.000Z\n");
  EXPECT_THAT(Conclusions(minutes(6)),
              HasSubstr("inhibited by {alertname=\"Outage\"} (rule \"outage\"), since"));
  EXPECT_THAT(Conclusions(minutes(11)),
              HasSubstr("muted: muted by its route's mute_time_intervals nights, weekends"));
  EXPECT_THAT(Conclusions(minutes(16)), HasSubstr("active_time_intervals office"));
  EXPECT_THAT(Conclusions(minutes(21)), HasSubstr("paged: dba/slack[0] was told"));
}

TEST_F(ConclusionTest, AReceiverThatFails) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 503);
  Attempt(seconds(33), 503, 2);
  At(minutes(5), history::NotificationFailed{group_, kSlack, "dba/slack[0]: given up"});
  EXPECT_EQ(Conclusions(minutes(1)),
            "sending: dba/slack[0] is being told since 2024-10-04T00:00:30.000Z; failed after "
            "120ms, status 503, attempt 2: unexpected status; tried again at "
            "2024-10-04T00:00:34.000Z\n");
  EXPECT_THAT(Conclusions(minutes(5)),
              HasSubstr("failed: telling dba/slack[0] failed at 2024-10-04T00:05:00.000Z "
                        "(dba/slack[0]: given up); tried again with the next flush"));
}

TEST_F(ConclusionTest, TheEnd) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  At(minutes(3), history::AlertReceived{kAlert, history::AlertReceived::Change::kEnded, true,
                                        kStart, kStart + minutes(3)});
  Flushes(seconds(330)).Due(seconds(330), true).Attempt(seconds(331), 200).Logged(seconds(331));
  At(seconds(331), history::AlertLeftGroup{group_, kAlert});
  At(seconds(331), history::GroupEnded{group_, router::GroupEnded::Why::kAllEnded});
  // Of another time.
  Joins(minutes(60));
  EXPECT_EQ(Conclusions(minutes(10)),
            "end_sent: dba/slack[0] was told at 2024-10-04T00:05:31.000Z that it has ended; "
            "delivered in 120ms, status 200\n");
  EXPECT_THAT(Conclusions(minutes(60)), HasSubstr("waiting: "));
  EXPECT_THAT(ToText(Ask(minutes(60))), Not(HasSubstr("is to be told")));
}

TEST_F(ConclusionTest, AnEndThatIsNotWanted) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  Flushes(seconds(330)).Due(seconds(330), true);
  At(seconds(330),
     history::NotificationLogged{group_, kSlack, model::NotifyReason::kFirstNotification, false});
  EXPECT_EQ(Conclusions(minutes(10)),
            "paged: dba/slack[0] was told at 2024-10-04T00:00:31.000Z that it fires (first "
            "notification); delivered in 120ms, status 200; its end was not told: dba/slack[0] "
            "does not want to hear of ends (send_resolved)\n");
}

// What is said of those that fire says nothing of one that does not.
TEST_F(ConclusionTest, AnEndBeforeAFlushThatHadNothingNew) {
  Joins();
  Ends(minutes(1));
  Flushes(minutes(5))
      .At(minutes(5),
          history::NotificationNotNeeded{group_, kSlack, router::NothingNew::kUnchanged});
  EXPECT_EQ(Conclusions(minutes(6)), "not_told: dba/slack[0]: it ended before it was told\n");
}

TEST_F(ConclusionTest, APageAfterTheEndThatDoesNotNameIt) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  Ends(minutes(3)).Flushes(minutes(5));
  Repeats(minutes(5)).Attempt(minutes(5), 200).Logged(minutes(5));
  EXPECT_THAT(Conclusions(minutes(6)),
              HasSubstr("paged: dba/slack[0] was told at 2024-10-04T00:00:31.000Z that it fires"));
}

// Killed after the page was written down, and before the ledger knew.
TEST_F(ConclusionTest, APageWhoseEndIsNotOnRecord) {
  Joins().Flushes(seconds(30)).Due(seconds(30));
  At(seconds(40), history::Started{"1.0"});
  EXPECT_THAT(Conclusions(minutes(1)), HasSubstr("interrupted: "));
  Flushes(minutes(5))
      .At(minutes(5),
          history::NotificationNotNeeded{group_, kSlack, router::NothingNew::kUnchanged});
  EXPECT_EQ(Conclusions(minutes(6)),
            "paged: dba/slack[0] was told at 2024-10-04T00:00:30.000Z that it fires (first "
            "notification)\n");
}

// More than an explanation reads: what told of the alert first is not among it.
TEST_F(ConclusionTest, AStayOfManyFlushes) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  for (int i = 1; i <= 700; ++i) {
    Flushes(minutes(5 * i));
    Repeats(minutes(5 * i)).Attempt(minutes(5 * i), 200).Logged(minutes(5 * i));
  }
  EXPECT_THAT(Conclusions(minutes(5 * 700 + 1)), HasSubstr("paged: dba/slack[0] was told at "));
}

TEST_F(ConclusionTest, AnotherProcessTellsAgainWhatItLeavesOut) {
  Joins().Flushes(seconds(30)).At(seconds(30), Silenced());
  At(seconds(40), history::Stopped{}).At(seconds(50), history::Started{"1.0"});
  EXPECT_THAT(Conclusions(seconds(60)), HasSubstr("silenced: silenced by id-1"));
  Flushes(seconds(330)).At(seconds(330), Silenced());
  EXPECT_THAT(Conclusions(minutes(6)), HasSubstr("silenced: silenced by id-1"));
  At(minutes(7), history::Stopped{}).At(minutes(7), history::Started{"1.0"});
  Flushes(seconds(630)).Due(seconds(630)).Attempt(seconds(631), 200).Logged(seconds(631));
  EXPECT_THAT(Conclusions(minutes(11)), HasSubstr("paged: dba/slack[0] was told"));
}

TEST_F(ConclusionTest, WhoeverIsToldHearsNothingThatIsSuppressed) {
  Joins().Flushes(seconds(30)).At(seconds(30), Silenced());
  // A reload: nobody says that it is let through.
  Flushes(seconds(330)).Due(seconds(330)).Attempt(seconds(331), 200).Logged(seconds(331));
  EXPECT_THAT(Conclusions(minutes(6)), HasSubstr("paged: dba/slack[0] was told"));
}

TEST_F(ConclusionTest, APageThatWasOnItsWayWhenItJoinedIsNotItsPage) {
  Joins();
  At(seconds(10),
     history::NotificationLogged{group_, kSlack, model::NotifyReason::kFirstNotification, true});
  Flushes(seconds(30)).At(seconds(30), Silenced());
  EXPECT_THAT(Conclusions(minutes(1)), Not(HasSubstr("was told")));
}

TEST_F(ConclusionTest, ARepeatThatFailsTakesNothingBack) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  Flushes(minutes(240));
  Repeats(minutes(240)).Attempt(minutes(240), 503);
  EXPECT_EQ(Conclusions(minutes(240)),
            "paged: dba/slack[0] was told at 2024-10-04T00:00:31.000Z that it fires (first "
            "notification); delivered in 120ms, status 200; dba/slack[0] is being told since "
            "2024-10-04T04:00:00.000Z; failed after 120ms, status 503: unexpected status; tried "
            "again at 2024-10-04T04:00:01.000Z\n");
  Fails(minutes(245));
  EXPECT_THAT(Conclusions(minutes(246)),
              HasSubstr("; telling dba/slack[0] failed at 2024-10-04T04:05:00.000Z (given up)"));
  EXPECT_THAT(Conclusions(minutes(246)), HasSubstr("paged: dba/slack[0] was told"));
}

TEST_F(ConclusionTest, AnEndThatFails) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  Ends(minutes(3));
  EXPECT_THAT(Conclusions(minutes(4)),
              testing::EndsWith("; it ended at 2024-10-04T00:03:00.000Z\n"));
  Flushes(seconds(330)).Due(seconds(330), true).Attempt(seconds(330), 503);
  EXPECT_THAT(Conclusions(seconds(331)),
              HasSubstr("; dba/slack[0] is being told that it has ended since"));
  EXPECT_THAT(Conclusions(seconds(331)), HasSubstr("paged: dba/slack[0] was told"));
}

TEST_F(ConclusionTest, AnEndBeforeTheFirstFlush) {
  Joins();
  Ends(seconds(3));
  EXPECT_EQ(Conclusions(seconds(10)),
            "not_told: it ended at 2024-10-04T00:00:03.000Z, before a flush of its group told "
            "receiver \"dba\" that it fires\n");
}

TEST_F(ConclusionTest, ASilenceThatIsExpired) {
  using Kind = router::SilenceChanged::Kind;
  Joins().Flushes(seconds(30)).At(seconds(30), Silenced());
  At(seconds(40), Changed(Kind::kUpdated, minutes(90)));
  EXPECT_THAT(Conclusions(minutes(2)), HasSubstr("silenced: silenced by id-1"));
  At(minutes(3), Changed(Kind::kExpired, minutes(3)));
  EXPECT_EQ(Conclusions(minutes(4)),
            "waiting: it waits for the next flush of its group, about 2024-10-04T00:05:30.000Z, "
            "which goes to receiver \"dba\"; it was silenced by id-1 of ann (\"disk swap\") until "
            "2024-10-04T00:03:00.000Z, since the flush at 2024-10-04T00:00:30.000Z\n");
}

TEST_F(ConclusionTest, ASilenceIsToldAsItWasLastChanged) {
  history::SilenceChanged changed = Changed(router::SilenceChanged::Kind::kUpdated, minutes(90));
  changed.silence.author = "bob";
  changed.silence.comment = "longer";
  Joins().Flushes(seconds(30)).At(seconds(30), Silenced()).At(minutes(1), changed);
  EXPECT_THAT(Conclusions(seconds(50)), HasSubstr("of ann (\"disk swap\") until "));
  EXPECT_EQ(Conclusions(minutes(2)),
            "silenced: silenced by id-1 of bob (\"longer\") until 2024-10-04T01:30:00.000Z, since "
            "the flush at 2024-10-04T00:00:30.000Z\n");
}

TEST_F(ConclusionTest, AProcessThatEndsWhileItTells) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).At(seconds(60), history::Started{"1.0"});
  EXPECT_THAT(Conclusions(seconds(59)), HasSubstr("sending: "));
  EXPECT_EQ(Conclusions(seconds(70)),
            "interrupted: dba/slack[0] was being told since 2024-10-04T00:00:30.000Z when tocsin "
            "ended: whether it was told is not on record; looked at again with the next flush of "
            "its group, about 2024-10-04T00:05:30.000Z\n");
  Flushes(seconds(330)).Due(seconds(330)).Logged(seconds(331));
  EXPECT_THAT(Conclusions(minutes(6)), HasSubstr("paged: dba/slack[0] was told"));
}

TEST_F(ConclusionTest, WhoWasPagedBeforeTheConfigurationMovedTheAlert) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  auto other = std::make_shared<router::GroupIdentity>(*group_);
  other->receiver = "web";
  At(minutes(2), history::GroupEnded{group_, router::GroupEnded::Why::kConfiguration});
  At(minutes(2), history::GroupCreated{other, kStart + minutes(3)});
  At(minutes(2), history::AlertGrouped{other, kAlert});
  const std::string conclusions = Conclusions(seconds(130));
  EXPECT_THAT(conclusions,
              testing::StartsWith("paged: dba/slack[0] was told at 2024-10-04T00:00:31.000Z"));
  EXPECT_THAT(conclusions, HasSubstr("; the configuration took it out of that group at "
                                     "2024-10-04T00:02:00.000Z\nwaiting: "));
}

TEST_F(ConclusionTest, AllWhoWereToldBeforeASilence) {
  const model::IntegrationId webhook{"dba", "webhook", 1};
  const auto first = model::NotifyReason::kFirstNotification;
  Joins().Flushes(seconds(30)).Due(seconds(30)).Logged(seconds(31));
  At(seconds(32), history::NotificationDue{
                      group_, webhook, first, 1, 0, kStart + minutes(5), {{kAlert, false}}});
  At(seconds(33), history::NotificationLogged{group_, webhook, first, true});
  Flushes(seconds(330)).At(seconds(330), Silenced());
  EXPECT_THAT(Conclusions(minutes(6)), HasSubstr("; before that dba/slack[0] was told at "));
  EXPECT_THAT(Conclusions(minutes(6)), HasSubstr("; dba/webhook[1] was told at "));
}

TEST_F(ConclusionTest, AFailureOfAnAlertThatLeftIsNotTriedAgain) {
  Joins().Flushes(seconds(30)).Due(seconds(30));
  Fails(seconds(40));
  EXPECT_THAT(Conclusions(minutes(1)), HasSubstr("; tried again with the next flush"));
  Ends(minutes(2));
  At(seconds(330), history::AlertLeftGroup{group_, kAlert});
  EXPECT_THAT(Conclusions(minutes(6)), HasSubstr("failed: telling dba/slack[0] failed at "));
  EXPECT_THAT(Conclusions(minutes(6)), Not(HasSubstr("tried again")));
}

TEST_F(ConclusionTest, ASilenceThatRanOut) {
  auto silenced = Silenced();
  silenced.silences[0].ends_at = kStart + minutes(2);
  Joins().Flushes(seconds(30)).At(seconds(30), silenced);
  EXPECT_THAT(Conclusions(minutes(1)), HasSubstr("silenced: "));
  EXPECT_THAT(Conclusions(minutes(3)), HasSubstr("waiting: "));
}

TEST_F(ConclusionTest, AnInhibitingAlertThatEnded) {
  auto inhibited = Suppressed(router::Suppression::kInhibited);
  inhibited.inhibited_by = {{"alertname", "Outage"}};
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  Flushes(seconds(330)).At(seconds(330), inhibited);
  At(minutes(7), history::AlertReceived{{{"alertname", "Outage"}},
                                        history::AlertReceived::Change::kEnded,
                                        true,
                                        kStart,
                                        kStart + minutes(7)});
  EXPECT_THAT(Conclusions(minutes(6)), HasSubstr("inhibited: inhibited by"));
  EXPECT_THAT(Conclusions(minutes(8)),
              HasSubstr("; it was inhibited by {alertname=\"Outage\"}, since the flush at "
                        "2024-10-04T00:05:30.000Z, until 2024-10-04T00:07:00.000Z; looked at again "
                        "with the next flush of its group, about 2024-10-04T00:10:30.000Z"));
}

}  // namespace
}  // namespace tocsin::explain
