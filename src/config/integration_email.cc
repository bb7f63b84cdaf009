#include "base/text.h"
#include "config/integration_parts.h"

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

void CanonicaliseHeaders(ObjectReader* reader, EmailConfig* out) {
  std::map<std::string, std::string> written;
  written.swap(out->headers);
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

struct Threading {
  bool enabled = false;
  std::string thread_by_date;
};

constexpr auto kThreadingKeys = [](auto& fields, auto* threading) {
  fields.Flag("enabled", &threading->enabled);
  fields.AnyText("thread_by_date", &threading->thread_by_date);
  if constexpr (std::decay_t<decltype(fields)>::kReads) {
    const std::string& by_date = threading->thread_by_date;
    if (!by_date.empty() && by_date != "none" && by_date != "daily") {
      fields.reader().Error("thread_by_date",
                            "threading.thread_by_date must be either 'none' or 'daily'");
    }
  }
};

void ReadThreading(FieldReader* fields, EmailConfig* out) {
  Threading threading;
  fields->Block("threading", "threading", &threading, kThreadingKeys);
  out->threading_enabled = threading.enabled;
  out->thread_by_date_daily = threading.thread_by_date != "none";
  if (!out->threading_enabled) return;
  for (const char* header : {"References", "In-Reply-To"}) {
    if (!out->headers.contains(header)) continue;
    fields->reader().Error("headers",
                           "conflicting configuration: threading.enabled conflicts with custom " +
                               std::string(header) + " header");
  }
}

constexpr auto kKeys = [](auto& fields, auto* config) {
  fields.AnyFlag("send_resolved", &config->send_resolved);
  fields.RequiredText("to", &config->to, "missing to address in email config");
  fields.Text("from", &config->from);
  fields.Text("hello", &config->hello);
  fields.Address("smarthost", &config->smarthost);
  fields.Text("auth_username", &config->auth_username);
  fields.Password("auth_password", &config->auth_password);
  fields.Path("auth_password_file", &config->auth_password_file);
  fields.Password("auth_secret", &config->auth_secret);
  fields.Path("auth_secret_file", &config->auth_secret_file);
  fields.Text("auth_identity", &config->auth_identity);
  fields.Map("headers", &config->headers);
  fields.AnyText("html", &config->html);
  fields.Text("text", &config->text);
  fields.AnyFlag("require_tls", &config->require_tls);
  fields.Tls("tls_config", &config->tls_config);
  fields.Flag("force_implicit_tls", &config->force_implicit_tls);
};

// A pair is inherited as one, so that a global password never stands beside a receiver's file.
void InheritPair(const SecretOrFile& global, Secret* secret, std::string* file) {
  if (!secret->empty() || !file->empty()) return;
  *secret = global.value;
  *file = global.file;
}

// Of those that cannot be told from what is not given, once they have been read.
void InheritTexts(const GlobalConfig& global, EmailConfig* out) {
  Inherit(global.smtp_from, &out->from);
  Inherit(global.smtp_hello, &out->hello);
  Inherit(global.smtp_auth_username, &out->auth_username);
  Inherit(global.smtp_auth_identity, &out->auth_identity);
  InheritPair(global.smtp_auth_password, &out->auth_password, &out->auth_password_file);
  InheritPair(global.smtp_auth_secret, &out->auth_secret, &out->auth_secret_file);
}

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node, EmailConfig* config) {
  const GlobalConfig& global = context.global;
  FieldReader fields(context.source, node, "email_configs");
  ObjectReader& reader = fields.reader();
  config->html = kDefaultHtml;
  config->require_tls = global.smtp_require_tls;
  config->tls_config = global.smtp_tls_config;
  config->force_implicit_tls = global.smtp_force_implicit_tls;
  kKeys(fields, config);
  reader.AtMostOne("auth_password", "auth_password_file");
  reader.AtMostOne("auth_secret", "auth_secret_file");
  InheritTexts(global, config);
  if (config->from.empty()) reader.Error("no global SMTP from set");
  if (!reader.HasText("smarthost")) config->smarthost = global.smtp_smarthost;
  if (!reader.HasText("smarthost") && config->smarthost.empty()) {
    reader.Error("no global SMTP smarthost set");
  }
  CanonicaliseHeaders(&reader, config);
  ReadThreading(&fields, config);
  reader.Finish();
}

void WriteIntegration(const EmailConfig& config, YamlWriter* writer) {
  FieldWriter fields(writer);
  kKeys(fields, &config);
  if (!config.threading_enabled) return;
  const Threading threading = {true, config.thread_by_date_daily ? "daily" : "none"};
  fields.Block("threading", "threading", &threading, kThreadingKeys);
}

}  // namespace tocsin::config
