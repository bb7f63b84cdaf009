// What outlives the process: alerts, groups and their timers, from what the router gave to be
// stored.

#include "tests/router/scenario.h"

#include <gtest/gtest.h>

namespace tocsin::router {
namespace {

using Answer = Scenario::Answer;

// As a Prometheus does it: told for the next four minutes.
model::AlertPtr Sent(Scenario& scenario, const char* instance, Duration lasts = minutes(4)) {
  return Scenario::MakeAlert(instance, kStart, scenario.now() + lasts, scenario.now());
}

void SendEveryMinute(Scenario& scenario, const char* instance, Duration until) {
  while (scenario.now() < kStart + until) {
    scenario.Post(Sent(scenario, instance)).Until(scenario.now() - kStart + minutes(1));
  }
}

TEST(RestartTest, GroupsKeepTheirTimers) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Until(seconds(20)).Restart(seconds(5));
  scenario.Until(minutes(2)).Fire(minutes(2), "b").Restart(seconds(5)).Until(minutes(6));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n330s new alerts added [ab]\n");
}

TEST(RestartTest, NothingIsToldTwice) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Until(minutes(1)).Crash(seconds(1)).Until(hours(4));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n");
}

// A flush that was prevented is made up for at once, one for all that were; the beat stays.
TEST(RestartTest, MissedTicksAreMadeUpFor) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Until(minutes(1)).Fire(minutes(1), "b").Restart(minutes(16));
  scenario.Until(minutes(17)).Fire(minutes(18), "c").Until(minutes(22));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n1020s new alerts added [ab]\n"
            "1230s new alerts added [abc]\n");
}

TEST(RestartTest, AFlushThatWasBrokenOffIsDoneAgain) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Answering(Answer::kKeep).Until(seconds(35)).Crash(seconds(2));
  scenario.Answering(Answer::kDeliver).Until(minutes(2)).Fire(minutes(2), "b").Until(minutes(6));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n37s first notification [a]\n"
            "330s new alerts added [ab]\n");
}

// Told and written down, but the group had not heard of it.
TEST(RestartTest, AFlushThatWasBrokenOffTwiceIsDoneAgain) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Answering(Answer::kKeep).Until(seconds(35)).Crash(seconds(2));
  scenario.SetDispatchFrom(minutes(1)).Crash(seconds(2)).Crash(seconds(2));
  scenario.Answering(Answer::kDeliver).Until(minutes(6));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n60s first notification [a]\n");
}

// As by a machine whose clock is wrong until it has asked for the time.
TEST(RestartTest, AClockThatIsSetBackWhileNobodyRunsPostponesNothing) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Fire(seconds(0), "b").Resolve(minutes(1), "b").Until(minutes(6));
  scenario.Crash(hours(-2)).Until(minutes(-113)).Fire(minutes(-113), "c").Until(minutes(-100));
  EXPECT_EQ(scenario.log(),
            "30s first notification [ab]\n330s some alerts resolved [a(b)]\n"
            "-6570s new alerts added [ac]\n");
}

TEST(RestartTest, AFlushThatWasThroughIsNotToldAgain) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").KeepStoring().Until(seconds(35)).Crash(seconds(2));
  scenario.StoreAll().Resolve(minutes(1), "a").Until(minutes(20));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n330s all alerts resolved [(a)]\n");
  EXPECT_EQ(scenario.groups(), 0u);
  EXPECT_TRUE(scenario.stored().groups().empty());
}

TEST(RestartTest, AnEndIsAnnouncedOnce) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Fire(seconds(0), "b").Until(minutes(1));
  scenario.Resolve(minutes(1), "a").Crash(seconds(1)).Until(minutes(6)).Crash(seconds(1));
  // Its source says it again.
  scenario.Resolve(minutes(7), "a").Until(minutes(16)).Restart(seconds(1)).Until(minutes(31));
  EXPECT_EQ(scenario.log(), "30s first notification [ab]\n330s some alerts resolved [(a)b]\n");
}

// What was written last of an end is old. The source is there and says so within a minute.
TEST(RestartTest, WhoFiresIsWaitedFor) {
  for (const Duration down : {Duration(seconds(2)), Duration(minutes(3)), Duration(hours(1))}) {
    Scenario scenario;
    SendEveryMinute(scenario, "a", minutes(14));
    scenario.Until(minutes(14) + seconds(59)).Crash(down);
    scenario.Until(scenario.now() - kStart + seconds(55));
    SendEveryMinute(scenario, "a", minutes(30) + down);
    EXPECT_EQ(scenario.log(), "30s first notification [a]\n") << Seconds(down);
  }
}

// Two starts in a row: the first one hears nobody either.
TEST(RestartTest, WhoFiresIsWaitedForAgain) {
  Scenario scenario;
  SendEveryMinute(scenario, "a", minutes(14));
  scenario.Crash(hours(1)).Until(hours(1) + minutes(14) + seconds(1)).Crash(seconds(1));
  scenario.Until(hours(1) + minutes(15));
  SendEveryMinute(scenario, "a", hours(1) + minutes(30));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n");
}

// Its end came while the process was down for a moment; a second later the source is there.
TEST(RestartTest, AnEndWithinAShortStopIsNone) {
  Scenario scenario(seconds(30), seconds(5));
  scenario.Post(Sent(scenario, "a", seconds(52))).Until(seconds(50)).Crash(seconds(4));
  scenario.Until(std::chrono::milliseconds(55'500));
  SendEveryMinute(scenario, "a", minutes(5));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n");
}

// Ends are written every five seconds. `a` is sent for 57 seconds, and its group flushed every
// five. The process is killed at 59 s, just after `b` was written.
Scenario BeforeACrash() {
  Scenario scenario(seconds(30), seconds(5));
  scenario.Post(Sent(scenario, "a", seconds(57)));
  return scenario;
}

TEST(RestartTest, AnEndMayHaveBeenMovedJustBeforeACrash) {
  Scenario scenario = BeforeACrash();
  scenario.Until(seconds(56)).Post(Sent(scenario, "a", seconds(57))).Fire(seconds(59), "b");
  scenario.Crash(seconds(1)).Until(seconds(113)).Post(Sent(scenario, "a", seconds(57)));
  scenario.Until(minutes(2));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n60s new alerts added [ab]\n");
}

// The last that is known of the process is from before the end.
TEST(RestartTest, AnEndMayHaveBeenMovedJustAfterTheLastSignOfLife) {
  Scenario scenario = BeforeACrash();
  scenario.Fire(seconds(54), "b").Until(seconds(56)).Post(Sent(scenario, "a", seconds(57)));
  scenario.Until(seconds(59)).Crash(seconds(1)).Until(seconds(113));
  scenario.Post(Sent(scenario, "a", seconds(57))).Until(minutes(2));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n55s new alerts added [ab]\n");
}

// It has again what it was sent for.
TEST(RestartTest, AnEndJustBeforeACrashIsToldLater) {
  Scenario scenario = BeforeACrash();
  scenario.Fire(seconds(59), "b").Crash(seconds(1)).Until(minutes(3));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n60s new alerts added [ab]\n"
            "120s some alerts resolved [(a)b]\n");
}

TEST(RestartTest, AnEndJustBeforeACrashThatWasSaidIsTold) {
  Scenario scenario = BeforeACrash();
  scenario.Resolve(seconds(56), "a").Fire(seconds(59), "b").Crash(seconds(1)).Until(minutes(3));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n60s new alerts added [(a)b]\n");
}

TEST(RestartTest, AnEndJustBeforeACrashThatWasToldIsNotTakenBack) {
  Scenario scenario(seconds(30), seconds(5));
  scenario.Post(Sent(scenario, "a", seconds(54))).Fire(seconds(56), "b").Crash(seconds(1));
  scenario.Until(minutes(3));
  EXPECT_EQ(scenario.log(),
            "30s first notification [a]\n55s all alerts resolved [(a)]\n"
            "86s first notification [b]\n");
}

TEST(RestartTest, AnEndJustBeforeAStopIsKnown) {
  Scenario scenario = BeforeACrash();
  scenario.Fire(seconds(59), "b").Restart(seconds(1)).Until(minutes(3));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n60s new alerts added [(a)b]\n");
}

TEST(RestartTest, WhoDoesNotComeBackHasEnded) {
  Scenario scenario;
  SendEveryMinute(scenario, "a", minutes(14));
  scenario.Crash(hours(1));
  // It had three minutes left, and has them again: until 77m. The group's ticks are at 0.5 + 5 n.
  scenario.Until(hours(2));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n4830s all alerts resolved [(a)]\n");
}

// As by a machine that is paused, or a clock that is put forward.
TEST(RestartTest, WhoFiresIsWaitedForAfterAFreeze) {
  Scenario scenario;
  SendEveryMinute(scenario, "a", minutes(14));
  scenario.Freeze(minutes(10)).Until(minutes(24) + seconds(50));
  SendEveryMinute(scenario, "a", minutes(40));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n");
  EXPECT_EQ(scenario.groups(), 1u);
}

TEST(RestartTest, WhoDoesNotComeBackAfterAFreezeHasEnded) {
  Scenario scenario;
  SendEveryMinute(scenario, "a", minutes(14));
  // It had three minutes left, and has them again: until 27m. The flush at 24m sets a new beat.
  scenario.Freeze(minutes(10)).Until(hours(2));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n1740s all alerts resolved [(a)]\n");
}

TEST(RestartTest, WhatHadEndedBeforeAFreezeStaysEnded) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Resolve(minutes(1), "a").Until(minutes(2)).Freeze(minutes(10));
  scenario.Until(minutes(13));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n720s all alerts resolved [(a)]\n");
}

// Its new end is written together with the first sign of life.
TEST(RestartTest, WhoFiresIsWaitedForAfterACrashRightAfterAFreeze) {
  Scenario scenario;
  SendEveryMinute(scenario, "a", minutes(14));
  scenario.Freeze(minutes(10)).Crash(seconds(1)).Until(minutes(24) + seconds(50));
  SendEveryMinute(scenario, "a", minutes(40));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n");
}

TEST(RestartTest, AnEndFarAwayStays) {
  Scenario scenario;
  scenario.Post(Sent(scenario, "a", minutes(30))).Until(minutes(2)).Crash(minutes(20));
  EXPECT_EQ(scenario.ActiveAlerts().at(0).alert->ends_at, kStart + minutes(30));
}

TEST(RestartTest, AnAlertOfARouteThatIsGoneIsGroupedAnew) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Until(minutes(1));
  scenario.SetReceiver("others").Restart(seconds(1)).Until(minutes(2));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n61s first notification [a]\n");
  EXPECT_EQ(scenario.stored().groups().size(), 1u);
}

// Alert by alert this costs a row; sent again, some bytes in a list.
TEST(RestartTest, SentAgainIsNoRow) {
  Scenario scenario;
  scenario.Post(Sent(scenario, "a")).Until(minutes(1));
  Output out;
  scenario.router().Ingest(scenario.now(), std::vector{Sent(scenario, "a")}, &out);
  EXPECT_TRUE(out.changes.empty());
  scenario.router().Advance(scenario.now() + seconds(5), &out);
  ASSERT_EQ(out.changes.size(), 1u);
  const auto& moved = std::get<AlertEndsMoved>(out.changes[0]);
  ASSERT_EQ(moved.ends.size(), 1u);
  EXPECT_EQ(moved.ends[0].second, scenario.now() + minutes(4));
}

TEST(RestartTest, WhatASourceSaysAnewIsWrittenSomeSecondsLater) {
  Scenario scenario;
  scenario.Post(Sent(scenario, "a")).Until(minutes(1));
  auto changed = std::make_shared<model::Alert>(*Sent(scenario, "a"));
  changed->annotations = {{"value", "7"}};
  scenario.Post(changed);
  EXPECT_TRUE(scenario.stored().alerts().begin()->second.alert->annotations.empty());
  scenario.Until(minutes(1) + seconds(5));
  EXPECT_EQ(scenario.stored().alerts().begin()->second.alert->annotations, changed->annotations);
}

TEST(RestartTest, ForgottenAlertsAreRemoved) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Resolve(minutes(1), "a").Until(hours(2));
  EXPECT_TRUE(scenario.stored().alerts().empty());
  EXPECT_TRUE(scenario.stored().groups().empty());
}

TEST(RestartTest, AfterTheClockWasSetAllTimesAreWritten) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Until(minutes(1)).SetClockBack(hours(3));
  scenario.Until(scenario.now() - kStart + seconds(1)).Crash(seconds(1));
  scenario.Until(scenario.now() - kStart + hours(4)).Fire(scenario.now() - kStart, "b");
  scenario.Until(scenario.now() - kStart + minutes(5));
  EXPECT_EQ(scenario.log(), "30s first notification [a]\n3930s new alerts added [ab]\n");
}

}  // namespace
}  // namespace tocsin::router
