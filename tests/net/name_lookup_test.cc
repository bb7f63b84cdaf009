#include "net/name_lookup.h"

#include "net/net_thread.h"
#include "tests/net/stuck_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace tocsin::net {
namespace {

using ::testing::ElementsAre;

// Stands for the system's resolver, which this test can stop for a host.
class Resolver {
 public:
  Result<HostAddresses> LookUp(const std::string& host) {
    std::unique_lock lock(mutex_);
    const int nth = ++calls_[host];
    changed_.notify_all();
    changed_.wait(lock,
                  [&] { return !stopped_.contains(host) || released_.contains({host, nth}); });
    if (host.starts_with("bad")) return Fail("no such name");
    return HostAddresses{"10.0.0." + std::to_string(nth)};
  }
  void Stop(const std::string& host) {
    const std::lock_guard lock(mutex_);
    stopped_.insert(host);
  }
  void Release(const std::string& host) {
    const std::lock_guard lock(mutex_);
    stopped_.erase(host);
    changed_.notify_all();
  }
  // The n-th call only, counted from 1.
  void Release(const std::string& host, int nth) {
    const std::lock_guard lock(mutex_);
    released_.insert({host, nth});
    changed_.notify_all();
  }
  // Waits until there were so many, and says how many there were.
  int CallsFor(const std::string& host, int at_least) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return calls_[host] >= at_least; });
    return calls_[host];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> stopped_;
  std::set<std::pair<std::string, int>> released_;
  std::map<std::string, int> calls_;
};

class NameLookupTest : public ::testing::Test {
 protected:
  using Answer = std::future<Result<HostAddresses>>;

  ~NameLookupTest() override { Drop(); }

  NameLookup::Options Options() {
    NameLookup::Options options;
    options.look_up = [resolver = resolver_](const std::string& host) {
      return resolver->LookUp(host);
    };
    return options;
  }
  void Make(NameLookup::Options options) {
    names_ = std::make_shared<NameLookup>(thread_->gate(), std::move(options));
  }
  Answer Start(const std::string& host) {
    auto promise = std::make_shared<std::promise<Result<HostAddresses>>>();
    Answer answer = promise->get_future();
    std::promise<void> started;
    thread_->Post([&] {
      names_->Start(host,
                    [promise](const Result<HostAddresses>& found) { promise->set_value(found); });
      started.set_value();
    });
    started.get_future().wait();
    return answer;
  }
  static Result<HostAddresses> Get(Answer answer) {
    if (answer.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
      return Fail("no answer");
    }
    return answer.get();
  }
  void Drop() {
    if (thread_) thread_->Post([names = std::move(names_)]() mutable { names.reset(); });
  }

  std::shared_ptr<Resolver> resolver_ = std::make_shared<Resolver>();
  std::unique_ptr<NetThread> thread_ = std::make_unique<NetThread>();
  std::shared_ptr<NameLookup> names_;
};

TEST_F(NameLookupTest, AddressesNeedNoLookup) {
  NameLookup::Options options = Options();
  options.running_max = 0;
  Make(options);
  for (const std::string address : {"127.0.0.1", "::1", "fe80::1%lo"}) {
    EXPECT_EQ(Get(Start(address)), HostAddresses{address});
    EXPECT_EQ(resolver_->CallsFor(address, 0), 0);
  }
}

TEST_F(NameLookupTest, AsksTheSystem) {
  Make({});
  const Result<HostAddresses> local = Get(Start("localhost"));
  ASSERT_TRUE(local) << local.error().message;
  EXPECT_THAT(*local, ::testing::Contains(::testing::AnyOf("127.0.0.1", "::1")));
  const Result<HostAddresses> unknown = Get(Start("name.invalid"));
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message, "no answer");
}

TEST_F(NameLookupTest, OneThatHangsHoldsUpNobodyElse) {
  Make(Options());
  resolver_->Stop("a");
  Answer hanging = Start("a");
  EXPECT_TRUE(Get(Start("b")));
  EXPECT_EQ(Get(Start("bad")).error().message, "no such name");
  resolver_->Release("a");
  EXPECT_TRUE(Get(std::move(hanging)));
}

TEST_F(NameLookupTest, WhoComesSoonJoins) {
  Make(Options());
  resolver_->Stop("a");
  std::vector<Answer> answers;
  for (int i = 0; i < 10; ++i) answers.push_back(Start("a"));
  resolver_->Release("a");
  for (Answer& answer : answers) EXPECT_EQ(Get(std::move(answer)), HostAddresses{"10.0.0.1"});
  EXPECT_EQ(Get(Start("a")), HostAddresses{"10.0.0.2"});
}

TEST_F(NameLookupTest, OneThatIsStuckIsNotJoinedButTheyAreLimited) {
  NameLookup::Options options = Options();
  options.join_within = Duration(-1);
  options.waiting_per_lookup_max = 3;
  Make(options);
  resolver_->Stop("a");
  std::vector<Answer> answers;
  for (int i = 0; i < 6; ++i) answers.push_back(Start("a"));
  EXPECT_EQ(Get(Start("a")).error().message, "too many calls wait for the lookup of this name");
  EXPECT_EQ(resolver_->CallsFor("a", 4), 4);
  // One that gets through answers them all.
  resolver_->Release("a", 2);
  for (Answer& answer : answers) EXPECT_EQ(Get(std::move(answer)), HostAddresses{"10.0.0.2"});
  resolver_->Release("a");
  EXPECT_TRUE(Get(Start("a")));
}

TEST_F(NameLookupTest, AllTogetherAreLimited) {
  NameLookup::Options options = Options();
  options.running_max = 2;
  Make(options);
  resolver_->Stop("a");
  resolver_->Stop("b");
  Answer a = Start("a"), b = Start("b");
  EXPECT_EQ(Get(Start("c")).error().message, "too many name lookups are running");
  EXPECT_TRUE(Get(Start("127.0.0.1")));
  resolver_->Release("a");
  EXPECT_TRUE(Get(std::move(a)));
  EXPECT_TRUE(Get(Start("c")));
  resolver_->Release("b");
  EXPECT_TRUE(Get(std::move(b)));
}

TEST_F(NameLookupTest, LateAnswersAreDropped) {
  // What the thread of a lookup holds is gone when it has ended.
  std::promise<void> gone;
  {
    NameLookup::Options options;
    options.look_up = [resolver = resolver_, token = std::shared_ptr<int>(new int(0), [&](int* p) {
                                               delete p;
                                               gone.set_value();
                                             })](const std::string& host) {
      return resolver->LookUp(host);
    };
    Make(std::move(options));
  }
  resolver_->Stop("a");
  Answer answer = Start("a");
  EXPECT_EQ(resolver_->CallsFor("a", 1), 1);
  Drop();
  thread_.reset();
  resolver_->Release("a");
  EXPECT_EQ(gone.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_THROW(answer.get(), std::future_error);  // The promise is broken.
}

}  // namespace
}  // namespace tocsin::net
