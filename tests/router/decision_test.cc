// What decisions say beside their effects. That they are the right ones is shown by the reference
// model (tests/simulation).

#include "tests/router/scenario.h"

namespace tocsin::router {
namespace {

AlertReceived::Change ChangeOf(Scenario* scenario, Duration starts, Duration ends) {
  Output out;
  const Time now = scenario->now();
  scenario->router().Ingest(
      now, std::vector{Scenario::MakeAlert("a", now + starts, now + ends, now)}, &out);
  for (const Decision& decision : out.decisions) {
    if (const auto* received = std::get_if<AlertReceived>(&decision)) return received->change;
  }
  ADD_FAILURE() << "it was not received";
  return AlertReceived::Change::kNothing;
}

TEST(Decisions, AnAlertThatIsSentAgainIsNoNews) {
  using Change = AlertReceived::Change;
  Scenario scenario;
  EXPECT_EQ(ChangeOf(&scenario, minutes(0), minutes(5)), Change::kCreated);
  EXPECT_EQ(ChangeOf(&scenario, minutes(0), minutes(9)), Change::kNothing);
  EXPECT_EQ(ChangeOf(&scenario, minutes(1), minutes(9)), Change::kNothing);  // Merged.
  EXPECT_EQ(ChangeOf(&scenario, minutes(-1), minutes(9)), Change::kStarted);
  EXPECT_EQ(ChangeOf(&scenario, minutes(-1), minutes(0)), Change::kEnded);
  EXPECT_EQ(ChangeOf(&scenario, minutes(-1), minutes(0)), Change::kNothing);
  scenario.Until(minutes(2));
  EXPECT_EQ(ChangeOf(&scenario, minutes(-1), minutes(-1)), Change::kEndedAgain);
  EXPECT_EQ(ChangeOf(&scenario, minutes(0), minutes(5)), Change::kStarted);
}

TEST(Decisions, AnotherSilenceIsAnotherReason) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a");
  scenario.Silence(seconds(10), minutes(8), "a").Silence(minutes(7), minutes(30), "a");
  scenario.Until(minutes(20));
  EXPECT_EQ(scenario.log(),
            "30s silenced [a]\n"
            "630s silenced [a]\n");
}

TEST(Decisions, AChangeOfASilenceThatCouldNotBeStoredIsTakenBack) {
  using Kind = SilenceChanged::Kind;
  Scenario scenario;
  scenario.Silence(seconds(10), minutes(30), "a").Until(minutes(1));
  const auto silence = scenario.router().silences().Find("id-1");
  Output out;
  SilenceChange undone;
  ASSERT_TRUE(scenario.router().ExpireSilence(scenario.now(), "id-1", &undone, &out));
  out.decisions.clear();
  scenario.router().PutBackSilence(scenario.now(), "id-1", undone.parts.front().before, &out);
  ASSERT_EQ(out.decisions.size(), 1u);
  EXPECT_EQ(std::get<SilenceChanged>(out.decisions.front()).kind, Kind::kTakenBack);
  EXPECT_EQ(std::get<SilenceChanged>(out.decisions.front()).silence, silence);
  out.decisions.clear();
  scenario.router().PutBackSilence(scenario.now(), "id-1", silence, &out);
  EXPECT_TRUE(out.decisions.empty()) << "nothing changes back";
  // What was new is none, and was one until now.
  scenario.router().PutBackSilence(scenario.now(), "id-1", nullptr, &out);
  ASSERT_EQ(out.decisions.size(), 1u);
  const auto& gone = std::get<SilenceChanged>(out.decisions.front());
  EXPECT_EQ(gone.kind, Kind::kTakenBack);
  EXPECT_EQ(gone.silence->ends_at, scenario.now());
  EXPECT_EQ(scenario.router().silences().Find("id-1"), nullptr);
}

TEST(Decisions, TheSameSilencesInAnotherOrderAreNoOtherReason) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a");
  scenario.Silence(seconds(10), minutes(30), "a").Silence(seconds(20), minutes(30), "a");
  scenario.Until(minutes(2));
  Output out;
  SilenceChange undone;  // As where the store fails.
  ASSERT_TRUE(scenario.router().ExpireSilence(scenario.now(), "id-1", &undone, &out));
  scenario.router().PutBackSilence(scenario.now(), "id-1", undone.parts.front().before, &out);
  scenario.Until(minutes(20));
  EXPECT_EQ(scenario.log(), "30s silenced [a]\n");
}

// The end may be on its way to the store, and fail: who asks again waits, too.
TEST(Decisions, WhoEndsASilenceThatIsOverWaitsForTheStore) {
  Scenario scenario;
  scenario.Silence(seconds(10), minutes(30), "a").Until(minutes(1));
  for (const bool first : {true, false}) {
    Output out;
    SilenceChange change;
    ASSERT_TRUE(scenario.router().ExpireSilence(scenario.now(), "id-1", &change, &out));
    ASSERT_EQ(change.parts.size(), 1u);
    EXPECT_EQ(change.parts.front().after->ends_at, scenario.now());
    EXPECT_EQ(out.changes.size(), 1u);
    EXPECT_EQ(out.decisions.empty(), !first);
  }
}

TEST(Decisions, AGroupWithoutARouteEndsByConfiguration) {
  Scenario scenario;
  scenario.Fire(seconds(0), "a").Until(minutes(1));
  config::RouteConfig root;
  root.receiver = "others";
  Output out;
  Router router({std::make_shared<const RouteTree>(root), {Receiver{"others", {}}}, {}, {}},
                std::move(scenario.router()).TakeState(), scenario.now(), &out);
  std::vector<GroupEnded> ended;
  for (const Decision& decision : out.decisions) {
    if (const auto* end = std::get_if<GroupEnded>(&decision)) ended.push_back(*end);
  }
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended.front().why, GroupEnded::Why::kConfiguration);
  EXPECT_EQ(ended.front().group->key, "{}:{alertname=\"A\"}");
  EXPECT_EQ(ended.front().group->receiver, "team");
}

}  // namespace
}  // namespace tocsin::router
