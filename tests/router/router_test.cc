#include "tests/router/scenario.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tocsin::router {
namespace {

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

TEST(Router, WhatHasEndedDoesNotFireAgainWhenTheClockGoesBack) {
  Scenario scenario;
  scenario.SetInhibition("a", "c").Reload();
  scenario.Fire(seconds(0), "a").Resolve(minutes(1), "a").Until(minutes(10));
  scenario.SetClockBack(hours(1)).Reload();
  EXPECT_TRUE(scenario.ActiveAlerts().empty());
  scenario.Fire(-minutes(49), "c").Until(-minutes(40));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n"
            "330s all alerts resolved [(a)]\n"
            "-2910s first notification [c]\n");
}

TEST(Router, AnEndIsStillToldWhenTheClockGoesBack) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Resolve(minutes(1), "a");
  scenario.SetClockBack(hours(1)).Until(-minutes(30));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n"
            "-3270s all alerts resolved [(a)]\n");
}

TEST(Router, OnlyAnEndThatWasReckonedByTheClockMovesWithIt) {
  for (const bool timeout : {true, false}) {
    Scenario scenario;
    model::Alert alert = *Scenario::MakeAlert("a", kStart, kStart + minutes(5), kStart);
    alert.timeout = timeout;
    scenario.Post(std::make_shared<const model::Alert>(alert)).Until(minutes(1));
    scenario.SetClockBack(minutes(30)).Until(-minutes(20));
    EXPECT_EQ(scenario.ActiveAlerts().empty(), timeout);
  }
}

TEST(Router, TheLimitOfAnAlertnameFollowsTheClock) {
  Scenario scenario;
  scenario.SetAlertsPerAlertname(1).Reload();
  scenario.Post(Scenario::MakeAlert("a", kStart, kStart + minutes(10), kStart));
  scenario.Fire(minutes(1), "refused").Until(minutes(11)).SetClockBack(minutes(5));
  // The place of "a" is free since it ended, one minute ago.
  scenario.Fire(minutes(6), "b").Fire(minutes(7), "refused, too");
  const auto active = scenario.ActiveAlerts();
  ASSERT_EQ(active.size(), 1u);
  EXPECT_EQ(active.front().alert->labels.Get("instance"), "b");
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

// Between which pages go out. Counted in alerts, not in time.
TEST(Router, ForgetsManyAlertsInSlices) {
  Output ignored;
  Scenario scenario;
  const int count = static_cast<int>(2 * Router::kGarbageSlice + 100);
  for (int i = 0; i < count; ++i) scenario.Fire(seconds(0), std::to_string(i).c_str());
  for (int i = 0; i < count; ++i) scenario.Resolve(minutes(1), std::to_string(i).c_str());
  // Announced and out of their group, but not ended for long enough yet.
  scenario.Until(minutes(59));
  ASSERT_EQ(scenario.router().alert_count(), static_cast<std::size_t>(count));
  const Time now = kStart + minutes(60);
  std::vector<std::size_t> left;
  while (*scenario.router().NextDeadline() <= now) {
    scenario.router().Advance(now, &ignored);
    left.push_back(scenario.router().alert_count());
  }
  EXPECT_EQ(left, (std::vector<std::size_t>{Router::kGarbageSlice + 100, 100, 0}));
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

// However much there is, a reader takes little of the core's time at once, and sees what is there
// all the while once, whatever comes and goes in between.
TEST(Router, ReadersWalkInSlices) {
  Scenario scenario;
  for (int i = 0; i < 1000; ++i) scenario.Fire(seconds(0), std::to_string(i).c_str());
  std::vector<AlertView> alerts;
  std::size_t next = 0, slices = 0, before = 0;
  while (!scenario.router().TakeActiveAlerts(scenario.now(), {}, &next, &alerts)) {
    EXPECT_LE(alerts.size() - before, AlertStore::kSliceLooks);
    before = alerts.size();
    scenario.Fire(seconds(0), ("new" + std::to_string(++slices)).c_str());
  }
  EXPECT_GE(slices, 9u);
  std::set<std::string> seen;
  for (const AlertView& view : alerts) {
    EXPECT_TRUE(seen.emplace(view.alert->labels.Get("instance")).second);
  }
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.contains(std::to_string(i))) << i;

  Router::MarkCounts counts;
  for (next = 0, slices = 0; !scenario.router().TakeMarkCounts(scenario.now(), &next, &counts);) {
    ++slices;
  }
  EXPECT_GE(slices, 9u);
  EXPECT_GE(counts.unprocessed, 1000u);
}

TEST(Router, ShowsActiveAlertsWithTheirReceivers) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Fire(seconds(1), "b").Resolve(seconds(2), "b");
  const std::vector<AlertView> views = scenario.ActiveAlerts();
  ASSERT_EQ(views.size(), 1u);
  EXPECT_EQ(views[0].alert->labels.Get("instance"), "a");
  ASSERT_EQ(views[0].routes.size(), 1u);
  EXPECT_EQ((*scenario.router().routes())[views[0].routes[0]].receiver, "team");
}

}  // namespace
}  // namespace tocsin::router
