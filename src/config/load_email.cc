#include "base/text.h"
#include "config/load_parts.h"

#include <string>
#include <string_view>
#include <utility>

namespace tocsin::config {
namespace {

constexpr std::string_view kDefaultSubject = R"({{ template "email.default.subject" . }})";
constexpr std::string_view kDefaultHtml = R"({{ template "email.default.html" . }})";

// `message-id` is `Message-Id`. A name that is no header token stays as it is.
std::string CanonicalHeaderName(const std::string& name) {
  std::string result;
  bool upper = true;
  for (char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool token = letter || (c >= '0' && c <= '9') ||
                       std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    if (!token) return name;
    const bool change = letter && upper == (c >= 'a');
    result.push_back(change ? static_cast<char>(c ^ 0x20) : c);
    upper = c == '-';
  }
  return result;
}

void ReadHeaders(ObjectReader* reader, EmailConfig* out) {
  std::map<std::string, std::string> written;
  reader->Read("headers", &written);
  for (auto& [name, value] : written) {
    const std::string canonical = CanonicalHeaderName(name);
    if (!out->headers.emplace(canonical, std::move(value)).second) {
      reader->Error("headers", "duplicate header " + GoQuote(canonical) + " in email config");
    }
  }
  out->headers.emplace("Subject", kDefaultSubject);
  out->headers.emplace("To", out->to);
  out->headers.emplace("From", out->from);
}

void ReadThreading(const Source& source, ObjectReader* reader, EmailConfig* out) {
  const YamlNodePtr node = reader->Get("threading");
  if (node == nullptr) return;
  ObjectReader threading(source, node, "threading");
  threading.Read("enabled", &out->threading_enabled);
  std::string by_date;
  threading.Read("thread_by_date", &by_date);
  out->thread_by_date_daily = by_date != "none";
  if (!by_date.empty() && by_date != "none" && by_date != "daily") {
    threading.Error("thread_by_date", "threading.thread_by_date must be either 'none' or 'daily'");
  }
  threading.Finish();
  if (!out->threading_enabled) return;
  for (const char* header : {"References", "In-Reply-To"}) {
    if (!out->headers.contains(header)) continue;
    reader->Error("headers", "conflicting configuration: threading.enabled conflicts with custom " +
                                 std::string(header) + " header");
  }
}

// A pair is inherited as one, so that a global password never stands beside a receiver's file.
void ReadSecretPair(ObjectReader* reader, std::string_view key, std::string_view file_key,
                    const Secret& global, const std::string& global_file, Secret* secret,
                    std::string* file) {
  reader->Read(key, secret);
  reader->ReadPath(file_key, file);
  reader->AtMostOne(key, file_key);
  if (!secret->empty() || !file->empty()) return;
  *secret = global;
  *file = global_file;
}

void ReadTransport(const ReceiverContext& context, ObjectReader* reader, EmailConfig* out) {
  const GlobalConfig& global = context.global;
  reader->Read("hello", &out->hello);
  if (out->hello.empty()) out->hello = global.smtp_hello;
  const bool written = reader->HasText("smarthost");
  if (!written) out->smarthost = global.smtp_smarthost;
  ReadHostPort(reader, "smarthost", &out->smarthost);
  if (!written && out->smarthost.empty()) reader->Error("no global SMTP smarthost set");
  reader->Read("auth_username", &out->auth_username);
  if (out->auth_username.empty()) out->auth_username = global.smtp_auth_username;
  reader->Read("auth_identity", &out->auth_identity);
  if (out->auth_identity.empty()) out->auth_identity = global.smtp_auth_identity;
  ReadSecretPair(reader, "auth_password", "auth_password_file", global.smtp_auth_password,
                 global.smtp_auth_password_file, &out->auth_password, &out->auth_password_file);
  ReadSecretPair(reader, "auth_secret", "auth_secret_file", global.smtp_auth_secret,
                 global.smtp_auth_secret_file, &out->auth_secret, &out->auth_secret_file);
  out->require_tls = global.smtp_require_tls;
  reader->Read("require_tls", &out->require_tls);
  const YamlNodePtr tls = reader->Get("tls_config");
  out->tls_config = tls == nullptr ? global.smtp_tls_config : ReadTlsConfig(context.source, tls);
  out->force_implicit_tls = global.smtp_force_implicit_tls;
  reader->Read("force_implicit_tls", &out->force_implicit_tls);
}

}  // namespace

EmailConfig ReadEmail(const ReceiverContext& context, const YamlNodePtr& node) {
  ObjectReader reader(context.source, node, "email_configs");
  EmailConfig config;
  config.html = kDefaultHtml;
  reader.Read("send_resolved", &config.send_resolved);
  reader.Read("to", &config.to);
  if (config.to.empty()) reader.Error("to", "missing to address in email config");
  reader.Read("from", &config.from);
  if (config.from.empty()) config.from = context.global.smtp_from;
  if (config.from.empty()) reader.Error("no global SMTP from set");
  ReadTransport(context, &reader, &config);
  reader.Read("html", &config.html);
  reader.Read("text", &config.text);
  ReadHeaders(&reader, &config);
  ReadThreading(context.source, &reader, &config);
  reader.Finish();
  return config;
}

}  // namespace tocsin::config
