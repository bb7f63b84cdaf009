#include "notifiers/slack.h"

#include "base/retry_after.h"
#include "base/text.h"
#include "notifiers/slack_message.h"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace tocsin::notifiers {
namespace {

// Keys of what is kept with the notification log, as Alertmanager names them.
constexpr const char kTimestampKey[] = "threadTs";
constexpr const char kChannelKey[] = "channelId";

// Errors of Slack's Web API that pass by themselves.
constexpr std::string_view kPassingErrors[] = {
    "ratelimited", "rate_limited",   "service_unavailable",
    "fatal_error", "internal_error", "request_timeout",
};
// The message that we wanted to edit is out of reach; a new one is not.
constexpr std::string_view kLostMessageErrors[] = {
    "message_not_found",
    "cant_update_message",
    "edit_window_closed",
    "channel_not_found",
};

template <std::size_t N>
bool Contains(const std::string_view (&list)[N], std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

// What Slack's Web API says in the body of an answer.
struct SlackAnswer {
  bool ok = false;
  std::string error, timestamp, channel;
};

std::optional<SlackAnswer> ParseAnswer(std::string_view body) {
  boost::json::error_code failed;
  const boost::json::value parsed = boost::json::parse({body.data(), body.size()}, failed);
  if (failed || !parsed.is_object()) return std::nullopt;
  const boost::json::object& object = parsed.get_object();
  const auto text = [&object](const char* key) {
    const boost::json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
  };
  const boost::json::value* ok = object.if_contains("ok");
  return SlackAnswer{ok != nullptr && ok->is_bool() && ok->get_bool(), text("error"), text("ts"),
                     text("channel")};
}

std::optional<SlackMessage::Posted> PostedMessage(const model::ReceiverData& data) {
  const auto find = [&data](const char* key) -> const std::string* {
    const auto it = data.find(key);
    return it == data.end() ? nullptr : std::get_if<std::string>(&it->second);
  };
  const std::string* timestamp = find(kTimestampKey);
  const std::string* channel = find(kChannelKey);
  if (timestamp == nullptr || channel == nullptr || timestamp->empty() || channel->empty()) {
    return std::nullopt;
  }
  return SlackMessage::Posted{*channel, *timestamp};
}

// `.../api/chat.postMessage` to `.../api/chat.update`.
std::string UpdateUrl(const std::string& post_url) {
  return post_url.substr(0, post_url.rfind('/') + 1) + "chat.update";
}

Outcome Failure(Outcome::Kind kind, std::string error, const HttpResponse& response) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.reason = FailureReason::kClientError;
  outcome.error = std::move(error);
  outcome.status = response.status;
  return outcome;
}

class Slack final : public Integration {
 public:
  Slack(model::IntegrationId id, const config::SlackConfig& config, FieldCompiler* compiler)
      : id_(std::move(id)),
        config_(config),
        templates_(compiler->templates()),
        message_(config, compiler) {}

  const model::IntegrationId& id() const override { return id_; }
  bool send_resolved() const override { return config_.send_resolved; }
  bool body_decides() const override { return true; }
  std::vector<std::string> Files() const override {
    if (HasToken() || config_.api_url_file.empty()) return {};
    return {config_.api_url_file};
  }

  tl::expected<Send, BuildFailure> Build(const model::Notification& notification,
                                         const BuildContext& context) const override {
    HttpSend send;
    send.request.method = "POST";
    send.request.headers = {{"Content-Type", "application/json"}};
    const Result<std::string> url = PostUrl(context);
    if (!url) return tl::unexpected(BuildFailure{false, url.error().message});
    const std::optional<SlackMessage::Posted> edited = MessageToEdit(notification);
    send.request.url = Secret(edited ? UpdateUrl(*url) : *url);
    FieldExpander expand(templates_,
                         templates::MakeNotificationData(notification, context.external_url),
                         context.now);
    send.request.body = message_.Body(expand, edited) + "\n";
    if (expand.error()) return tl::unexpected(BuildFailure{false, *expand.error()});
    send.client = config_.http_config;
    send.timeout = config_.timeout;
    return send;
  }

  Outcome JudgeResponse(const model::Notification& notification,
                        const HttpResponse& response) const override {
    Outcome outcome = JudgeStatus(response);
    if (outcome.kind == Outcome::Kind::kDelivered) outcome = JudgeBody(notification, response);
    if (outcome.kind == Outcome::Kind::kDelivered) return outcome;
    FieldExpander expand(templates_, templates::MakeNotificationData(notification, ""),
                         notification.now);
    outcome.error = "channel " + GoQuote(message_.Channel(expand)) + ": " + outcome.error;
    outcome.error = RedactUrl(std::move(outcome.error), config_.api_url);
    return outcome;
  }

 private:
  std::optional<SlackMessage::Posted> MessageToEdit(const model::Notification& notification) const {
    if (!config_.update_message) return std::nullopt;
    return PostedMessage(notification.data);
  }

  // The HTTP client settings carry the token.
  bool HasToken() const { return !config_.app_token.empty() || !config_.app_token_file.empty(); }

  Result<std::string> PostUrl(const BuildContext& context) const {
    std::string url = HasToken() ? config_.app_url : config_.api_url.Reveal();
    if (!HasToken() && !config_.api_url_file.empty()) {
      Result<std::string> content = FileContent(context, config_.api_url_file);
      if (!content) return Fail("api_url_file", content.error());
      url = *std::move(content);
    }
    return CheckedUrl("Slack", url);
  }

  // Slack says with status 200 what went wrong.
  Outcome JudgeBody(const model::Notification& notification, const HttpResponse& response) const {
    Outcome delivered;
    delivered.status = response.status;
    const std::string_view type = FindHeader(response.headers, "Content-Type");
    if (!AsciiLower(type).starts_with("application/json")) {
      if (response.body == "ok") return delivered;
      return Failure(Outcome::Kind::kGiveUp,
                     "received an error response from Slack: " + response.body.substr(0, 4096),
                     response);
    }
    const std::optional<SlackAnswer> answer = ParseAnswer(response.body);
    if (!answer) {
      return Failure(
          Outcome::Kind::kRetry,
          "could not unmarshal JSON response " + GoQuote(TruncateBytes(response.body, 4096)),
          response);
    }
    if (!answer->ok) return JudgeError(notification, answer->error, response);
    if (config_.update_message && !answer->timestamp.empty()) {
      delivered.data =
          model::ReceiverData{{kTimestampKey, answer->timestamp}, {kChannelKey, answer->channel}};
    }
    return delivered;
  }

  Outcome JudgeError(const model::Notification& notification, const std::string& error,
                     const HttpResponse& response) const {
    Outcome outcome =
        Failure(Outcome::Kind::kGiveUp, "error response from Slack: " + error, response);
    if (Contains(kPassingErrors, error)) {
      outcome.kind = Outcome::Kind::kRetry;
      outcome.retry_after = RetryAfter(response);
      if (error.starts_with("rate")) outcome.reason = FailureReason::kRateLimited;
    } else if (MessageToEdit(notification) && Contains(kLostMessageErrors, error)) {
      outcome.kind = Outcome::Kind::kRetry;
      outcome.data.emplace();
    }
    return outcome;
  }

  model::IntegrationId id_;
  config::SlackConfig config_;
  NotificationTemplatesPtr templates_;
  SlackMessage message_;
};

}  // namespace

IntegrationPtr MakeSlack(model::IntegrationId id, const config::SlackConfig& config,
                         FieldCompiler* compiler) {
  return std::make_shared<const Slack>(std::move(id), config, compiler);
}

}  // namespace tocsin::notifiers
