#include "base/http_message.h"

#include <gtest/gtest.h>

namespace tocsin {

namespace {

TEST(HttpMessage, FindHeaderIgnoresCaseAndTakesTheFirst) {
  const std::vector<HttpHeader> headers = {
      {"Content-Type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}};
  EXPECT_EQ(FindHeader(headers, "content-TYPE"), "text/plain");
  EXPECT_EQ(FindHeader(headers, "x-a"), "1");
  EXPECT_EQ(FindHeader(headers, "X-"), "");
  EXPECT_EQ(FindHeader({}, "X-A"), "");
}

TEST(Secret, ShowsOnlyThatThereIsOne) {
  EXPECT_EQ(Secret("hunter2").Masked(), "<secret>");
  EXPECT_EQ(Secret("hunter2").Reveal(), "hunter2");
  EXPECT_EQ(Secret().Masked(), "");
}

TEST(Secret, RedactReplacesEachOccurrence) {
  EXPECT_EQ(Redact("a hunter2 and hunter2", Secret("hunter2")), "a <secret> and <secret>");
  EXPECT_EQ(Redact("nothing", Secret("hunter2")), "nothing");
  EXPECT_EQ(Redact("an abc", Secret("abc")), "an abc");  // Too short to hide.
  EXPECT_EQ(Redact("text", Secret()), "text");
  // The mask itself holds the secret: it is not replaced again.
  EXPECT_EQ(Redact("secret", Secret("secret")), "<secret>");
}

}  // namespace

}  // namespace tocsin
