#include "config/http_url.h"
#include "config/marshal_parts.h"

#include <array>
#include <string_view>

namespace tocsin::config {
namespace {

std::string_view Name(TlsVersion version) {
  constexpr std::array<std::string_view, 4> kNames = {"TLS10", "TLS11", "TLS12", "TLS13"};
  return kNames[static_cast<std::size_t>(version)];
}

void WriteBasicAuth(const BasicAuth& auth, YamlWriter* writer) {
  if (auth == BasicAuth()) return;
  writer->BeginMapping("basic_auth");
  writer->TextIfAny("username", auth.username);
  writer->TextIfAny("username_file", auth.username_file);
  writer->SecretIfAny("password", auth.password);
  writer->TextIfAny("password_file", auth.password_file);
  writer->EndMapping();
}

void WriteAuthorization(const Authorization& auth, YamlWriter* writer) {
  writer->BeginMapping("authorization");
  writer->TextIfAny("type", auth.type);
  writer->SecretIfAny("credentials", auth.credentials);
  writer->TextIfAny("credentials_file", auth.credentials_file);
  writer->EndMapping();
}

void WriteProxy(const ProxyConfig& proxy, YamlWriter* writer) {
  writer->TextIfAny("proxy_url", HideUrlPassword(proxy.url.Reveal()));
  writer->TextIfAny("no_proxy", proxy.no_proxy);
  if (proxy.from_environment) writer->Bool("proxy_from_environment", true);
  if (proxy.connect_header.empty()) return;
  writer->BeginMapping("proxy_connect_header");
  for (const auto& [name, secrets] : proxy.connect_header) {
    if (secrets.empty()) {
      writer->EmptyList(name);
    } else {
      writer->SecretsIfAny(name, secrets);
    }
  }
  writer->EndMapping();
}

void WriteJwtGrant(const OAuth2& oauth2, YamlWriter* writer) {
  writer->Text("grant_type", kJwtBearer);
  writer->SecretIfAny("client_certificate_key", oauth2.client_certificate_key);
  writer->TextIfAny("client_certificate_key_file", oauth2.client_certificate_key_file);
  writer->TextIfAny("client_certificate_key_id", oauth2.client_certificate_key_id);
  writer->Text("signature_algorithm", oauth2.signature_algorithm);
  writer->TextIfAny("iss", oauth2.iss);
  writer->TextIfAny("audience", oauth2.audience);
  if (oauth2.claims.empty()) return;
  Diagnostics none;  // JSON is YAML.
  if (const auto claims = ReadYaml(oauth2.claims, "", &none)) {
    writer->Node("claims", *claims->front());
  }
}

void WriteOAuth2(const OAuth2& oauth2, YamlWriter* writer) {
  writer->BeginMapping("oauth2");
  writer->Text("client_id", oauth2.client_id);
  writer->SecretIfAny("client_secret", oauth2.client_secret);
  writer->TextIfAny("client_secret_file", oauth2.client_secret_file);
  if (oauth2.jwt_bearer) WriteJwtGrant(oauth2, writer);
  writer->TextsIfAny("scopes", oauth2.scopes);
  writer->Text("token_url", oauth2.token_url);
  writer->MapIfAny("endpoint_params", oauth2.endpoint_params);
  if (!(oauth2.tls == TlsConfig())) WriteTlsConfig("tls_config", oauth2.tls, writer);
  WriteProxy(oauth2.proxy, writer);
  writer->EndMapping();
}

}  // namespace

void WriteTlsConfig(std::string_view key, const TlsConfig& tls, YamlWriter* writer) {
  writer->BeginMapping(key);
  writer->TextIfAny("ca", tls.ca);
  writer->TextIfAny("cert", tls.cert);
  writer->SecretIfAny("key", tls.key);
  writer->TextIfAny("ca_file", tls.ca_file);
  writer->TextIfAny("cert_file", tls.cert_file);
  writer->TextIfAny("key_file", tls.key_file);
  writer->TextIfAny("server_name", tls.server_name);
  writer->Bool("insecure_skip_verify", tls.insecure_skip_verify);
  if (tls.min_version) writer->Text("min_version", Name(*tls.min_version));
  if (tls.max_version) writer->Text("max_version", Name(*tls.max_version));
  writer->EndMapping();
}

void WriteHeaders(std::string_view key, const std::map<std::string, ExtraHeader>& headers,
                  YamlWriter* writer) {
  bool any = false;
  for (const auto& [name, header] : headers) {
    if (header == ExtraHeader()) continue;  // Sends nothing.
    if (!any) writer->BeginMapping(key);
    any = true;
    writer->BeginMapping(name);
    writer->TextsIfAny("values", header.values);
    writer->SecretsIfAny("secrets", header.secrets);
    writer->TextsIfAny("files", header.files);
    writer->EndMapping();
  }
  if (any) writer->EndMapping();
}

void WriteHttpConfig(const HttpClientConfig& http, YamlWriter* writer) {
  writer->BeginMapping("http_config");
  if (http.basic_auth) WriteBasicAuth(*http.basic_auth, writer);
  if (http.authorization) WriteAuthorization(*http.authorization, writer);
  if (http.oauth2) WriteOAuth2(*http.oauth2, writer);
  if (!(http.tls == TlsConfig())) WriteTlsConfig("tls_config", http.tls, writer);
  writer->Bool("follow_redirects", http.follow_redirects);
  writer->Bool("enable_http2", http.enable_http2);
  WriteProxy(http.proxy, writer);
  WriteHeaders("http_headers", http.http_headers, writer);
  writer->EndMapping();
}

}  // namespace tocsin::config
