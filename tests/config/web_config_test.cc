#include "config/web_config.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::config {
namespace {

constexpr const char* kHash = "$2b$04$E2.iciR6b6e.zanHzloD2.A615GmChBRXrprWmHmPCWSGJq267LC.";

std::string Problems(const std::string& text) {
  return ReadWebConfig(text, "web.yml").diagnostics.ToString();
}

TEST(WebConfig, HasAllKeys) {
  const WebConfigResult result = ReadWebConfig(R"(
tls_server_config:
  cert_file: tls/server.pem
  key: inline
  client_ca_file: /etc/ca.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [prometheus.example.org, 10.0.0.1]
  min_version: TLS13
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  curve_preferences: [CurveP256, X25519]
  prefer_server_cipher_suites: false
http_server_config:
  http2: false
  headers:
    X-Frame-Options: deny
    X-XSS-Protection: ''
    Strict-Transport-Security: |
      max-age=1;
      includeSubDomains
basic_auth_users:
  admin: $2b$04$E2.iciR6b6e.zanHzloD2.A615GmChBRXrprWmHmPCWSGJq267LC.
rate_limit: {interval: 100ms, burst: 20}
)",
                                               "/etc/tocsin/web.yml");
  ASSERT_TRUE(result.config) << result.diagnostics.ToString();
  const WebTlsConfig& tls = *result.config->tls;
  EXPECT_EQ(tls.cert_file, "/etc/tocsin/tls/server.pem");
  EXPECT_EQ(tls.key.Reveal(), "inline");
  EXPECT_EQ(tls.client_ca_file, "/etc/ca.pem");
  EXPECT_EQ(tls.client_auth, WebTlsConfig::ClientAuth::kRequireAndVerify);
  EXPECT_EQ(tls.client_allowed_sans.size(), 2u);
  EXPECT_EQ(tls.min_version, TlsVersion::kTls13);
  EXPECT_EQ(tls.curve_preferences.size(), 2u);
  EXPECT_FALSE(tls.prefer_server_cipher_suites);
  using Headers = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(result.config->headers,
            (Headers{{"Strict-Transport-Security", "max-age=1; includeSubDomains"},
                     {"X-Frame-Options", "deny"}}))
      << "an empty one is not sent, one of several lines in one";
  EXPECT_EQ(result.config->users.at("admin"), kHash);
  EXPECT_EQ(result.config->rate_interval, std::chrono::milliseconds(100));
  EXPECT_EQ(result.config->rate_burst, 20u);
}

TEST(WebConfig, MayBeEmpty) {
  for (const char* text : {"", "{}", "tls_server_config: {}", "basic_auth_users: {}",
                           "tls_server_config: {min_version: TLS12}"}) {
    const WebConfigResult result = ReadWebConfig(text, "web.yml");
    ASSERT_TRUE(result.config) << text << ": " << result.diagnostics.ToString();
    EXPECT_FALSE(result.config->tls) << text;
    EXPECT_TRUE(result.config->users.empty()) << text;
  }
}

TEST(WebConfig, NamesWhatIsWrong) {
  const struct {
    const char* text;
    const char* problem;
  } cases[] = {
      {"tls_server: {}", "1:1: unknown key \"tls_server\" in the web configuration"},
      {"tls_server_config: {client_auth_type: NoClientCert}",
       "1:20: missing one of cert or cert_file\nweb.yml:1:20: missing one of key or key_file"},
      {"tls_server_config: {cert_file: a}", "1:20: missing one of key or key_file"},
      {"tls_server_config: {key_file: a}", "1:20: missing one of cert or cert_file"},
      {"tls_server_config: {cert: a, key: b, client_ca_file: c}",
       "1:54: a client CA needs a client_auth_type that asks for certificates"},
      {"tls_server_config: {cert: a, key: b, client_auth_type: RequireAndVerifyClientCert}",
       "1:56: client_auth_type verifies, but there is no client CA"},
      {"tls_server_config: {cert: a, key: b, client_auth_type: Always}",
       "1:56: unknown client_auth_type: \"Always\""},
      {"tls_server_config: {cert: a, key: b, min_version: TLS13, max_version: TLS12}",
       "1:71: max_version is below min_version"},
      {"tls_server_config: {cert: a, key: b, curve_preferences: [P256]}",
       "1:57: unknown curve: \"P256\""},
      {"http_server_config: {headers: {X-Frame-Options: maybe}}",
       "1:31: invalid value for X-Frame-Options: \"maybe\""},
      {"http_server_config: {headers: {X-XSS-Protection: \"a\\x01b\"}}",
       "1:31: invalid value for X-XSS-Protection: \"a\\x01b\""},
      {"http_server_config: {headers: {Server: x}}",
       "1:31: HTTP header \"Server\" can not be configured"},
      {"basic_auth_users: {admin: secret}", "1:27: the password of \"admin\" is not a bcrypt hash"},
      {"basic_auth_users: {a: $2b$0x$E2.iciR6b6e.zanHzloD2.A615GmChBRXrprWmHmPCWSGJq267LC.}",
       "1:23: the password of \"a\" is not a bcrypt hash"},
      {"basic_auth_users: {a: $2b$03$E2.iciR6b6e.zanHzloD2.A615GmChBRXrprWmHmPCWSGJq267LC.}",
       "1:23: the password of \"a\" is not a bcrypt hash"},
      {"basic_auth_users: {a: $2b$17$E2.iciR6b6e.zanHzloD2.A615GmChBRXrprWmHmPCWSGJq267LC.}",
       "1:23: the password of \"a\" has a cost above 16: a login would take minutes, and hold up "
       "the others"},
      {"basic_auth_users: [admin]",
       "1:19: basic_auth_users must be a mapping of names to bcrypt hashes"},
      {"rate_limit: {interval: -1s}", "1:24: interval: a duration cannot be negative here"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Problems(c.text), "web.yml:" + std::string(c.problem) + "\n") << c.text;
  }
}

TEST(WebConfig, ShowsNoPasswordInErrors) {
  EXPECT_EQ(Problems("basic_auth_users: {admin: my-secret}").find("my-secret"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::config
