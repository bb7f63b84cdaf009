#include "templates/host_names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::templates {
namespace {

TEST(HostNames, PortsAndDomains) {
  struct Case {
    std::string text, without_port, without_domain;
  };
  const std::vector<Case> cases = {
      {"", "", ""},
      {"host:80", "host", "host:80"},
      {"a.b.c:80", "a.b.c", "a:80"},
      {"a.b.c", "a.b.c", "a"},
      {"a.b.c:", "a.b.c", "a"},
      {":80", "", ":80"},
      {".x:1", ".x", ":1"},
      {"10.0.0.1:80", "10.0.0.1", "10.0.0.1:80"},
      {"01.2.3.4:1", "01.2.3.4", "01:1"},
      {"[::1]:9100", "::1", "[::1]:9100"},
      {"[fe80::1%eth0]:9100", "fe80::1%eth0", "[fe80::1%eth0]:9100"},
      {"[::1]", "[::1]", "[::1]"},
      {"::1", "::1", "::1"},
      {"[host]:1", "host", "host:1"},
      {"host]:1", "host]:1", "host]:1"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(StripPort(c.text), c.without_port) << c.text;
    std::string without_domain;
    AppendWithoutDomain(c.text, &without_domain);
    EXPECT_EQ(without_domain, c.without_domain) << c.text;
  }
}

TEST(HostNames, PathOfAUrl) {
  EXPECT_EQ(UrlPath("http://prom.example:9090/pfx"), "/pfx");
  EXPECT_EQ(UrlPath("http://prom.example:9090"), "");
  EXPECT_EQ(UrlPath("http://prom.example/a/b?x=/y#z"), "/a/b");
  EXPECT_EQ(UrlPath("http://prom.example?x=/y"), "");
  EXPECT_EQ(UrlPath(""), "");
}

}  // namespace
}  // namespace tocsin::templates
