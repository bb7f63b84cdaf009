#include "app/early_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::app {
namespace {

class EarlyRequestsTest : public testing::Test {
 protected:
  void Ask(std::string path) {
    net::ServerRequest request;
    request.path = path;
    early.Handle(std::move(request), [this, path](const HttpResponse& response, auto) {
      answers.push_back(path + " " + std::to_string(response.status));
    });
  }

  EarlyRequests early{2};
  std::vector<std::string> answers;
};

TEST_F(EarlyRequestsTest, WaitUntilItIsOpen) {
  Ask("/api/v2/alerts");
  Ask("/-/ready");
  Ask("/prefix/-/healthy");
  Ask("/metrics");
  EXPECT_THAT(answers,
              testing::ElementsAre("/-/ready 503", "/prefix/-/healthy 503", "/metrics 503"));
  answers.clear();
  early.Open([](const net::ServerRequest&, const api::Respond& respond) {
    respond({200, {}, ""}, net::ResponseClass::kOrdinary);
  });
  Ask("/-/ready");
  Ask("/api/v2/status");
  EXPECT_THAT(answers,
              testing::ElementsAre("/api/v2/alerts 200", "/-/ready 200", "/api/v2/status 200"));
}

TEST_F(EarlyRequestsTest, AreBounded) {
  for (const char* path : {"/1", "/2", "/3"}) Ask(path);
  EXPECT_THAT(answers, testing::ElementsAre("/3 503"));
}

}  // namespace
}  // namespace tocsin::app
