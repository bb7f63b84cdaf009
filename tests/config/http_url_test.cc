#include "config/http_url.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::config {
namespace {

std::string Show(const Result<std::string>& url) {
  return url ? *url : url.error().message;
}

TEST(HttpUrl, ChecksAndNormalises) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"http://h", "http://h"},
      {"HTTPS://h:8080/p?q=r#f", "https://h:8080/p?q=r#f"},
      {"http://h/a b", "http://h/a%20b"},
      {"http://h/a%20b?c d=%", "http://h/a%20b?c%20d=%"},
      {"http://h/é", "http://h/%C3%A9"},
      {"http://[::1]:9093/x", "http://[::1]:9093/x"},
      {"http://u:p@h/", "http://u:p@h/"},
      {"http://h?q", "http://h?q"},
      {"", "unsupported scheme \"\" for URL"},
      {"hunter2", "unsupported scheme \"\" for URL"},
      {"h:80", "unsupported scheme for URL"},
      {"ftp://h", "unsupported scheme \"ftp\" for URL"},
      // Might be a token that was put in the wrong place.
      {"xoxb-12345678:abc", "unsupported scheme for URL"},
      {"hunter2://h", "unsupported scheme for URL"},
      {"user:hunter2@h", "unsupported scheme for URL"},
      {"http:h", "missing host for URL"},
      {"http://", "missing host for URL"},
      {"http:///x", "missing host for URL"},
      {"http://:80/", "missing host for URL"},
      {"http://[::1", "missing ']' in host"},
      {"http://[]:1", "missing host for URL"},
      {"http://h:x/", "invalid port after host"},
      {"http://[::1]x/", "invalid port after host"},
      {"http://a b/", "invalid character in host name"},
      {"http://h/%zz", "invalid URL escape"},
      {"http://h/%4", "invalid URL escape"},
      {"http://h/\n", "invalid control character in URL"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(Show(ParseHttpUrl(text)), want) << text;
  EXPECT_EQ(Show(ParseProxyUrl("socks5://h:1")), "socks5://h:1");
  EXPECT_EQ(Show(ParseProxyUrl("h:1")), "unsupported scheme for URL");
}

TEST(HttpUrl, ErrorsShowNoPartOfAPassword) {
  for (const std::string url :
       {"https://bot:hunter2#x@h/", "https://bot:hunter2/x@h/", "https://bot:hunter2?x@h/",
        "https://bot:hunter2%zz@h/", "https://bot:12#hunter2@h:y/", "https://hunter2 x/",
        "https://h:hunter2/", "https://h/%hunter2", "hunter2", "hunter2:x", "hunter2://x"}) {
    for (const auto& parsed : {ParseHttpUrl(url), ParseProxyUrl(url)}) {
      if (parsed) continue;  // A host of that name, for all we know.
      EXPECT_EQ(parsed.error().message.find("hunter2"), std::string::npos) << url;
      EXPECT_EQ(parsed.error().message.find("%h"), std::string::npos) << url;
    }
  }
}

TEST(HttpUrl, HidesUserInformation) {
  EXPECT_EQ(HideUrlPassword("http://u:p@h:3/x?a@b"), "http://u:xxxxx@h:3/x?a@b");
  EXPECT_EQ(HideUrlPassword("http://u@h:3/"), "http://u@h:3/");
  EXPECT_EQ(HideUrlPassword("http://h/a:b@c"), "http://h/a:b@c");
  EXPECT_EQ(HideUrlPassword(""), "");
  EXPECT_EQ(WithoutCredentials("http://u:p@h:3/x"), "http://h:3/x");
  EXPECT_EQ(WithoutCredentials("http://@h/"), "http://h/");
  EXPECT_EQ(WithoutCredentials("http://h:3/x@y"), "http://h:3/x@y");
  EXPECT_EQ(WithoutCredentials("http://u:p@h/x?token=t#f"), "http://h/x");
  EXPECT_EQ(WithoutCredentials("http://h#f?token=t"), "http://h");
}

}  // namespace
}  // namespace tocsin::config
