#include "config/web_config.h"

#include "base/field_value.h"
#include "base/text.h"
#include "config/load_parts.h"
#include "config/object_reader.h"
#include "config/source_file.h"
#include "config/yaml_reader.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tocsin::config {
namespace {

using ClientAuth = WebTlsConfig::ClientAuth;

constexpr std::array<std::pair<std::string_view, ClientAuth>, 6> kClientAuth = {{
    {"NoClientCert", ClientAuth::kNone},
    {"RequestClientCert", ClientAuth::kRequest},
    {"RequireClientCert", ClientAuth::kRequireAny},
    {"RequireAnyClientCert", ClientAuth::kRequireAny},
    {"VerifyClientCertIfGiven", ClientAuth::kVerifyIfGiven},
    {"RequireAndVerifyClientCert", ClientAuth::kRequireAndVerify},
}};

// Those that can be set, and their values where not every one will do.
struct HeaderRule {
  std::string_view name;
  std::vector<std::string_view> values;
};
const HeaderRule kHeaders[] = {
    {"Strict-Transport-Security", {}},
    {"X-Content-Type-Options", {"nosniff"}},
    {"X-Frame-Options", {"deny", "sameorigin"}},
    {"X-XSS-Protection", {}},
    {"Content-Security-Policy", {}},
};

constexpr std::array<std::string_view, 4> kCurves = {"CurveP256", "CurveP384", "CurveP521",
                                                     "X25519"};

// False if the file says nothing of it.
bool ReadClientAuth(ObjectReader* reader, WebTlsConfig* tls) {
  std::string type;
  if (!reader->Read("client_auth_type", &type) || type.empty()) return false;
  const auto known = std::find_if(kClientAuth.begin(), kClientAuth.end(),
                                  [&](const auto& entry) { return entry.first == type; });
  if (known == kClientAuth.end()) {
    reader->Error("client_auth_type", "unknown client_auth_type: " + Shown(type));
  } else {
    tls->client_auth = known->second;
  }
  return true;
}

void ReadVersion(ObjectReader* reader, std::string_view key, TlsVersion* out) {
  std::optional<TlsVersion> version;
  ReadTlsVersion(reader, key, &version);
  if (version) *out = *version;
}

// Either the text or the file.
template <class Text>
void ReadPem(ObjectReader* reader, std::string_view key, std::string_view file_key, Text* text,
             std::string* file) {
  reader->Read(key, text);
  reader->ReadPath(file_key, file);
  reader->AtMostOne(key, file_key);
}

void CheckTls(ObjectReader* reader, const WebTlsConfig& tls) {
  if (tls.cert.empty() && tls.cert_file.empty()) reader->Error("missing one of cert or cert_file");
  if (tls.key.empty() && tls.key_file.empty()) reader->Error("missing one of key or key_file");
  const bool has_ca = !tls.client_ca.empty() || !tls.client_ca_file.empty();
  const bool verifies = tls.client_auth == ClientAuth::kVerifyIfGiven ||
                        tls.client_auth == ClientAuth::kRequireAndVerify;
  if (has_ca && tls.client_auth == ClientAuth::kNone) {
    reader->Error("client_ca_file",
                  "a client CA needs a client_auth_type that asks for certificates");
  }
  if (verifies && !has_ca) {
    reader->Error("client_auth_type", "client_auth_type verifies, but there is no client CA");
  }
  if (tls.max_version < tls.min_version) {
    reader->Error("max_version", "max_version is below min_version");
  }
  for (const std::string& curve : tls.curve_preferences) {
    if (std::find(kCurves.begin(), kCurves.end(), curve) == kCurves.end()) {
      reader->Error("curve_preferences", "unknown curve: " + Shown(curve));
    }
  }
}

std::optional<WebTlsConfig> ReadTls(const Source& source, const YamlNodePtr& node) {
  if (node == nullptr) return std::nullopt;
  ObjectReader reader(source, node, "tls_server_config");
  WebTlsConfig tls;
  ReadPem(&reader, "cert", "cert_file", &tls.cert, &tls.cert_file);
  ReadPem(&reader, "key", "key_file", &tls.key, &tls.key_file);
  ReadPem(&reader, "client_ca", "client_ca_file", &tls.client_ca, &tls.client_ca_file);
  const bool says_client_auth = ReadClientAuth(&reader, &tls);
  reader.Read("client_allowed_sans", &tls.client_allowed_sans);
  ReadVersion(&reader, "min_version", &tls.min_version);
  ReadVersion(&reader, "max_version", &tls.max_version);
  reader.Read("cipher_suites", &tls.cipher_suites);
  reader.Read("curve_preferences", &tls.curve_preferences);
  reader.Read("prefer_server_cipher_suites", &tls.prefer_server_cipher_suites);
  // Without any of these there is no TLS, whatever else is said about it.
  const bool on = !tls.cert.empty() || !tls.cert_file.empty() || !tls.key.empty() ||
                  !tls.key_file.empty() || !tls.client_ca.empty() || !tls.client_ca_file.empty() ||
                  says_client_auth;
  if (on) CheckTls(&reader, tls);
  reader.Finish();
  if (!on) return std::nullopt;
  return tls;
}

// A long policy is often written as a block of lines.
std::string OnOneLine(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return std::string(TrimSpace(text));
}

void ReadHttpServer(const Source& source, const YamlNodePtr& node, WebConfig* web) {
  if (node == nullptr) return;
  ObjectReader reader(source, node, "http_server_config");
  bool http2 = true;  // Not offered; taken because the files have it.
  reader.Read("http2", &http2);
  std::map<std::string, std::string> headers;
  reader.Read("headers", &headers);
  for (const auto& [name, written] : headers) {
    const std::string value = OnOneLine(written);
    const auto rule = std::find_if(std::begin(kHeaders), std::end(kHeaders),
                                   [&](const HeaderRule& known) { return known.name == name; });
    if (rule == std::end(kHeaders)) {
      reader.Error("headers", "HTTP header " + Shown(name) + " can not be configured");
    } else if (!value.empty() && !rule->values.empty() &&
               std::find(rule->values.begin(), rule->values.end(), AsciiLower(value)) ==
                   rule->values.end()) {
      reader.Error("headers", "invalid value for " + name + ": " + Shown(value));
    } else if (!IsFieldValue(value)) {
      reader.Error("headers", "invalid value for " + name + ": " + Shown(value));
    } else if (!value.empty()) {
      web->headers.emplace_back(name, value);
    }
  }
  reader.Finish();
}

// -1 if there are no two digits in its place. Precondition: the hash has 60 characters.
int BcryptCost(std::string_view hash) {
  const auto digit = [&](std::size_t at) {
    return hash[at] >= '0' && hash[at] <= '9' ? hash[at] - '0' : -100;
  };
  return std::max(10 * digit(4) + digit(5), -1);
}

// Each step doubles the time of a comparison: this one takes seconds.
constexpr int kBcryptCostMax = 16;

// `$2b$12$` and 53 characters of salt and hash.
bool IsBcrypt(std::string_view hash) {
  constexpr std::string_view kAlphabet =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  if (hash.size() != 60 || hash.substr(0, 2) != "$2" || hash[3] != '$' || hash[6] != '$') {
    return false;
  }
  if (std::string_view("aby").find(hash[2]) == std::string_view::npos) return false;
  return BcryptCost(hash) >= 4 &&
         hash.substr(7).find_first_not_of(kAlphabet) == std::string_view::npos;
}

void ReadUsers(const Source& source, const YamlNodePtr& node, WebConfig* web) {
  if (node == nullptr) return;
  if (!node->is_mapping()) {
    return source.Error(*node, "basic_auth_users must be a mapping of names to bcrypt hashes");
  }
  for (const YamlNode::Entry& entry : node->entries()) {
    const std::string& hash = entry.value->text();
    const std::string whose = "the password of " + Shown(entry.key->text());
    if (!IsBcrypt(hash)) {
      source.Error(*entry.value, whose + " is not a bcrypt hash");
    } else if (BcryptCost(hash) > kBcryptCostMax) {
      source.Error(*entry.value, whose + " has a cost above " + std::to_string(kBcryptCostMax) +
                                     ": a login would take minutes, and hold up the others");
    }
    web->users.emplace(entry.key->text(), entry.value->text());
  }
}

void ReadRateLimit(const Source& source, const YamlNodePtr& node, WebConfig* web) {
  if (node == nullptr) return;
  ObjectReader reader(source, node, "rate_limit");
  reader.ReadGoDuration("interval", &web->rate_interval);
  reader.Read("burst", &web->rate_burst);
  reader.Finish();
}

}  // namespace

WebConfigResult ReadWebConfig(std::string_view text, const std::string& path) {
  WebConfigResult result;
  WebConfig web;
  const auto documents = ReadYaml(text, path, &result.diagnostics);
  if (documents && !documents->empty() && !documents->front()->is_null()) {
    const Source source{path, DirectoryOf(path), &result.diagnostics};
    ObjectReader reader(source, documents->front(), "the web configuration");
    web.tls = ReadTls(source, reader.Get("tls_server_config"));
    ReadHttpServer(source, reader.Get("http_server_config"), &web);
    ReadUsers(source, reader.Get("basic_auth_users"), &web);
    ReadRateLimit(source, reader.Get("rate_limit"), &web);
    reader.Finish();
  }
  if (!result.diagnostics.HasErrors()) result.config = std::move(web);
  return result;
}

WebConfigResult LoadWebConfig(const std::string& path) {
  const Result<std::string> text = ReadSourceFile(path);
  if (text) return ReadWebConfig(*text, path);
  WebConfigResult result;
  result.diagnostics.AddError({path, 0, 0}, text.error().message);
  return result;
}

}  // namespace tocsin::config
