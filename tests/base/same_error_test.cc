#include "base/same_error.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(SameError, DigitsMakeNoDifference) {
  EXPECT_TRUE(IsSameError("", ""));
  EXPECT_TRUE(IsSameError("timed out after 998 ms", "timed out after 10003 ms"));
  EXPECT_TRUE(IsSameError("busy", "busy7"));
  EXPECT_FALSE(IsSameError("busy", "busy 7"));
  EXPECT_FALSE(IsSameError("busy", ""));
  EXPECT_FALSE(IsSameError("HTTP status 503: a", "HTTP status 503: b"));
}

}  // namespace
}  // namespace tocsin
