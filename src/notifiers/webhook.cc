#include "notifiers/webhook.h"

#include "base/hash.h"
#include "base/json_writer.h"
#include "notifiers/structured_template.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tocsin::notifiers {
namespace {

// By so many the size of a body is estimated.
constexpr std::size_t kSampleAlerts = 32;
// More is not taken on the word of the first few.
constexpr std::size_t kEstimateMax = 64 * 1024 * 1024;

void WritePairs(std::string_view key, const model::LabelSet& pairs, JsonWriter* json) {
  json->PlainKey(key).BeginObject();
  for (const model::Label pair : pairs) json->Key(pair.name).String(pair.value);
  json->EndObject();
}

void WriteAlert(const model::NotifiedAlert& notified, JsonWriter* json) {
  const model::Alert& alert = *notified.alert;
  const Time ends_at = notified.resolved ? alert.ends_at : kZeroTime;
  json->BeginObject();
  json->PlainKey("status").String(notified.resolved ? "resolved" : "firing");
  WritePairs("labels", alert.labels, json);
  WritePairs("annotations", alert.annotations, json);
  json->PlainKey("startsAt").Quoted([&](auto* out) { AppendRfc3339Nano(alert.starts_at, out); });
  json->PlainKey("endsAt").Quoted([&](auto* out) { AppendRfc3339Nano(ends_at, out); });
  json->PlainKey("generatorURL").String(alert.generator_url.view());
  json->PlainKey("fingerprint").Quoted([&](auto* out) {
    AppendHex16(static_cast<std::uint64_t>(alert.fingerprint()), out);
  });
  json->EndObject();
}

std::string StandardBody(const templates::NotificationData& data, std::string_view group_key,
                         std::size_t truncated) {
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  json.Key("receiver").String(data.receiver);
  json.Key("status").String(data.status());
  json.Key("alerts").BeginArray();
  for (std::size_t i = 0; i < data.alerts.size(); ++i) {
    // The alerts of a group are much alike. Growing step by step would cost more than the rest.
    if (i == kSampleAlerts) {
      const std::size_t estimate = body.size() / i * data.alerts.size() / 8 * 9;
      body.reserve(std::min(estimate, kEstimateMax));
    }
    WriteAlert(data.alerts[i], &json);
  }
  json.EndArray();
  json.Key("notification_reason").String(data.reason);
  WritePairs("groupLabels", data.group_labels, &json);
  WritePairs("commonLabels", data.common_labels, &json);
  WritePairs("commonAnnotations", data.common_annotations, &json);
  WritePairs("routeLabels", data.route_labels, &json);
  json.Key("externalURL").String(data.external_url);
  json.Key("version").String("4");
  json.Key("groupKey").String(group_key);
  json.Key("truncatedAlerts").Int(static_cast<std::int64_t>(truncated));
  json.EndObject();
  return body;
}

// At most `most` alerts, in their order; firing ones are kept before resolved ones.
std::vector<model::NotifiedAlert> KeepAlerts(const std::vector<model::NotifiedAlert>& alerts,
                                             std::size_t most) {
  std::size_t firing = static_cast<std::size_t>(std::count_if(
      alerts.begin(), alerts.end(), [](const auto& notified) { return !notified.resolved; }));
  std::size_t firing_left = std::min(firing, most);
  std::size_t resolved_left = most - firing_left;
  std::vector<model::NotifiedAlert> kept;
  for (const model::NotifiedAlert& notified : alerts) {
    std::size_t& left = notified.resolved ? resolved_left : firing_left;
    if (left == 0) continue;
    --left;
    kept.push_back(notified);
  }
  return kept;
}

class Webhook final : public Integration {
 public:
  Webhook(model::IntegrationId id, const config::WebhookConfig& config, FieldCompiler* compiler)
      : id_(std::move(id)),
        config_(config),
        templates_(compiler->templates()),
        url_(compiler->Secret("url", config.url.Reveal())) {
    if (config.payload != nullptr && !config.payload->is_null()) {
      payload_.emplace(*config.payload, "payload", compiler);
    }
  }

  const model::IntegrationId& id() const override { return id_; }
  bool send_resolved() const override { return config_.send_resolved; }
  std::vector<std::string> Files() const override {
    if (config_.url_file.empty()) return {};
    return {config_.url_file};
  }
  bool has_templates() const override {
    return payload_ || !config_.url_file.empty() ||
           config_.url.Reveal().find("{{") != std::string::npos;
  }

  tl::expected<Send, BuildFailure> Build(const model::Notification& notification,
                                         const BuildContext& context) const override {
    const std::size_t all = notification.alerts.size();
    templates::NotificationData data =
        templates::MakeNotificationData(notification, context.external_url);
    if (config_.max_alerts > 0 && all > config_.max_alerts) data = Shorten(notification, data);
    const std::size_t truncated = all - data.alerts.size();
    FieldExpander expand(templates_, std::move(data), context.now);

    const Result<std::string> url = Url(context, expand);
    if (!url) return tl::unexpected(BuildFailure{false, url.error().message});
    std::string body;
    if (payload_) {
      if (Status status = payload_->AppendJson(expand, &body); !status) {
        return tl::unexpected(BuildFailure{false, "payload: " + status.error().message});
      }
    } else {
      body = StandardBody(expand.data(), notification.group_key, truncated);
    }
    body += '\n';
    if (expand.error()) return tl::unexpected(BuildFailure{false, *expand.error()});

    HttpSend send;
    send.request.method = "POST";
    send.request.url = Secret(*url);
    send.request.headers = {{"Content-Type", "application/json"}};
    send.request.body = std::move(body);
    send.client = config_.http_config;
    send.timeout = config_.timeout;
    return send;
  }

  Outcome JudgeResponse(const model::Notification&, const HttpResponse& response) const override {
    Outcome outcome = JudgeStatus(response);
    outcome.error = RedactUrl(std::move(outcome.error), config_.url);
    return outcome;
  }

 private:
  // The status stays that of the whole group: a message that leaves firing alerts out must not say
  // that all is well.
  templates::NotificationData Shorten(const model::Notification& notification,
                                      const templates::NotificationData& whole) const {
    model::Notification shorter = notification;
    shorter.alerts = KeepAlerts(notification.alerts, static_cast<std::size_t>(config_.max_alerts));
    templates::NotificationData data = templates::MakeNotificationData(shorter, whole.external_url);
    data.firing = whole.firing;
    return data;
  }

  Result<std::string> Url(const BuildContext& context, FieldExpander& expand) const {
    std::string url;
    if (config_.url_file.empty()) {
      url = expand("url", url_);
    } else {
      const Result<std::string> content = FileContent(context, config_.url_file);
      if (!content) return Fail("url_file", content.error());
      url = expand.Late("url_file", *content);
    }
    if (expand.error()) return Fail(*expand.error());
    if (url.empty()) return Fail("webhook URL is empty after templating");
    return CheckedUrl("webhook", url);
  }

  model::IntegrationId id_;
  config::WebhookConfig config_;
  NotificationTemplatesPtr templates_;
  CompiledTemplate url_;
  std::optional<StructuredTemplate> payload_;
};

}  // namespace

IntegrationPtr MakeWebhook(model::IntegrationId id, const config::WebhookConfig& config,
                           FieldCompiler* compiler) {
  return std::make_shared<const Webhook>(std::move(id), config, compiler);
}

}  // namespace tocsin::notifiers
