#include "tests/api/api_fixture.h"

#include <gtest/gtest.h>

namespace tocsin::api {
namespace {

constexpr const char* kConfig = R"(
route: {receiver: z}
receivers:
- {name: z}
- {name: a, labels: {kind: chat}}
)";

class ReceiversTest : public ApiFixture {};

TEST_F(ReceiversTest, InTheOrderOfTheConfiguration) {
  Start(kConfig);
  EXPECT_EQ(
      Get("/api/v2/receivers").body,
      R"([{"labels":{"name":"z"},"name":"z"},{"labels":{"kind":"chat","name":"a"},"name":"a"}])"
      "\n");
}

TEST_F(ReceiversTest, ByTheirLabels) {
  Start(kConfig);
  EXPECT_EQ(Get("/api/v2/receivers?receiver_matchers=kind=chat&receiver_matchers=name=a").body,
            R"([{"labels":{"kind":"chat","name":"a"},"name":"a"}])"
            "\n");
  EXPECT_EQ(Get("/api/v2/receivers?receiver_matchers=kind=chat&receiver_matchers=name=z").body,
            "[]\n");
  const HttpResponse response = Get("/api/v2/receivers?receiver_matchers=x");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body.find("\"failed to parse receiver_matchers param: "), 0u);
}

}  // namespace
}  // namespace tocsin::api
