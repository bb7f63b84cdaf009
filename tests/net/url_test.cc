#include "net/url.h"

#include "base/base64.h"
#include "net/destination_queues.h"

#include <gtest/gtest.h>

namespace tocsin::net {
namespace {

TEST(Url, Parses) {
  struct Case {
    std::string text, rebuilt, destination;
  };
  const Case cases[] = {
      {"http://example.org", "http://example.org/", "http://example.org:80"},
      {"HTTPS://Example.ORG:443/A?b#c", "https://example.org/A?b", "https://example.org:443"},
      {"http://example.org:8080?x=1", "http://example.org:8080/?x=1", "http://example.org:8080"},
      {"http://[::1]:9090/x", "http://[::1]:9090/x", "http://[::1]:9090"},
      {"https://u:p%40q@h/a b", "https://h/a%20b", "https://h:443"},
      {"http://h:/x", "http://h/x", "http://h:80"},
      {"http://h/%7Eü", "http://h/%7E%C3%BC", "http://h:80"},
  };
  for (const Case& c : cases) {
    const auto url = ParseUrl(c.text);
    ASSERT_TRUE(url) << c.text;
    EXPECT_EQ(url->ToString(), c.rebuilt);
    EXPECT_EQ(url->Destination(), c.destination);
  }
  const auto url = ParseUrl("https://us%65r:p%40+q@h/");
  EXPECT_EQ(url->user, "user");
  EXPECT_EQ(url->password.Reveal(), "p@+q");
}

TEST(Url, RefusesWithoutRepeatingTheInput) {
  for (const char* text : {"", "h/secret", "ftp://h/secret", "http:///secret", "http://h:0/secret",
                           "http://h:99999/secret", "http://h:8a/secret", "http://a b/secret",
                           "http://h\\@evil/secret", "http://[::1/secret", "http://[x]/secret",
                           "http://h%2f/secret", "http://u:%zz@h/secret", "http://[::1]x/secret"}) {
    const auto url = ParseUrl(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().message.find("secret"), std::string::npos) << url.error().message;
  }
}

// The examples of RFC 3986, 5.4, as far as they stay in http.
TEST(Url, ResolvesReferences) {
  const Url base = *ParseUrl("http://a/b/c/d;p?q");
  const std::pair<const char*, const char*> cases[] = {
      {"http://g", "http://g/"},
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {";x", "http://a/b/c/;x"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {"..g", "http://a/b/c/..g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/../h", "http://a/b/c/h"},
      {"https://x:1/y", "https://x:1/y"},
  };
  for (const auto& [reference, expected] : cases) {
    const auto url = ResolveReference(base, reference);
    ASSERT_TRUE(url) << reference;
    EXPECT_EQ(url->ToString(), expected) << reference;
  }
  EXPECT_FALSE(ResolveReference(base, "mailto:x"));
  EXPECT_FALSE(ResolveReference(base, "file:///etc/passwd"));
}

TEST(Base64, BothWays) {
  const std::pair<std::string, std::string> cases[] = {
      {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
      {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {std::string("\0\xFF\xFE", 3), "AP/+"}};
  for (const auto& [plain, encoded] : cases) {
    EXPECT_EQ(Base64Encode(plain), encoded);
    EXPECT_EQ(Base64Decode(encoded), plain);
  }
  for (const char* text : {"Zg", "Zg=", "Z===", "Zm9v!A==", "=Zg="}) {
    EXPECT_FALSE(Base64Decode(text)) << text;
  }
}

TEST(DestinationQueues, TurnsGoInOrder) {
  using Admission = DestinationQueues::Admission;
  DestinationQueues queues(2);
  EXPECT_EQ(queues.Enter("a", 1, 2), Admission::kRun);
  EXPECT_EQ(queues.Enter("a", 2, 2), Admission::kRun);
  EXPECT_EQ(queues.Enter("a", 3, 2), Admission::kWait);
  EXPECT_EQ(queues.Enter("a", 4, 2), Admission::kWait);
  EXPECT_EQ(queues.Enter("a", 5, 2), Admission::kFull);
  EXPECT_EQ(queues.Enter("b", 6, 2), Admission::kRun);
  queues.Withdraw("a", 3);
  EXPECT_EQ(queues.Enter("a", 7, 2, /*waiting_max=*/1), Admission::kFull);
  EXPECT_EQ(queues.Enter("a", 7, 2), Admission::kWait);
  EXPECT_EQ(queues.Leave("a"), 4U);
  EXPECT_EQ(queues.Leave("a"), 7U);
  EXPECT_EQ(queues.Leave("a"), std::nullopt);
  EXPECT_EQ(queues.Leave("a"), std::nullopt);
  EXPECT_EQ(queues.Leave("b"), std::nullopt);
  EXPECT_EQ(queues.destination_count(), 0U);
}

TEST(DestinationQueues, TheHighestLimitCounts) {
  using Admission = DestinationQueues::Admission;
  DestinationQueues queues(2);
  EXPECT_EQ(queues.Enter("a", 1, 1), Admission::kRun);
  EXPECT_EQ(queues.Enter("a", 2, 1), Admission::kWait);
  EXPECT_EQ(queues.Enter("a", 3, 2), Admission::kRun);
  EXPECT_EQ(queues.Enter("a", 4, 1), Admission::kWait);
  for (int i = 0; i < 4; ++i) queues.Leave("a");
  EXPECT_EQ(queues.destination_count(), 0U);
  EXPECT_EQ(queues.Enter("a", 5, 1), Admission::kRun);
  EXPECT_EQ(queues.Enter("a", 6, 1), Admission::kWait);
}

}  // namespace
}  // namespace tocsin::net
