#include "net/proxy.h"

#include <gtest/gtest.h>

namespace tocsin::net {
namespace {

TEST(NoProxy, Matches) {
  struct Case {
    std::string list, url;
    bool matches;
  };
  const Case cases[] = {
      {"*", "http://any/", true},
      {"example.com", "http://example.com/", true},
      {"example.com", "http://a.example.com/", true},
      {"example.com", "http://badexample.com/", false},
      {".example.com", "http://example.com/", false},
      {".example.com", "http://a.example.com/", true},
      {"*.example.com", "http://a.example.com/", true},
      {"*.example.com", "http://example.com/", false},
      {"EXAMPLE.com", "http://Example.COM/", true},
      {"example.com:8080", "http://example.com:8080/", true},
      {"example.com:8080", "http://example.com/", false},
      {"example.com:443", "https://example.com/", true},
      {" a , example.com ", "http://example.com/", true},
      {"10.0.0.1", "http://10.0.0.1/", true},
      {"10.0.0.1:81", "http://10.0.0.1/", false},
      {"10.0.0.0/8", "http://10.200.3.4:9/", true},
      {"10.0.0.0/8", "http://11.0.0.1/", false},
      {"10.0.0.0/8", "http://ten.example/", false},
      {"fd00::/8", "http://[fd12::1]/", true},
      {"fd00::/8", "http://[fe80::1]/", false},
      {"::1", "http://[::1]/", true},
      {"[::1]:80", "http://[::1]/", true},
      {"10.0.0.0/99", "http://10.0.0.1/", false},
      {",,", "http://a/", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(MatchesNoProxy(c.list, *ParseUrl(c.url)), c.matches) << c.list << " " << c.url;
  }
}

TEST(Proxy, BareProxyUrlTakesEverything) {
  config::ProxyConfig config;
  config.url = Secret("http://proxy:3128");
  EXPECT_EQ(ChooseProxy(config, {}, *ParseUrl("http://localhost/"))->Reveal(), "http://proxy:3128");
  config.no_proxy = "internal";
  EXPECT_EQ(ChooseProxy(config, {}, *ParseUrl("http://localhost/")), std::nullopt);
  EXPECT_EQ(ChooseProxy(config, {}, *ParseUrl("http://127.8.0.1/")), std::nullopt);
  EXPECT_EQ(ChooseProxy(config, {}, *ParseUrl("http://[::1]/")), std::nullopt);
  EXPECT_EQ(ChooseProxy(config, {}, *ParseUrl("http://x.internal/")), std::nullopt);
  EXPECT_TRUE(ChooseProxy(config, {}, *ParseUrl("http://other/")));
}

TEST(Proxy, EnvironmentOnlyIfAskedFor) {
  const ProxyEnvironment environment{"plain:1", "http://secure:2", "skip.example"};
  config::ProxyConfig config;
  EXPECT_EQ(ChooseProxy(config, environment, *ParseUrl("http://a/")), std::nullopt);
  config.from_environment = true;
  EXPECT_EQ(ChooseProxy(config, environment, *ParseUrl("http://a/"))->Reveal(), "http://plain:1");
  EXPECT_EQ(ChooseProxy(config, environment, *ParseUrl("https://a/"))->Reveal(), "http://secure:2");
  EXPECT_EQ(ChooseProxy(config, environment, *ParseUrl("https://skip.example/")), std::nullopt);
  EXPECT_EQ(ChooseProxy(config, environment, *ParseUrl("https://localhost/")), std::nullopt);
}

}  // namespace
}  // namespace tocsin::net
