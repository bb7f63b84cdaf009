#include "base/text.h"
#include "config/fields.h"
#include "config/load_parts.h"
#include "config/marshal_parts.h"

#include <string>
#include <utility>

namespace tocsin::config {
namespace {

Result<HostPort> ParseHostPort(const std::string& text) {
  const auto invalid = [&text](std::string_view reason) {
    return Fail("address " + text + ": " + std::string(reason));
  };
  HostPort result;
  std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string::npos) return invalid("missing ']' in address");
    if (end + 1 == text.size() || text[end + 1] != ':') return invalid("missing port in address");
    if (colon != end + 1) return invalid("too many colons in address");
    result.host = text.substr(1, end - 1);
  } else {
    if (colon == std::string::npos) return invalid("missing port in address");
    if (text.find(':') != colon) return invalid("too many colons in address");
    result.host = text.substr(0, colon);
  }
  result.port = text.substr(colon + 1);
  if (result.port.empty()) return Fail("address " + GoQuote(text) + ": port cannot be empty");
  return result;
}

// Alertmanager's keys, in the order in which it prints them.
constexpr auto kSmtpKeys = [](auto& fields, auto* global) {
  fields.Text("smtp_from", &global->smtp_from);
  fields.Text("smtp_hello", &global->smtp_hello);
  fields.Address("smtp_smarthost", &global->smtp_smarthost);
  fields.Text("smtp_auth_username", &global->smtp_auth_username);
  fields.Password("smtp_auth_password", "smtp_auth_password_file", &global->smtp_auth_password);
  fields.Password("smtp_auth_secret", "smtp_auth_secret_file", &global->smtp_auth_secret);
  fields.Text("smtp_auth_identity", &global->smtp_auth_identity);
  fields.AnyFlag("smtp_require_tls", &global->smtp_require_tls);
  fields.Tls("smtp_tls_config", &global->smtp_tls_config);
  fields.Flag("smtp_force_implicit_tls", &global->smtp_force_implicit_tls);
};

constexpr auto kKeys = [](auto& fields, auto* global) {
  fields.Url("jira_api_url", &global->jira_api_url);
  kSmtpKeys(fields, global);
  fields.SecretUrl("slack_api_url", "slack_api_url_file", &global->slack_api_url);
  fields.Password("slack_app_token", "slack_app_token_file", &global->slack_app_token);
  fields.Url("slack_app_url", &global->slack_app_url);
  fields.Url("pagerduty_url", &global->pagerduty_url);
  fields.Url("opsgenie_api_url", &global->opsgenie_api_url);
  fields.Password("opsgenie_api_key", "opsgenie_api_key_file", &global->opsgenie_api_key);
  fields.Url("wechat_api_url", &global->wechat_api_url);
  fields.Password("wechat_api_secret", "wechat_api_secret_file", &global->wechat_api_secret);
  fields.Text("wechat_api_corp_id", &global->wechat_api_corp_id);
  fields.Url("victorops_api_url", &global->victorops_api_url);
  fields.Password("victorops_api_key", "victorops_api_key_file", &global->victorops_api_key);
  fields.Url("telegram_api_url", &global->telegram_api_url);
  fields.Password("telegram_bot_token", "telegram_bot_token_file", &global->telegram_bot_token);
  fields.Url("webex_api_url", &global->webex_api_url);
  fields.Url("rocketchat_api_url", &global->rocketchat_api_url);
  fields.Password("rocketchat_token", "rocketchat_token_file", &global->rocketchat_token);
  fields.Password("rocketchat_token_id", "rocketchat_token_id_file", &global->rocketchat_token_id);
  fields.SecretUrl("mattermost_webhook_url", "mattermost_webhook_url_file",
                   &global->mattermost_webhook_url);
};

void CheckSlackDefaults(ObjectReader* reader, const GlobalConfig& global) {
  const bool has_file = !global.slack_api_url.file.empty();
  // Both are fine if they mean the same place; of a masked URL that cannot be told.
  const std::string& url = global.slack_api_url.value.Reveal();
  const bool other_url = !url.empty() && url != global.slack_app_url && url != kSecretMask;
  if (!global.slack_app_token.empty() && (has_file || other_url)) {
    reader->Error(has_file ? "slack_api_url_file" : "slack_api_url",
                  "at most one of slack_app_token/slack_app_token_file & "
                  "slack_api_url/slack_api_url_file must be configured");
  }
}

void ReadRulesDefaults(ObjectReader* reader, model::MatcherSyntax syntax, GlobalConfig* out) {
  const Duration interval = out->evaluation_interval;
  reader->ReadDuration("evaluation_interval", &out->evaluation_interval);
  // Prometheus takes zero for "not set".
  if (out->evaluation_interval == Duration::zero()) out->evaluation_interval = interval;
  reader->AtMostOne("query_offset", "rule_query_offset");
  reader->ReadDuration("rule_query_offset", &out->query_offset);
  reader->ReadDuration("query_offset", &out->query_offset);
  reader->Read("external_labels", &out->external_labels);
  for (const auto& [name, value] : out->external_labels) {
    if (model::IsValidLabelName(name, syntax)) continue;
    reader->Error("external_labels", Shown(name) + " is not a valid label name");
  }
}

}  // namespace

bool ReadHostPort(ObjectReader* reader, std::string_view key, HostPort* out) {
  std::string text;
  if (!reader->Read(key, &text) || text.empty()) return false;
  auto parsed = ParseHostPort(text);
  if (!parsed) {
    reader->Error(key, parsed.error().message);
    return false;
  }
  *out = *std::move(parsed);
  return true;
}

GlobalConfig ReadGlobal(const Source& source, const YamlNodePtr& node,
                        model::MatcherSyntax syntax) {
  GlobalConfig global;
  global.http_config = std::make_shared<HttpClientConfig>();
  if (node == nullptr) return global;
  FieldReader fields(source, node, "global");
  ObjectReader& reader = fields.reader();
  reader.ReadDuration("resolve_timeout", &global.resolve_timeout);
  if (const auto http_config = reader.GetOrNullNode("http_config")) {
    // Nothing to inherit from: Alertmanager takes this null and crashes later.
    if (http_config->is_null()) reader.Error("http_config", "http_config must not be empty");
    global.http_config = ReadHttpConfig(source, http_config);
  }
  kKeys(fields, &global);
  // A server refuses a greeting without a name.
  if (global.smtp_hello.empty()) global.smtp_hello = GlobalConfig().smtp_hello;
  CheckSlackDefaults(&reader, global);
  ReadRulesDefaults(&reader, syntax, &global);
  reader.Finish();
  return global;
}

void WriteGlobal(const GlobalConfig& global, YamlWriter* writer) {
  GlobalConfig shown = global;
  // Beside a token the URL can only be slack_app_url, and its mask would be refused as another one.
  if (!global.slack_app_token.empty()) shown.slack_api_url.value = Secret();
  FieldWriter fields(writer);
  writer->BeginMapping("global");
  fields.AnyPrometheusDuration("resolve_timeout", &shown.resolve_timeout);
  WriteHttpConfig(*shown.http_config, writer);
  kKeys(fields, &shown);
  writer->EndMapping();
}

}  // namespace tocsin::config
