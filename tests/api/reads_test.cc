// Reads that get in each other's way.

#include "api/reads.h"

#include "tests/api/api_fixture.h"

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace tocsin::api {
namespace {

constexpr const char* kConfig = R"(
route: {receiver: team}
receivers: [{name: team}]
)";

// What a read does, and how often it was made.
struct Script {
  std::size_t size = 0;
  std::function<bool()> take = [] { return true; };
  std::function<std::string()> answer = [] { return "answer"; };
  std::atomic<int> made = 0;
};
using ScriptPtr = std::shared_ptr<Script>;

class ScriptedRead final : public Read {
 public:
  explicit ScriptedRead(ScriptPtr script) : script_(std::move(script)) { ++script_->made; }

  bool Take(core::Control&, Time) override { return script_->take(); }
  std::size_t size() const override { return script_->size; }
  HttpResponse Answer() override { return TextResponse(200, script_->answer()); }

 private:
  const ScriptPtr script_;
};

class ReadsTest : public ApiFixture {
 protected:
  static ScriptPtr Large() {
    auto script = std::make_shared<Script>();
    script->size = 100'000;
    return script;
  }

  std::future<HttpResponse> AskFor(const std::string& target, const ScriptPtr& script) {
    auto answer = std::make_shared<std::promise<HttpResponse>>();
    std::future<HttpResponse> future = answer->get_future();
    AnswerRead(std::make_shared<Exchange>(
                   std::make_shared<const Options>(options_), Surface::kPlain, "test",
                   Request("GET", target),
                   [answer](HttpResponse response, net::ResponseClass) {
                     answer->set_value(std::move(response));
                   },
                   Permit()),
               [script] { return std::make_unique<ScriptedRead>(script); });
    return future;
  }

  // A large read that is being answered until the function is called.
  std::function<void()> HoldUpLargeReads(const std::string& target) {
    auto entered = std::make_shared<std::promise<void>>();
    auto opened = std::make_shared<std::promise<void>>();
    const ScriptPtr script = Large();
    script->answer = [entered, opened] {
      entered->set_value();
      opened->get_future().wait();
      return std::string("held up");
    };
    held_up_ = AskFor(target, script);
    entered->get_future().wait();
    return [opened] { opened->set_value(); };
  }
  // What has been asked for so far is with the core, or waits for others.
  void LetTheCoreCatchUp() {
    for (int i = 0; i < 3; ++i) {
      std::promise<void> done;
      ASSERT_TRUE(core_.TryRun(0, [&done](core::Control&, Time) { done.set_value(); }));
      done.get_future().wait();
    }
  }

  std::future<HttpResponse> held_up_;
};

TEST_F(ReadsTest, SmallOnesDoNotWaitBehindLargeOnes) {
  Start(kConfig);
  const auto open = HoldUpLargeReads("/a");
  std::future<HttpResponse> waiting = AskFor("/b", Large());
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Get("/api/v2/status").status, 200);
    EXPECT_EQ(AskFor("/c", std::make_shared<Script>()).get().body, "answer");
  }
  EXPECT_EQ(waiting.wait_for(Duration::zero()), std::future_status::timeout);
  open();
  EXPECT_EQ(held_up_.get().body, "held up");
  EXPECT_EQ(waiting.get().body, "answer");
}

TEST_F(ReadsTest, WhoWaitsForTheSameIsAnsweredTogether) {
  Start(kConfig);
  const auto open = HoldUpLargeReads("/a");
  const ScriptPtr same = Large(), other = Large();
  std::vector<std::future<HttpResponse>> waiting;
  // What is being answered to the first may be too old for these.
  for (int i = 0; i < 5; ++i) waiting.push_back(AskFor("/a", same));
  waiting.push_back(AskFor("/b", other));
  // Two small ones at a time: each turn of the core makes room for the next.
  do {
    LetTheCoreCatchUp();
  } while (same->made + other->made < 6);
  LetTheCoreCatchUp();
  const int small = same->made;
  open();
  const HttpResponse first = waiting[0].get();
  ASSERT_TRUE(first.shared_body);
  EXPECT_EQ(first.Body(), "answer");
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(waiting[i].get().shared_body, first.shared_body);
  EXPECT_EQ(small, 5) << "all of them were tried as small ones";
  EXPECT_EQ(same->made, 6);
  EXPECT_FALSE(waiting[5].get().shared_body);
}

TEST_F(ReadsTest, WithoutRoomNoLargeAnswerIsMade) {
  Start(kConfig);
  large_answers_fit_ = false;
  const ScriptPtr large = Large();
  const HttpResponse response = AskFor("/a", large).get();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(FindHeader(response.headers, "Retry-After"), "1");
  EXPECT_EQ(large->made, 1);
  EXPECT_EQ(AskFor("/b", std::make_shared<Script>()).get().status, 200);
}

// Slots and routes of the walk so far mean something else then.
TEST_F(ReadsTest, AReloadBetweenTwoSlicesBeginsAnew) {
  Start(kConfig);
  const auto script = std::make_shared<Script>();
  bool reloading = false;
  script->take = [&] {
    if (!reloading) {
      reloading = core_.TryRun(
          0, [](core::Control& control, Time now) { control.Install(now, GenerationOf(kConfig)); });
    }
    return script->made > 1;
  };
  EXPECT_EQ(AskFor("/a", script).get().body, "answer");
  EXPECT_EQ(script->made, 2);
}

TEST_F(ReadsTest, WhoStillWaitsWhenTheCoreStopsIsToldSo) {
  Start(kConfig);
  const auto open = HoldUpLargeReads("/a");
  std::future<HttpResponse> waiting = AskFor("/b", Large());
  LetTheCoreCatchUp();
  core_.Stop();
  open();
  EXPECT_EQ(waiting.get().status, 503);
}

}  // namespace
}  // namespace tocsin::api
