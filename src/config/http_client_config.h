#pragma once

// `http_config` and `tls_config` as Alertmanager and Prometheus have them: how to reach somebody
// over HTTP. Values after validation; paths are absolute or relative to the configuration's folder
// already resolved. Files named here are read when a request is made, so that secrets rotate
// without a reload.

#include "base/secret.h"
#include "config/diagnostic.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::config {

enum class TlsVersion { kTls10, kTls11, kTls12, kTls13 };

struct TlsConfig {
  std::string ca, ca_file;
  std::string cert, cert_file;
  Secret key;
  std::string key_file;
  std::string server_name;
  bool insecure_skip_verify = false;
  std::optional<TlsVersion> min_version, max_version;
  bool operator==(const TlsConfig&) const = default;
};

// One as it was written and where, for whoever opens the files that it names.
struct TlsBlock {
  TlsConfig tls;
  Places places;
};

struct BasicAuth {
  std::string username, username_file;
  Secret password;
  std::string password_file;
  bool operator==(const BasicAuth&) const = default;
};

struct Authorization {
  std::string type = "Bearer";
  Secret credentials;
  std::string credentials_file;
  bool operator==(const Authorization&) const = default;
};

struct ProxyConfig {
  Secret url;  // May hold a password.
  std::string no_proxy;
  bool from_environment = false;
  std::map<std::string, std::vector<Secret>> connect_header;
  bool operator==(const ProxyConfig&) const = default;
};

inline constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

struct OAuth2 {
  std::string client_id;
  Secret client_secret;
  std::string client_secret_file;
  // The grant urn:ietf:params:oauth:grant-type:jwt-bearer in place of client_credentials: a token
  // that is signed with the key takes the place of the secret.
  bool jwt_bearer = false;
  Secret client_certificate_key;
  std::string client_certificate_key_file, client_certificate_key_id;
  std::string signature_algorithm = "RS256";  // Also RS384, RS512.
  std::string iss, audience;                  // Empty: client_id, token_url.
  std::string claims;                         // Further ones: a JSON object, or "".
  std::string token_url;
  std::vector<std::string> scopes;
  std::map<std::string, std::string> endpoint_params;
  TlsConfig tls;
  ProxyConfig proxy;
  bool operator==(const OAuth2&) const = default;
};

struct ExtraHeader {
  std::vector<std::string> values;
  std::vector<Secret> secrets;
  std::vector<std::string> files;
  bool operator==(const ExtraHeader&) const = default;
};

struct HttpClientConfig {
  // At most one of these three.
  std::optional<BasicAuth> basic_auth;
  std::optional<Authorization> authorization;
  std::optional<OAuth2> oauth2;
  TlsConfig tls;
  ProxyConfig proxy;
  bool follow_redirects = true;
  bool enable_http2 = true;
  std::map<std::string, ExtraHeader> http_headers;
  bool operator==(const HttpClientConfig&) const = default;
};

using HttpClientConfigPtr = std::shared_ptr<const HttpClientConfig>;

}  // namespace tocsin::config
