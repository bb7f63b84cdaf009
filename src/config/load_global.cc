#include "base/text.h"
#include "config/load_parts.h"

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

void ReadSecretPair(ObjectReader* reader, std::string_view key, std::string_view file_key,
                    Secret* secret, std::string* file) {
  reader->Read(key, secret);
  reader->ReadPath(file_key, file);
  reader->AtMostOne(key, file_key);
}

void ReadSmtp(const Source& source, ObjectReader* reader, GlobalConfig* out) {
  reader->Read("smtp_from", &out->smtp_from);
  reader->Read("smtp_hello", &out->smtp_hello);
  ReadHostPort(reader, "smtp_smarthost", &out->smtp_smarthost);
  reader->Read("smtp_auth_username", &out->smtp_auth_username);
  reader->Read("smtp_auth_identity", &out->smtp_auth_identity);
  ReadSecretPair(reader, "smtp_auth_password", "smtp_auth_password_file", &out->smtp_auth_password,
                 &out->smtp_auth_password_file);
  ReadSecretPair(reader, "smtp_auth_secret", "smtp_auth_secret_file", &out->smtp_auth_secret,
                 &out->smtp_auth_secret_file);
  reader->Read("smtp_require_tls", &out->smtp_require_tls);
  if (const auto node = reader->Get("smtp_tls_config")) {
    out->smtp_tls_config = ReadTlsConfig(source, node);
  }
  reader->Read("smtp_force_implicit_tls", &out->smtp_force_implicit_tls);
}

void ReadSlackDefaults(ObjectReader* reader, GlobalConfig* out) {
  reader->ReadSecretUrl("slack_api_url", &out->slack_api_url);
  reader->ReadPath("slack_api_url_file", &out->slack_api_url_file);
  reader->AtMostOne("slack_api_url", "slack_api_url_file");
  ReadSecretPair(reader, "slack_app_token", "slack_app_token_file", &out->slack_app_token,
                 &out->slack_app_token_file);
  reader->ReadUrl("slack_app_url", &out->slack_app_url);
  const bool has_token = !out->slack_app_token.empty() || !out->slack_app_token_file.empty();
  const bool has_file = !out->slack_api_url_file.empty();
  // Both are fine if they mean the same place; of a masked URL that cannot be told.
  const std::string& url = out->slack_api_url.Reveal();
  const bool other_url = !url.empty() && url != out->slack_app_url && url != kSecretMask;
  if (has_token && (has_file || other_url)) {
    reader->Error(has_file ? "slack_api_url_file" : "slack_api_url",
                  "at most one of slack_app_token/slack_app_token_file & "
                  "slack_api_url/slack_api_url_file must be configured");
  }
}

// Keys of integrations that are not there yet, so that a file that sets them loads.
void ReadOtherIntegrations(ObjectReader* reader, GlobalConfig* out) {
  reader->ReadUrl("jira_api_url", &out->jira_api_url);
  reader->ReadUrl("pagerduty_url", &out->pagerduty_url);
  reader->ReadUrl("opsgenie_api_url", &out->opsgenie_api_url);
  ReadSecretPair(reader, "opsgenie_api_key", "opsgenie_api_key_file", &out->opsgenie_api_key,
                 &out->opsgenie_api_key_file);
  reader->ReadUrl("wechat_api_url", &out->wechat_api_url);
  ReadSecretPair(reader, "wechat_api_secret", "wechat_api_secret_file", &out->wechat_api_secret,
                 &out->wechat_api_secret_file);
  reader->Read("wechat_api_corp_id", &out->wechat_api_corp_id);
  reader->ReadUrl("victorops_api_url", &out->victorops_api_url);
  ReadSecretPair(reader, "victorops_api_key", "victorops_api_key_file", &out->victorops_api_key,
                 &out->victorops_api_key_file);
  reader->ReadUrl("telegram_api_url", &out->telegram_api_url);
  ReadSecretPair(reader, "telegram_bot_token", "telegram_bot_token_file", &out->telegram_bot_token,
                 &out->telegram_bot_token_file);
  reader->ReadUrl("webex_api_url", &out->webex_api_url);
  reader->ReadUrl("rocketchat_api_url", &out->rocketchat_api_url);
  ReadSecretPair(reader, "rocketchat_token", "rocketchat_token_file", &out->rocketchat_token,
                 &out->rocketchat_token_file);
  ReadSecretPair(reader, "rocketchat_token_id", "rocketchat_token_id_file",
                 &out->rocketchat_token_id, &out->rocketchat_token_id_file);
  reader->ReadSecretUrl("mattermost_webhook_url", &out->mattermost_webhook_url);
  reader->ReadPath("mattermost_webhook_url_file", &out->mattermost_webhook_url_file);
  reader->AtMostOne("mattermost_webhook_url", "mattermost_webhook_url_file");
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
  ObjectReader reader(source, node, "global");
  reader.ReadDuration("resolve_timeout", &global.resolve_timeout);
  if (const auto http_config = reader.GetOrNullNode("http_config")) {
    // Nothing to inherit from: Alertmanager takes this null and crashes later.
    if (http_config->is_null()) reader.Error("http_config", "http_config must not be empty");
    global.http_config = ReadHttpConfig(source, http_config);
  }
  ReadSmtp(source, &reader, &global);
  ReadSlackDefaults(&reader, &global);
  ReadOtherIntegrations(&reader, &global);
  ReadRulesDefaults(&reader, syntax, &global);
  reader.Finish();
  return global;
}

}  // namespace tocsin::config
