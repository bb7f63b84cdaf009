#include "api/request_uri.h"

#include <gtest/gtest.h>

namespace tocsin::api {
namespace {

TEST(RequestUriTest, TakesWhatGoTakes) {
  for (const char* uri :
       {"http://p/g", "http://prometheus:9090/graph?g0.expr=up%7B%7D&g0.tab=1", "https://[::1]:1/",
        "http://user:pass@host", "/graph", "//x", "mailto:somebody", "a+b-c.d:x", "*", "http://",
        "http://h:/x", "http://h/a b", "http://h/?%zz", "http://h/ü", "file:///etc/x"}) {
    EXPECT_TRUE(IsRequestUri(uri)) << uri;
  }
}

TEST(RequestUriTest, RefusesTheRest) {
  for (const char* uri : {"", "x", "graph", "example.org/graph", "1a:b", ":x", "http://h:port/",
                          "http://a b/", "http://h/%zz", "http://h/%1", "http://[::1/",
                          "http://h/\n", "http://h/\x7F", "?x", "http://a:b:1/", "#x"}) {
    EXPECT_FALSE(IsRequestUri(uri)) << uri;
  }
}

}  // namespace
}  // namespace tocsin::api
