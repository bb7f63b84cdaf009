#pragma once

// The file of --web.config.file, in the format that Prometheus's programs share: TLS,
// authentication and headers of the server itself. Values after validation; paths are resolved
// against the file's folder.

#include "base/secret.h"
#include "base/time.h"
#include "config/diagnostic.h"
#include "config/http_client_config.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::config {

struct WebTlsConfig {
  enum class ClientAuth { kNone, kRequest, kRequireAny, kVerifyIfGiven, kRequireAndVerify };

  std::string cert, cert_file;
  Secret key;
  std::string key_file;
  std::string client_ca, client_ca_file;
  ClientAuth client_auth = ClientAuth::kNone;
  // Of these names, a client's certificate must have one. Empty: any will do.
  std::vector<std::string> client_allowed_sans;
  TlsVersion min_version = TlsVersion::kTls12;
  TlsVersion max_version = TlsVersion::kTls13;
  std::vector<std::string> cipher_suites;      // By their IANA names. Empty: the library's choice.
  std::vector<std::string> curve_preferences;  // CurveP256 ... Empty: the library's choice.
  bool prefer_server_cipher_suites = true;
};

struct WebConfig {
  std::optional<WebTlsConfig> tls;
  std::vector<std::pair<std::string, std::string>> headers;  // Of every response.
  std::map<std::string, std::string> users;                  // Names to bcrypt hashes.
  Duration rate_interval{};                                  // One request in each. 0: no limit.
  std::uint64_t rate_burst = 0;
};

struct WebConfigResult {
  std::optional<WebConfig> config;  // Nothing if there are errors.
  Diagnostics diagnostics;
};

WebConfigResult ReadWebConfig(std::string_view text, const std::string& path);
WebConfigResult LoadWebConfig(const std::string& path);

}  // namespace tocsin::config
