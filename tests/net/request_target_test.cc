#include "net/request_target.h"

#include "net/listen_address.h"
#include "net/response_head.h"

#include <gtest/gtest.h>

namespace tocsin::net {
namespace {

TEST(RequestTarget, SplitsAndDecodes) {
  struct Case {
    std::string target;
    std::string path;
    std::vector<QueryParam> query;
  };
  const Case cases[] = {
      {"/", "/", {}},
      {"/api/v2/alerts", "/api/v2/alerts", {}},
      {"/api/v1/query?query=up{job=\"x\"}", "/api/v1/query", {{"query", "up{job=\"x\"}"}}},
      {"/q?filter=a=\"b\"&filter=c%3D%22d%22",
       "/q",
       {{"filter", "a=\"b\""}, {"filter", "c=\"d\""}}},
      {"/q?a=1+2&b&c=&&=x", "/q", {{"a", "1 2"}, {"b", ""}, {"c", ""}, {"", "x"}}},
      {"/q?bad=%zz&half=%4&%=x&a=1;b=2&c=3", "/q", {{"c", "3"}}},
      {"/a+b/%41%2f%20c", "/a+b/A/ c", {}},
      {"http://example.org:9093/x?y=1", "/x", {{"y", "1"}}},
      {"http://example.org", "/", {}},
      {"http://example.org?y=1", "/", {{"y", "1"}}},
      {"*", "*", {}},
      {"/p?q=a?b", "/p", {{"q", "a?b"}}},
  };
  for (const Case& c : cases) {
    const auto target = ParseRequestTarget(c.target);
    ASSERT_TRUE(target) << c.target;
    EXPECT_EQ(target->path, c.path) << c.target;
    EXPECT_EQ(target->query, c.query) << c.target;
  }
}

TEST(RequestTarget, RefusesWhatHasNoPath) {
  for (const char* target : {"", "x", "/%zz", "/%4", "/%", "example.org:80"}) {
    EXPECT_FALSE(ParseRequestTarget(target)) << target;
  }
}

TEST(RequestTarget, SaysWhatIsLeftOut) {
  const struct {
    const char* target;
    const char* error;
  } cases[] = {
      {"/p", ""},
      {"/p?a=1&b;c", "invalid semicolon separator in query"},
      {"/p?%zz&x=1", "invalid URL escape \"%zz\""},
      {"/p?x=%4&y=%5", "invalid URL escape \"%4\""},
      {"/p?a=%zz&b;c", "invalid semicolon separator in query"},
      {"/p?a;b&c=%zz", "invalid semicolon separator in query"},
      {"/p?a=b+c%20&&=", ""},
  };
  for (const auto& c : cases) {
    const Status status = CheckQuery(c.target);
    EXPECT_EQ(status ? "" : status.error().message, c.error) << c.target;
  }
}

TEST(RequestTarget, FindsTheFirstParameter) {
  const auto params = ParseQuery("a=1&b=2&a=3");
  ASSERT_NE(FindParam(params, "a"), nullptr);
  EXPECT_EQ(*FindParam(params, "a"), "1");
  EXPECT_EQ(FindParam(params, "c"), nullptr);
}

TEST(ListenAddress, Parses) {
  EXPECT_EQ(*ParseListenAddress(":9093"), (ListenAddress{"", "9093"}));
  EXPECT_EQ(*ParseListenAddress("127.0.0.1:0"), (ListenAddress{"127.0.0.1", "0"}));
  EXPECT_EQ(*ParseListenAddress("[::1]:80"), (ListenAddress{"::1", "80"}));
  EXPECT_EQ(*ParseListenAddress("localhost:65535"), (ListenAddress{"localhost", "65535"}));
  for (const char* text : {"", "9093", "::1:80", "[::1:80", "a:", "a:http", "a:65536", "a:-1"}) {
    EXPECT_FALSE(ParseListenAddress(text)) << text;
  }
}

TEST(ResponseHead, RendersAndGuards) {
  HttpResponse response;
  response.status = 404;
  response.body = "gone";
  response.headers = {{"Content-Type", "text/plain"},
                      {"content-length", "7"},
                      {"X-Split", "a\r\nSet-Cookie: b"},
                      {"Bad\nName", "x"}};
  const Time time{std::chrono::seconds(784887151)};
  EXPECT_EQ(RenderResponseHead(response, true, time),
            "HTTP/1.1 404 Not Found\r\nDate: Tue, 15 Nov 1994 08:12:31 GMT\r\n"
            "Content-Type: text/plain\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\n");
  response = HttpResponse();
  response.status = 204;
  EXPECT_EQ(RenderResponseHead(response, false, time),
            "HTTP/1.1 204 No Content\r\nDate: Tue, 15 Nov 1994 08:12:31 GMT\r\n"
            "Connection: close\r\n\r\n");
}

}  // namespace
}  // namespace tocsin::net
