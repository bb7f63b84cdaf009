#include "app/web_guard.h"

#include "base/base64.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>

namespace tocsin::app {
namespace {

// Of "secret".
constexpr const char* kHash = "$2b$04$E2.iciR6b6e.zanHzloD2.A615GmChBRXrprWmHmPCWSGJq267LC.";

class WebGuardTest : public testing::Test {
 protected:
  WebGuardTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-web-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~WebGuardTest() override {
    guard_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Write(const std::string& text) { std::ofstream(folder_ + "/web.yml") << text; }
  void Start(const std::string& text) {
    Write(text);
    config::WebConfigResult loaded = config::LoadWebConfig(folder_ + "/web.yml");
    ASSERT_TRUE(loaded.config) << loaded.diagnostics.ToString();
    guard_ = std::make_unique<WebGuard>(folder_ + "/web.yml", *std::move(loaded.config), nullptr);
  }

  // What a client gets; 200 if it was let through.
  HttpResponse Ask(const std::string& authorization = "") {
    net::ServerRequest request;
    request.method = "GET";
    if (!authorization.empty()) request.headers.push_back({"Authorization", authorization});
    std::mutex mutex;
    std::condition_variable answered;
    std::optional<HttpResponse> answer;
    guard_->Handle(
        std::move(request),
        [&](HttpResponse response, net::ResponseClass) {
          const std::lock_guard lock(mutex);
          answer = std::move(response);
          answered.notify_one();
        },
        [](const net::ServerRequest&, const api::Respond& respond) {
          respond({200, {}, "in"}, net::ResponseClass::kOrdinary);
        });
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return answer.has_value(); });
    return *answer;
  }
  static std::string Login(const std::string& user, const std::string& password) {
    return "Basic " + Base64Encode(user + ":" + password);
  }

  std::string folder_;
  std::unique_ptr<WebGuard> guard_;
};

TEST_F(WebGuardTest, LetsThroughWhereNothingIsAskedFor) {
  Start("");
  EXPECT_EQ(Ask().status, 200);
}

TEST_F(WebGuardTest, AsksForNameAndPassword) {
  Start("basic_auth_users: {admin: " + std::string(kHash) + "}");
  const HttpResponse refused = Ask();
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.body, "Unauthorized\n");
  EXPECT_EQ(FindHeader(refused.headers, "WWW-Authenticate"), "Basic");
  EXPECT_EQ(Ask(Login("admin", "secret")).status, 200);
  EXPECT_EQ(Ask(Login("admin", "secret")).status, 200);  // Known by now.
  EXPECT_EQ(Ask("basic  " + Login("admin", "secret").substr(6)).status, 200);
  for (const std::string& bad :
       {Login("admin", "Secret"), Login("admin", ""), Login("nobody", "secret"),
        Login("admin", std::string("secret\0x", 8)), std::string("Bearer x"),
        std::string("Basic %"), "Basic " + Base64Encode("admin")}) {
    EXPECT_EQ(Ask(bad).status, 401) << bad;
  }
}

TEST_F(WebGuardTest, ReadsTheFileAgainWhenItChanges) {
  Start("");
  EXPECT_EQ(Ask().status, 200);
  Write("basic_auth_users: {admin: " + std::string(kHash) + "}");
  EXPECT_EQ(Ask().status, 401);
  EXPECT_EQ(Ask(Login("admin", "secret")).status, 200);
  Write("basic_auth_users: {other: " + std::string(kHash) + "}  # Longer.");
  EXPECT_EQ(Ask(Login("admin", "secret")).status, 401);
}

TEST_F(WebGuardTest, GoesOnWhileTheFileIsBroken) {
  Start("basic_auth_users: {admin: " + std::string(kHash) + "}");
  Write("basic_auth_users: {admin: secret}");
  EXPECT_EQ(Ask().status, 401);
  EXPECT_EQ(Ask(Login("admin", "secret")).status, 200);
  std::filesystem::remove(folder_ + "/web.yml");
  EXPECT_EQ(Ask().status, 401);
  EXPECT_EQ(Ask(Login("admin", "secret")).status, 200);
}

TEST_F(WebGuardTest, StopsWithoutComparingWhatStillWaits) {
  // Each takes tenths of a second.
  Start("basic_auth_users: {admin: $2b$13$E2.iciR6b6e.zanHzloD2.A615GmChBRXrprWmHmPCWSGJq267LC.}");
  std::atomic<int> refused{0}, told{0};
  for (int i = 0; i < 40; ++i) {
    net::ServerRequest request;
    request.headers.push_back({"Authorization", Login("admin", std::to_string(i))});
    guard_->Handle(
        std::move(request),
        [&](const HttpResponse& response, net::ResponseClass) {
          ++(response.status == 401 ? refused : told);
        },
        [](const net::ServerRequest&, const api::Respond&) { ADD_FAILURE(); });
  }
  guard_->Stop();
  EXPECT_EQ(refused + told, 40);  // Nobody is left without an answer.
  EXPECT_GE(told, 38);
}

TEST_F(WebGuardTest, AddsHeadersToEveryAnswer) {
  Start(
      "http_server_config: {headers: {X-Frame-Options: deny}}\n"
      "basic_auth_users: {admin: " +
      std::string(kHash) + "}");
  EXPECT_EQ(FindHeader(Ask().headers, "X-Frame-Options"), "deny");
  EXPECT_EQ(FindHeader(Ask(Login("admin", "secret")).headers, "X-Frame-Options"), "deny");
}

TEST_F(WebGuardTest, LimitsTheRate) {
  Start("rate_limit: {interval: 1h, burst: 2}");
  EXPECT_EQ(Ask().status, 200);
  EXPECT_EQ(Ask().status, 200);
  EXPECT_EQ(Ask().status, 429);
}

}  // namespace
}  // namespace tocsin::app
