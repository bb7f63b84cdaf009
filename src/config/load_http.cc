#include "base/text.h"
#include "config/http_url.h"
#include "config/load_parts.h"
#include "config/yaml_json.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin::config {
namespace {

// The client sets these itself, or they belong to other protocols.
constexpr std::array<std::string_view, 18> kReservedHeaders = {
    "authorization",
    "host",
    "content-encoding",
    "content-length",
    "content-type",
    "user-agent",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "www-authenticate",
    "accept-encoding",
    "x-prometheus-remote-write-version",
    "x-prometheus-remote-read-version",
    "x-prometheus-scrape-timeout-seconds",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-content-sha256"};

// A secret or name can be given in one of three ways; the third needs a secret manager.
void CheckSources(ObjectReader* reader, std::string_view object, std::string_view inline_key,
                  std::string_view file_key, std::string_view ref_key) {
  if (reader->HasText(inline_key) && reader->HasText(file_key)) {
    reader->Error(file_key, "at most one of " + std::string(object) + std::string(inline_key) +
                                ", " + std::string(file_key) + " & " + std::string(ref_key) +
                                " must be configured");
  }
  reader->NotSupportedYet(ref_key);
}

BasicAuth ReadBasicAuth(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "basic_auth");
  BasicAuth auth;
  reader.Read("username", &auth.username);
  reader.ReadPath("username_file", &auth.username_file);
  reader.Read("password", &auth.password);
  reader.ReadPath("password_file", &auth.password_file);
  CheckSources(&reader, "basic_auth ", "username", "username_file", "username_ref");
  CheckSources(&reader, "basic_auth ", "password", "password_file", "password_ref");
  reader.Finish();
  return auth;
}

Authorization ReadAuthorization(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "authorization");
  Authorization auth;
  std::string type;
  reader.Read("type", &type);
  type = std::string(TrimSpace(type));
  if (AsciiLower(type) == "basic") {
    reader.Error("type",
                 R"(authorization type cannot be set to "basic", use "basic_auth" instead)");
  } else if (!type.empty()) {
    auth.type = type;
  }
  reader.Read("credentials", &auth.credentials);
  reader.ReadPath("credentials_file", &auth.credentials_file);
  if (reader.HasText("credentials") && reader.HasText("credentials_file")) {
    reader.Error("credentials_file",
                 "at most one of authorization credentials & credentials_file must be configured");
  }
  reader.NotSupportedYet("credentials_ref");
  reader.Finish();
  return auth;
}

void ReadConnectHeader(const Source& source, ObjectReader* reader, ProxyConfig* out) {
  const YamlNodePtr node = reader->Get("proxy_connect_header");
  if (node == nullptr) return;
  ObjectReader headers(source, node, "proxy_connect_header");
  for (const YamlNode::Entry& entry : node->entries()) {
    std::vector<Secret> values;
    headers.Read(entry.key->text(), &values);
    out->connect_header[entry.key->text()] = std::move(values);
  }
}

ProxyConfig ReadProxyKeys(const Source& source, ObjectReader* reader) {
  ProxyConfig proxy;
  std::string url;
  if (reader->Read("proxy_url", &url) && !url.empty()) {
    auto parsed = ParseProxyUrl(url);
    if (parsed) {
      proxy.url = Secret(*std::move(parsed));
    } else {
      reader->Error("proxy_url", "proxy_url: " + parsed.error().message);
    }
  }
  reader->Read("no_proxy", &proxy.no_proxy);
  reader->Read("proxy_from_environment", &proxy.from_environment);
  ReadConnectHeader(source, reader, &proxy);
  if (proxy.from_environment && !url.empty()) {
    reader->Error("proxy_url",
                  "if proxy_from_environment is configured, proxy_url must not be configured");
  }
  if (proxy.from_environment && !proxy.no_proxy.empty()) {
    reader->Error("no_proxy",
                  "if proxy_from_environment is configured, no_proxy must not be configured");
  } else if (url.empty() && !proxy.no_proxy.empty()) {
    reader->Error("no_proxy", "if no_proxy is configured, proxy_url must also be configured");
  }
  if (!proxy.connect_header.empty() && url.empty() && !proxy.from_environment) {
    reader->Error("proxy_connect_header",
                  "if proxy_connect_header is configured, proxy_url or proxy_from_environment "
                  "must also be configured");
  }
  return proxy;
}

void ReadClaims(ObjectReader* reader, std::string* out) {
  const YamlNodePtr node = reader->Get("claims");
  if (node == nullptr) return;
  if (!node->is_mapping()) {
    reader->Error("claims", "claims must be a mapping, not " + std::string(KindName(*node)));
    return;
  }
  const Status status = AppendYamlAsJson(*node, out);
  if (!status) reader->Error("claims", "claims: " + status.error().message);
}

void ReadGrant(ObjectReader* reader, OAuth2* out) {
  std::string grant_type;
  reader->Read("grant_type", &grant_type);
  out->jwt_bearer = grant_type == kJwtBearer;
  if (!out->jwt_bearer && !grant_type.empty() && grant_type != "client_credentials") {
    reader->Error("grant_type", "unknown grant_type " + Shown(grant_type));
  }
  reader->Read("client_certificate_key", &out->client_certificate_key);
  reader->ReadPath("client_certificate_key_file", &out->client_certificate_key_file);
  CheckSources(reader, "oauth2 ", "client_certificate_key", "client_certificate_key_file",
               "client_certificate_key_ref");
  reader->Read("client_certificate_key_id", &out->client_certificate_key_id);
  std::string algorithm;
  if (reader->Read("signature_algorithm", &algorithm) && !algorithm.empty()) {
    out->signature_algorithm = algorithm;
  }
  if (algorithm != "" && algorithm != "RS256" && algorithm != "RS384" && algorithm != "RS512") {
    reader->Error("signature_algorithm", "valid signature algorithms are RS256, RS384 and RS512");
  }
  reader->Read("iss", &out->iss);
  reader->Read("audience", &out->audience);
  ReadClaims(reader, &out->claims);
  if (out->jwt_bearer && out->client_certificate_key.empty() &&
      out->client_certificate_key_file.empty()) {
    reader->Error("oauth2 client_certificate_key must be configured for the grant type jwt-bearer");
  }
}

OAuth2 ReadOAuth2(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "oauth2");
  OAuth2 oauth2;
  reader.Read("client_id", &oauth2.client_id);
  reader.Read("client_secret", &oauth2.client_secret);
  reader.ReadPath("client_secret_file", &oauth2.client_secret_file);
  CheckSources(&reader, "oauth2 ", "client_secret", "client_secret_file", "client_secret_ref");
  reader.Read("scopes", &oauth2.scopes);
  reader.ReadUrl("token_url", &oauth2.token_url);
  reader.Read("endpoint_params", &oauth2.endpoint_params);
  if (const YamlNodePtr tls = reader.Get("tls_config")) oauth2.tls = ReadTlsConfig(source, tls);
  oauth2.proxy = ReadProxyKeys(source, &reader);
  ReadGrant(&reader, &oauth2);
  if (!reader.HasText("client_id")) reader.Error("oauth2 client_id must be configured");
  if (!reader.HasText("token_url")) reader.Error("oauth2 token_url must be configured");
  reader.Finish();
  return oauth2;
}

void CheckHeaderNames(const Source& source, const YamlNode& node) {
  for (const YamlNode::Entry& entry : node.entries()) {
    const std::string& name = entry.key->text();
    if (IsReservedHeader(name)) {
      source.Error(*entry.key, "setting header " + Shown(name) + " is not allowed");
    }
  }
}

// The old keys for an authorization of type Bearer.
void ReadBearerToken(ObjectReader* reader, HttpClientConfig* out) {
  const bool has_token = reader->HasText("bearer_token");
  const bool has_file = reader->HasText("bearer_token_file");
  Authorization auth;
  reader->Read("bearer_token", &auth.credentials);
  reader->ReadPath("bearer_token_file", &auth.credentials_file);
  if (!has_token && !has_file) return;
  const std::string_view key = has_token ? "bearer_token" : "bearer_token_file";
  if (has_token && has_file) {
    reader->AtMostOne("bearer_token", "bearer_token_file");
  } else if (out->authorization) {
    reader->Error(key, "authorization is not compatible with bearer_token & bearer_token_file");
  } else if (out->basic_auth || out->oauth2) {
    reader->Error(key,
                  "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be "
                  "configured");
  } else {
    out->authorization = std::move(auth);
  }
}

}  // namespace

bool IsReservedHeader(std::string_view name) {
  const std::string lower = AsciiLower(name);
  return std::find(kReservedHeaders.begin(), kReservedHeaders.end(), lower) !=
         kReservedHeaders.end();
}

void ReadTlsVersion(ObjectReader* reader, std::string_view key, std::optional<TlsVersion>* out) {
  constexpr std::array<std::string_view, 4> kNames = {"TLS10", "TLS11", "TLS12", "TLS13"};
  std::string name;
  if (!reader->Read(key, &name) || name.empty()) return;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) *out = static_cast<TlsVersion>(i);
  }
  if (!out->has_value()) reader->Error(key, "unknown TLS version: " + Shown(name));
}

TlsConfig ReadTlsConfig(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "tls_config");
  TlsConfig tls;
  reader.Read("ca", &tls.ca);
  reader.ReadPath("ca_file", &tls.ca_file);
  reader.Read("cert", &tls.cert);
  reader.ReadPath("cert_file", &tls.cert_file);
  reader.Read("key", &tls.key);
  reader.ReadPath("key_file", &tls.key_file);
  reader.Read("server_name", &tls.server_name);
  reader.Read("insecure_skip_verify", &tls.insecure_skip_verify);
  ReadTlsVersion(&reader, "min_version", &tls.min_version);
  ReadTlsVersion(&reader, "max_version", &tls.max_version);
  CheckSources(&reader, "", "ca", "ca_file", "ca_ref");
  CheckSources(&reader, "", "cert", "cert_file", "cert_ref");
  CheckSources(&reader, "", "key", "key_file", "key_ref");
  const bool has_cert = !tls.cert.empty() || !tls.cert_file.empty();
  const bool has_key = !tls.key.empty() || !tls.key_file.empty();
  if (has_cert && !has_key) {
    reader.Error(
        "exactly one of key or key_file must be configured when a client certificate is "
        "configured");
  }
  if (has_key && !has_cert) {
    reader.Error(
        "exactly one of cert or cert_file must be configured when a client key is "
        "configured");
  }
  if (tls.min_version && tls.max_version && *tls.max_version < *tls.min_version) {
    reader.Error("max_version", "max_version is below min_version");
  }
  reader.Finish();
  if (source.tls_blocks != nullptr) source.tls_blocks->push_back({tls, PlacesOf(source, *node)});
  return tls;
}

void ReadHeaders(const Source& source, const YamlNodePtr& node, std::string_view what,
                 std::map<std::string, ExtraHeader>* out) {
  const ObjectReader check(source, node, what);
  for (const YamlNode::Entry& entry : node->entries()) {
    ObjectReader fields(source, entry.value, "header");
    ExtraHeader header;
    fields.Read("values", &header.values);
    fields.Read("secrets", &header.secrets);
    fields.ReadPaths("files", &header.files);
    fields.Finish();
    (*out)[entry.key->text()] = std::move(header);
  }
}

void ReadHttpKeys(const Source& source, ObjectReader* reader, HttpClientConfig* out) {
  if (const auto node = reader->Get("basic_auth")) out->basic_auth = ReadBasicAuth(source, node);
  if (const auto node = reader->Get("authorization")) {
    out->authorization = ReadAuthorization(source, node);
  }
  if (const auto node = reader->Get("oauth2")) out->oauth2 = ReadOAuth2(source, node);
  const int schemes = static_cast<int>(out->basic_auth.has_value()) +
                      static_cast<int>(out->oauth2.has_value()) +
                      static_cast<int>(out->authorization.has_value());
  if (schemes > 1) {
    reader->Error("at most one of basic_auth, oauth2 & authorization must be configured");
  }
  ReadBearerToken(reader, out);
  if (const auto node = reader->Get("tls_config")) out->tls = ReadTlsConfig(source, node);
  reader->Read("follow_redirects", &out->follow_redirects);
  reader->Read("enable_http2", &out->enable_http2);
  out->proxy = ReadProxyKeys(source, reader);
  if (const auto node = reader->Get("http_headers")) {
    ReadHeaders(source, node, "http_headers", &out->http_headers);
    CheckHeaderNames(source, *node);
  }
}

HttpClientConfigPtr ReadHttpConfig(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "http_config");
  auto config = std::make_shared<HttpClientConfig>();
  ReadHttpKeys(source, &reader, config.get());
  reader.Finish();
  return config;
}

}  // namespace tocsin::config
