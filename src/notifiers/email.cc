#include "notifiers/email.h"

#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "gotemplate/go_time.h"
#include "notifiers/email_message.h"
#include "notifiers/mail_address.h"

#include <algorithm>
#include <utility>

namespace tocsin::notifiers {
namespace {

using gotemplate::FormatGoTime;
using gotemplate::GoTime;

bool IsAuthenticationRefusal(int code) {
  return code == 530 || code == 534 || code == 535 || code == 538;
}

std::string UniqueHex(std::uint64_t seed, std::size_t digits) {
  Random random(seed);
  std::string hex;
  while (hex.size() < digits) hex += Hex16(random.Next());
  hex.resize(digits);
  return hex;
}

// Fields that describe the body are ours.
bool DescribesBody(std::string_view name) {
  return name == "Content-Type" || name == "Content-Transfer-Encoding" || name == "Mime-Version";
}

class Email final : public Integration {
 public:
  Email(model::IntegrationId id, const config::EmailConfig& config, FieldCompiler* compiler)
      : id_(std::move(id)),
        config_(config),
        templates_(compiler->templates()),
        to_(compiler->Text("to", config.to)),
        from_(compiler->Text("from", config.from)),
        html_(compiler->Html("html", config.html)),
        text_(compiler->Text("text", config.text)) {
    for (const auto& [name, value] : config.headers) {
      if (DescribesBody(name)) continue;
      headers_.push_back({name, compiler->Text("headers." + name, value)});
    }
    // From, To and Subject come first, as people read them.
    std::stable_sort(headers_.begin(), headers_.end(),
                     [](const Header& a, const Header& b) { return Rank(a.name) < Rank(b.name); });
  }

  const model::IntegrationId& id() const override { return id_; }
  bool send_resolved() const override { return config_.send_resolved; }
  std::vector<std::string> Files() const override {
    std::vector<std::string> files;
    for (const std::string& file : {config_.auth_password_file, config_.auth_secret_file}) {
      if (!file.empty()) files.push_back(file);
    }
    return files;
  }

  tl::expected<Send, BuildFailure> Build(const model::Notification& notification,
                                         const BuildContext& context) const override {
    MailSend send;
    send.smarthost = config_.smarthost;
    send.hello = config_.hello;
    send.require_starttls = config_.require_tls;
    send.implicit_tls = config_.force_implicit_tls.value_or(config_.smarthost.port == "465");
    send.tls = config_.tls_config;
    send.auth_username = config_.auth_username;
    send.auth_identity = config_.auth_identity;
    if (Status status = ReadCredentials(context, &send); !status) {
      return tl::unexpected(BuildFailure{true, status.error().message});
    }
    FieldExpander expand(templates_,
                         templates::MakeNotificationData(notification, context.external_url),
                         context.now);
    if (Status status = Envelope(expand, &send); !status) {
      return tl::unexpected(BuildFailure{false, status.error().message});
    }
    MailParts parts;
    parts.headers = Headers(notification, context, expand);
    parts.text = expand("text", text_);
    parts.html = expand("html", html_);
    parts.boundary = UniqueHex(context.random, 60);
    if (expand.error()) return tl::unexpected(BuildFailure{false, *expand.error()});
    send.message = BuildMail(parts);
    return send;
  }

  Outcome JudgeResponse(const model::Notification&, const HttpResponse& response) const override {
    return JudgeMailFailure(response.status, false, response.body);
  }

 private:
  struct Header {
    std::string name;
    CompiledTemplate value;
  };

  static int Rank(std::string_view name) {
    return name == "From" ? 0 : name == "To" ? 1 : name == "Subject" ? 2 : 3;
  }

  Status ReadCredentials(const BuildContext& context, MailSend* send) const {
    const auto read = [&context](const Secret& inline_value, const std::string& file,
                                 std::string_view field) -> Result<Secret> {
      if (file.empty()) return inline_value;
      Result<std::string> content = FileContent(context, file);
      if (!content) return Fail(field, content.error());
      return Secret(*std::move(content));
    };
    Result<Secret> password =
        read(config_.auth_password, config_.auth_password_file, "auth_password_file");
    if (!password) return tl::unexpected(password.error());
    Result<Secret> secret = read(config_.auth_secret, config_.auth_secret_file, "auth_secret_file");
    if (!secret) return tl::unexpected(secret.error());
    send->auth_password = *std::move(password);
    send->auth_secret = *std::move(secret);
    return {};
  }

  Status Envelope(FieldExpander& expand, MailSend* send) const {
    const std::string from = expand("from", from_);
    const std::string to = expand("to", to_);
    if (expand.error()) return Fail(*expand.error());
    const auto senders = ParseMailAddresses(from);
    if (!senders) return Fail("parse 'from' addresses", senders.error());
    if (senders->size() != 1) {
      return Fail("must be exactly one 'from' address (got: " + std::to_string(senders->size()) +
                  ")");
    }
    const auto recipients = ParseMailAddresses(to);
    if (!recipients) return Fail("parse 'to' addresses", recipients.error());
    send->from = senders->front().address;
    for (const MailAddress& recipient : *recipients) {
      send->recipients.push_back(recipient.address);
    }
    return {};
  }

  bool HasHeader(std::string_view name) const {
    return std::any_of(headers_.begin(), headers_.end(),
                       [name](const Header& header) { return header.name == name; });
  }

  std::string Headers(const model::Notification& notification, const BuildContext& context,
                      FieldExpander& expand) const {
    std::string fields;
    for (const Header& header : headers_) {
      const std::string value = expand(header.name, header.value);
      fields += HoldsAddresses(header.name) ? EncodeAddressHeader(header.name, value)
                                            : EncodeHeader(header.name, value);
    }
    if (!HasHeader("Message-Id")) {
      const std::string host =
          context.hostname.empty() ? "localhost.localdomain" : context.hostname;
      fields +=
          EncodeHeader("Message-Id", "<" + std::to_string(context.now.time_since_epoch().count()) +
                                         "." + std::to_string(context.random) + "@" + host + ">");
    }
    if (config_.threading_enabled) {
      const std::string thread = "<alert-" + Thread(notification) + "@alertmanager>";
      fields += EncodeHeader("References", thread) + EncodeHeader("In-Reply-To", thread);
    }
    if (!HasHeader("Date")) {
      fields += EncodeHeader(
          "Date", FormatGoTime(GoTime::From(context.now), "Mon, 02 Jan 2006 15:04:05 -0700"));
    }
    return fields;
  }

  // The message that all mails of a group answer to does not exist; mail programs thread them all
  // the same.
  std::string Thread(const model::Notification& notification) const {
    std::string thread = Sha256Hex(notification.group_key).substr(0, 16) + "-";
    if (config_.thread_by_date_daily) {
      thread += FormatGoTime(GoTime::From(notification.now), "2006-01-02");
    }
    return thread;
  }

  model::IntegrationId id_;
  config::EmailConfig config_;
  NotificationTemplatesPtr templates_;
  CompiledTemplate to_, from_, html_, text_;
  std::vector<Header> headers_;
};

}  // namespace

IntegrationPtr MakeEmail(model::IntegrationId id, const config::EmailConfig& config,
                         FieldCompiler* compiler) {
  return std::make_shared<const Email>(std::move(id), config, compiler);
}

Outcome JudgeMailFailure(int code, bool authentication, std::string error) {
  Outcome outcome = TransportFailure(std::move(error));
  outcome.status = code;
  if (code >= 500) outcome.kind = Outcome::Kind::kGiveUp;
  if (authentication || IsAuthenticationRefusal(code)) outcome.reason = FailureReason::kAuthError;
  return outcome;
}

}  // namespace tocsin::notifiers
