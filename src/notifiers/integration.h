#pragma once

// An integration turns a notification into one request and judges the answer. Pure: it reads no
// clock, no file and no socket. The edge reads the files that it names and carries the request; a
// retry calls Build again. Immutable after construction, safe from any thread.
//
// To add one: a file pair here, a row in factory.cc, its configuration in config/, its defaults in
// templates/, and a table test of request and outcomes.

#include "base/http_message.h"
#include "base/result.h"
#include "config/config.h"
#include "model/notification.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tocsin::notifiers {

// Label `reason` of alertmanager_notifications_failed_total.
enum class FailureReason {
  kOther,
  kClientError,
  kServerError,
  kAuthError,
  kRateLimited,
  kContextCanceled,
  kContextDeadlineExceeded,
};
std::string_view ToString(FailureReason reason);

// How one attempt ended.
struct Outcome {
  enum class Kind { kDelivered, kRetry, kGiveUp };

  Kind kind = Kind::kDelivered;
  FailureReason reason = FailureReason::kOther;
  std::string error;                    // Without secrets; empty if delivered.
  int status = 0;                       // HTTP or SMTP status; 0 if there was no answer.
  std::optional<Duration> retry_after;  // What the receiver asked for.
  // Delivered: replaces what the notification log keeps for this group and integration. Retry: what
  // the next attempt is built with instead (Notification::data), because the old one is of no use.
  std::optional<model::ReceiverData> data;
};

struct HttpSend {
  HttpRequest request;
  config::HttpClientConfigPtr client;
  Duration timeout{};  // Of this attempt; 0: only the deadline.
  // Whoever knows the URL can send too: no part of it may be in an error.
  bool url_is_secret = true;
};

struct MailSend {
  config::HostPort smarthost;
  std::string hello;
  bool require_starttls = true;
  bool implicit_tls = false;
  config::TlsConfig tls;
  std::string auth_username, auth_identity;
  Secret auth_password, auth_secret;
  std::string from;                     // Address only.
  std::vector<std::string> recipients;  // Addresses only.
  std::string message;                  // RFC 5322 with CRLF line ends, complete.
};

using Send = std::variant<HttpSend, MailSend>;

// An attempt that was never put on the wire, because of a template or a file.
struct BuildFailure {
  bool retry = false;
  std::string error;
};

// What the edge knows and the integration needs: contents of the files it named, and facts that
// would otherwise be read from the machine.
struct BuildContext {
  std::map<std::string, Result<std::string>> files;
  std::string external_url;  // Without trailing slash.
  Time now{};                // When this attempt is built: Date header, `now` in templates.
  std::string hostname;
  std::uint64_t random = 0;  // For message ids and boundaries.
};

class Integration {
 public:
  virtual ~Integration() = default;

  virtual const model::IntegrationId& id() const = 0;
  virtual bool send_resolved() const = 0;
  // Files to read before each Build: `api_url_file` and the like.
  virtual std::vector<std::string> Files() const { return {}; }
  // Does Build run templates of the configuration? Without, it only writes out what it is given.
  virtual bool has_templates() const { return true; }
  virtual tl::expected<Send, BuildFailure> Build(const model::Notification& notification,
                                                 const BuildContext& context) const = 0;
  // Does what an answer says matter, beside its status? If not, one of 2xx that breaks off has
  // delivered: to send again would page twice.
  virtual bool body_decides() const { return false; }
  // Judges an HTTP answer. For those that send HTTP; what became of mail is judged by
  // JudgeMailFailure (email.h).
  virtual Outcome JudgeResponse(const model::Notification& notification,
                                const HttpResponse& response) const = 0;
};

using IntegrationPtr = std::shared_ptr<const Integration>;

// The rule that most integrations share: 2xx delivered, 5xx and the codes for "later" (408, 425,
// 429) retried, anything else given up. Error text: `unexpected status code 404: <start of the
// body>`.
Outcome JudgeStatus(const HttpResponse& response);

// A failure before any answer: connection, TLS, timeout. Always worth a retry.
Outcome TransportFailure(std::string error);

// The attempt took longer than HttpSend::timeout: `configured slack timeout reached (10s)`.
Outcome TimeoutFailure(const model::IntegrationId& id, Duration timeout);

// Replaces each occurrence of `url` in a text for people by `<redacted>`, and each occurrence of a
// part of it that may be the secret: receivers like to say which path they do not know.
std::string RedactUrl(std::string text, const Secret& url);

}  // namespace tocsin::notifiers
