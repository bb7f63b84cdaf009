#include "base/retry_after.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tocsin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RetryAfter, IsReadFromTheHeader) {
  struct Case {
    std::string value, date;
    std::optional<Duration> expected;
  };
  const std::vector<Case> cases = {
      {"30", "", seconds(30)},
      {" 1.5 ", "", milliseconds(1500)},
      {"0", "", milliseconds(250)},
      {"-5", "", milliseconds(250)},
      {"nan", "", milliseconds(250)},
      {"86400", "", seconds(3600)},
      {"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:00 GMT", seconds(37)},
      {"Sun, 06 Nov 1994 08:49:37 GMT", "Mon, 07 Nov 1994 08:49:00 GMT", milliseconds(250)},
      {"Sun, 06 Nov 1994 08:49:37 GMT", "", std::nullopt},
      {"Sun, 06 Nxx 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:00 GMT", std::nullopt},
      {"soon", "", std::nullopt},
      {"", "", std::nullopt},
  };
  for (const Case& c : cases) {
    HttpResponse response{429, {{"retry-after", c.value}}, ""};
    if (!c.date.empty()) response.headers.push_back({"date", c.date});
    EXPECT_EQ(RetryAfter(response), c.expected) << c.value;
  }
}

}  // namespace
}  // namespace tocsin
