// What keeps alerts back on their way through a flush, and what becomes of them afterwards.

#include "router/route_mute.h"
#include "tests/router/scenario.h"

namespace tocsin::router {
namespace {

model::NamedTimeInterval Hours(int begin, int end) {
  model::TimeInterval interval;
  interval.times = {{begin * 60, end * 60}};
  return {"hours", {interval}};
}

TEST(Suppression, ASilencedAlertIsNotToldUntilTheSilenceEnds) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Fire(seconds(0), "b");
  scenario.Silence(seconds(10), minutes(8), "a").Until(minutes(30));
  EXPECT_EQ(scenario.log(),
            "30s silenced [a]\n"
            "30s first notification [b]\n"
            "630s new alerts added [ab]\n");
}

TEST(Suppression, RouteLabelsAreRenderedAgainstAllThatTheFlushBeganWith) {
  Scenario scenario;
  scenario.SetLabels({{"owner", "x"}}).Reload();
  scenario.Fire(seconds(0), "a").Fire(seconds(0), "b");
  scenario.Silence(seconds(10), minutes(8), "a").Until(minutes(1));
  EXPECT_EQ(scenario.log(),
            "30s silenced [a]\n"
            "30s first notification [b] labels over 2\n");
}

TEST(Suppression, WhatItsReceiverKnowsGoesOnWithoutNewsAfterASilence) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Silence(minutes(1), minutes(8), "a").Until(minutes(30));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n"
            "330s silenced [a]\n");
}

// Alertmanager says nothing of the second firing until repeat_interval: a page that is missed.
TEST(Suppression, AnAlertThatEndsUnderASilenceIsNewsWhenItFiresAgain) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Silence(minutes(1), minutes(15), "a").Resolve(minutes(6), "a");
  scenario.Fire(minutes(20), "a").Until(hours(1));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n"
            "330s silenced [a]\n"
            "1230s new alerts added [a]\n");
}

// It still takes the incident for open.
TEST(Suppression, WhoWasNotToldOfAnEndHearsThatAllIsOver) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Silence(minutes(1), minutes(12), "a|b").Fire(minutes(2), "b");
  scenario.Resolve(minutes(5), "a").Resolve(minutes(11), "b").Until(hours(1));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n"
            "330s silenced [ab]\n"
            "930s all alerts resolved [(b)]\n");
}

TEST(Dispatch, BeginsForAllGroupsWhenTheStartIsOver) {
  Scenario scenario(seconds(1), seconds(6));
  scenario.SetDispatchFrom(seconds(5)).Restart(seconds(0));
  scenario.Fire(seconds(0), "a", minutes(2)).Fire(seconds(2), "b").Until(seconds(4));
  EXPECT_EQ(scenario.log(), "");
  scenario.Reload().Fire(seconds(6), "c").Until(seconds(12));
  EXPECT_EQ(scenario.log(),
            "5s first notification [ab]\n"
            "11s new alerts added [abc]\n");
}

// The start is over, even if a clock that was set back has not reached it yet.
TEST(Dispatch, IsNotPutOffByAReloadAfterTheClockWasSetBack) {
  Scenario scenario;
  scenario.SetDispatchFrom(seconds(0)).Restart(seconds(0)).Until(minutes(5));
  scenario.SetClockBack(hours(1)).Reload().Fire(minutes(-55), "a").Until(minutes(-50));
  EXPECT_EQ(scenario.log(), "-3270s first notification [a]\n");
}

TEST(Suppression, AnInhibitedAlertIsToldOnceItsSourceHasEnded) {
  Scenario scenario;
  scenario.SetInhibition("s", "t").Reload();
  scenario.Fire(seconds(0), "s").Fire(seconds(0), "t").Resolve(minutes(6), "s");
  scenario.Until(minutes(30));
  EXPECT_EQ(scenario.log(),
            "30s inhibited [t]\n"
            "30s first notification [s]\n"
            "630s new alerts added [(s)t]\n");
}

TEST(Suppression, MuteTimesHoldBackTheWholeGroup) {
  Scenario scenario;  // Starts at midnight.
  scenario.SetMuteTimes({Hours(0, 1)}).Reload();
  scenario.Fire(seconds(0), "a").Until(hours(2));
  EXPECT_EQ(scenario.log(),
            "30s mute time [a]\n"
            "3630s first notification [a]\n");
}

TEST(Suppression, AReaderSeesUntilWhenAndWhoWasTold) {
  Scenario scenario;
  scenario.SetMuteTimes({Hours(1, 2)}).Reload().Fire(seconds(0), "a").Until(minutes(1));
  const model::LabelSet labels{{"alertname", "A"}, {"instance", "a"}};
  std::vector<Standing> standings = scenario.router().StandingsOf(labels);
  ASSERT_EQ(standings.size(), 1u);
  EXPECT_EQ(standings[0].next_flush, kStart + seconds(330));
  EXPECT_FALSE(standings[0].flushing);
  ASSERT_EQ(standings[0].told.size(), 1u);
  EXPECT_EQ(standings[0].told[0].at, kStart + seconds(30));
  EXPECT_FALSE(standings[0].told[0].resolved);
  EXPECT_TRUE(scenario.router().StandingsOf({{"alertname", "B"}}).empty());
  // Another of the group, which is muted before it is told.
  scenario.Until(hours(1)).Fire(hours(1), "b");
  standings = scenario.router().StandingsOf({{"alertname", "A"}, {"instance", "b"}});
  ASSERT_EQ(standings.size(), 1u);
  EXPECT_TRUE(IsZero(standings[0].told.at(0).at));
  const Route& route = (*scenario.router().routes())[standings[0].route];
  EXPECT_FALSE(MuteOf(route, kStart + minutes(59)));
  ASSERT_TRUE(MuteOf(route, scenario.now()));
  EXPECT_EQ(MuteOf(route, scenario.now())->intervals, std::vector<std::string>{"hours"});
  EXPECT_EQ(MuteEnd(route, scenario.now()), kStart + hours(2));
}

TEST(Suppression, OutsideActiveTimesNothingIsTold) {
  Scenario scenario;
  scenario.SetActiveTimes({Hours(1, 2)}).Reload();
  scenario.Fire(seconds(0), "a").Until(hours(4));
  EXPECT_EQ(scenario.log(),
            "30s outside active times [a]\n"
            "3630s first notification [a]\n"
            "7230s outside active times [a]\n");
}

TEST(Suppression, ShowsInTheViewsAtOnce) {
  Scenario scenario;
  scenario.SetInhibition("s", "t").SetMuteTimes({Hours(0, 1)}).Reload();
  scenario.Fire(seconds(0), "s").Fire(seconds(0), "t").Fire(seconds(0), "x");
  scenario.Silence(seconds(1), hours(1), "x");
  for (const AlertView& view : scenario.ActiveAlerts()) {
    const std::string_view instance = view.alert->labels.Get("instance");
    EXPECT_EQ(view.status.inhibited_by != nullptr, instance == "t") << instance;
    EXPECT_EQ(view.status.silenced_by,
              instance == "x" ? std::vector<std::string>{"id-1"} : std::vector<std::string>{})
        << instance;
  }
  const std::vector<GroupView> groups = scenario.Groups();
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].muted_by, std::vector<std::string>{"hours"});
  EXPECT_EQ(groups[0].alerts.size(), 3u);
}

TEST(Suppression, MarksAreCountedAsOfTheLastFlush) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Fire(seconds(0), "b").Silence(seconds(1), hours(1), "b");
  Router::MarkCounts counts = scenario.CountMarks();
  EXPECT_EQ(counts.unprocessed, 2u);
  counts = scenario.Until(minutes(1)).CountMarks();
  EXPECT_EQ(counts.unprocessed, 0u);
  EXPECT_EQ(counts.active, 1u);
  EXPECT_EQ(counts.suppressed, 1u);
}

TEST(Suppression, AMutedGroupsAlertsCountAsActive) {
  model::NamedTimeInterval always;
  always.name = "always";
  always.intervals.emplace_back();
  Scenario scenario;
  scenario.SetMuteTimes({always}).Reload().Fire(seconds(0), "a").Until(minutes(1));
  EXPECT_EQ(scenario.log(), "30s mute time [a]\n");
  EXPECT_EQ(scenario.CountMarks().active, 1u);
  const auto by_group = scenario.router().CountMarksByGroup(scenario.now());
  ASSERT_EQ(by_group.size(), 1u);
  EXPECT_EQ(by_group[0].second.active, 1u);
}

TEST(Durability, AGroupIsNotFlushedAgainBeforeItsLogEntryIsDurable) {
  Scenario scenario(seconds(10), seconds(20));
  scenario.KeepStoring().Fire(seconds(0), "a").Fire(seconds(11), "b").Until(seconds(65));
  EXPECT_EQ(scenario.log(), "10s first notification [a]\n");
  scenario.StoreAll().Until(seconds(70));
  EXPECT_EQ(scenario.log(),
            "10s first notification [a]\n"
            "65s new alerts added [ab]\n");
}

TEST(Durability, AReloadWaitsForTheSameLogEntry) {
  Scenario scenario(seconds(10), seconds(20));
  scenario.KeepStoring().Fire(seconds(0), "a").Fire(seconds(11), "b").Until(seconds(15));
  scenario.Reload().Until(seconds(65));
  EXPECT_EQ(scenario.log(), "10s first notification [a]\n");
  scenario.StoreAll().Until(seconds(70));
  EXPECT_EQ(scenario.log(),
            "10s first notification [a]\n"
            "65s new alerts added [ab]\n");
}

TEST(AlertnameLimit, RefusesNewAlertsOnlyWhileTheOthersFire) {
  Scenario scenario;
  scenario.SetAlertsPerAlertname(2).Reload();
  scenario.Fire(seconds(0), "a").Fire(seconds(0), "b").Fire(seconds(0), "c");
  EXPECT_EQ(scenario.router().alert_count(), 2u);
  scenario.Fire(seconds(1), "a").Resolve(seconds(2), "b").Fire(seconds(3), "c");
  scenario.Until(minutes(1));
  EXPECT_EQ(scenario.log(), "30s first notification [a(b)c]\n");
  scenario.Fire(minutes(2), "b").Until(minutes(10));
  EXPECT_EQ(scenario.log(), "30s first notification [a(b)c]\n") << "b has lost its place";
}

TEST(AlertnameLimit, WhatHasEndedHasNoPlaceBeyondALowerLimit) {
  Scenario scenario;
  scenario.SetAlertsPerAlertname(3).Reload();
  scenario.Fire(seconds(0), "a").Fire(seconds(0), "b").Fire(seconds(0), "c");
  scenario.SetAlertsPerAlertname(2).Reload();
  scenario.Fire(seconds(1), "c").Resolve(seconds(2), "c").Fire(seconds(3), "c");
  scenario.Until(minutes(1));
  EXPECT_EQ(scenario.log(), "30s first notification [ab(c)]\n");
}

}  // namespace
}  // namespace tocsin::router
