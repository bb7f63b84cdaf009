#include "app/wire_sender.h"

#include "base/failpoint.h"
#include "base/log.h"
#include "net/client_files.h"
#include "notifiers/email.h"
#include "templates/route_labels.h"

#include <algorithm>
#include <array>
#include <random>
#include <unistd.h>

namespace tocsin::app {
namespace {

using notifiers::Outcome;

// Of a receiver's answer: enough to say what went wrong.
constexpr std::size_t kResponseBytesMax = 1024 * 1024;
// Of more than this even the plainest message is not written on the net thread.
constexpr std::size_t kQuickAlerts = 16;

// Is the message as quickly built as it is handed to a worker?
bool IsQuick(const notifiers::Integration& integration, const model::Notification& notification) {
  return notification.alerts.size() <= kQuickAlerts && !notification.route_label_templates &&
         !integration.has_templates() && integration.Files().empty();
}

Outcome FromBuildFailure(const notifiers::BuildFailure& failure) {
  Outcome outcome;
  outcome.kind = failure.retry ? Outcome::Kind::kRetry : Outcome::Kind::kGiveUp;
  outcome.error = failure.error;
  return outcome;
}

Outcome Judge(const net::MailFailure& failure) {
  return notifiers::JudgeMailFailure(
      failure.smtp_code, failure.kind == net::MailFailure::Kind::kAuth, failure.message);
}

// As far as the receiver's answer goes it is delivered; hardly what was meant.
void WarnOfLostBody(const model::Notification& notification) {
  log::Warn("Redirect took the message away: the receiver gets a GET without body",
            {{"component", "delivery"},
             {"group", notification.group_key},
             {"receiver", notification.integration.ToString()}});
}

void WarnOfRefusals(const model::Notification& notification, const net::MailSent& sent) {
  for (const std::string& refused : sent.refused) {
    log::Warn("Mail server refused a recipient; the others get the message",
              {{"component", "delivery"},
               {"group", notification.group_key},
               {"receiver", notification.integration.ToString()},
               {"err", refused}});
  }
}

// Not to be guessed from the one before. Taken from the kernel many at a time: the processor's own
// source, which std::random_device asks, takes microseconds for each.
std::uint64_t RandomId() {
  thread_local std::array<std::uint64_t, 32> ids{};
  thread_local std::size_t left = 0;
  if (left == 0) {
    if (::getentropy(ids.data(), sizeof ids) != 0) return std::random_device()();
    left = ids.size();
  }
  return ids[--left];
}

// What it had to say besides does not matter.
bool HasAnswered(const net::HttpFailure& failure, const notifiers::Integration& integration) {
  if (failure.kind == net::HttpFailure::Kind::kTooLarge) return true;
  const bool broke_off = failure.kind == net::HttpFailure::Kind::kOther ||
                         failure.kind == net::HttpFailure::Kind::kTimeout;
  return broke_off && failure.status / 100 == 2 && !integration.body_decides();
}

Outcome TooLate() {
  return notifiers::TransportFailure("too much waits to be sent");
}

}  // namespace

void WireSender::Send(notifiers::IntegrationPtr integration, model::NotificationPtr notification,
                      Duration timeout, Callback done) {
  Attempt attempt{std::move(integration), std::move(notification), deps_.monotonic_now() + timeout,
                  std::move(done)};
  Lane& lane = lanes_[attempt.integration->id()];
  if (lane.under_way == kUnderWayMax) {
    DropLate(&lane);
    return lane.waiting.push_back(std::move(attempt));
  }
  ++lane.under_way;
  Start(std::move(attempt));
}

void WireSender::Start(Attempt attempt) {
  if (deps_.monotonic_now() >= attempt.deadline) {
    return Answer(std::move(attempt), TooLate());
  }
  if (IsQuick(*attempt.integration, *attempt.notification)) {
    return deps_.net_thread->Post(
        [this, attempt = std::move(attempt)]() mutable { BuildAndSend(std::move(attempt)); });
  }
  const bool taken =
      deps_.workers->TryRun([this, attempt]() mutable { BuildAndSend(std::move(attempt)); });
  if (!taken) {
    Answer(std::move(attempt), notifiers::TransportFailure("too much waits to be rendered"));
  }
}

void WireSender::DropLate(Lane* lane) {
  const Duration now = deps_.monotonic_now();
  for (; !lane->waiting.empty() && now >= lane->waiting.front().deadline;
       lane->waiting.pop_front()) {
    deps_.inbox->Post([done = std::move(lane->waiting.front().done)] { done(TooLate()); });
  }
}

void WireSender::OnEnded(const model::IntegrationId& id) {
  const auto lane = lanes_.find(id);
  if (lane->second.waiting.empty()) {
    if (--lane->second.under_way == 0) lanes_.erase(lane);
    return;
  }
  Attempt next = std::move(lane->second.waiting.front());
  lane->second.waiting.pop_front();
  Start(std::move(next));
}

void WireSender::Answer(Attempt attempt, Outcome outcome) {
  deps_.inbox->Post([this, id = attempt.integration->id(), done = std::move(attempt.done),
                     outcome = std::move(outcome)]() mutable {
    OnEnded(id);
    done(outcome);
  });
}

model::NotificationPtr WireSender::WithRouteLabels(model::NotificationPtr notification) const {
  if (!notification->route_label_templates) return notification;
  auto labelled = std::make_shared<model::Notification>(*notification);
  templates::RenderedRouteLabels rendered = templates::RenderRouteLabels(
      *deps_.templates->Get(), *notification, deps_.external_url, notification->now);
  for (const std::string& error : rendered.errors) {
    log::Warn(
        "Route label left out",
        {{"component", "dispatcher"}, {"aggrGroup", notification->group_key}, {"err", error}});
  }
  labelled->route_labels = std::move(rendered.labels);
  return labelled;
}

void WireSender::BuildAndSend(Attempt attempt) {
  attempt.notification = WithRouteLabels(std::move(attempt.notification));
  notifiers::BuildContext context;
  for (const std::string& path : attempt.integration->Files()) {
    context.files.emplace(path, net::ReadClientFile(path));
  }
  context.external_url = deps_.external_url;
  context.now = deps_.clock->Now();
  context.hostname = deps_.hostname;
  context.random = RandomId();
  auto built = attempt.integration->Build(*attempt.notification, context);
  if (!built) {
    Answer(std::move(attempt), FromBuildFailure(built.error()));
  } else if (auto* http = std::get_if<notifiers::HttpSend>(&*built)) {
    SendHttp(std::move(attempt), std::move(*http));
  } else {
    SendMail(std::move(attempt), std::move(std::get<notifiers::MailSend>(*built)));
  }
}

void WireSender::SendHttp(Attempt attempt, notifiers::HttpSend send) {
  net::HttpCall call;
  const Duration left = attempt.deadline - deps_.monotonic_now();
  if (left <= Duration::zero()) return Answer(std::move(attempt), TooLate());
  const bool own_timeout = send.timeout > Duration::zero() && send.timeout < left;
  call.request = std::move(send.request);
  call.client = std::move(send.client);
  call.timeout = own_timeout ? send.timeout : left;
  call.deadline = left;
  call.response_bytes_max = kResponseBytesMax;
  // What was really called: the integration may only know a template or a file of it.
  Secret url = send.url_is_secret ? call.request.url : Secret();
  call.on_lost_post = [notification = attempt.notification] { WarnOfLostBody(*notification); };
  Failpoint("before_send");
  deps_.http->Send(std::move(call), [this, attempt = std::move(attempt), own_timeout,
                                     url = std::move(url),
                                     timeout = send.timeout](net::HttpResult result) mutable {
    Failpoint("after_send");
    Outcome outcome;
    if (result) {
      outcome = attempt.integration->JudgeResponse(*attempt.notification, *result);
      if (!outcome.error.empty()) {
        // An error shows the beginning of the body, which may end within a secret.
        result->body = notifiers::RedactUrl(std::move(result->body), url);
        // Some say with status 200 what went wrong.
        if (result->sent_secrets) {
          result->body = result->sent_secrets->Apply(std::move(result->body));
        }
        outcome.error = attempt.integration->JudgeResponse(*attempt.notification, *result).error;
      }
    } else if (HasAnswered(result.error(), *attempt.integration)) {
      outcome = attempt.integration->JudgeResponse(*attempt.notification,
                                                   {result.error().status, {}, {}});
    } else if (own_timeout && result.error().kind == net::HttpFailure::Kind::kTimeout) {
      outcome = notifiers::TimeoutFailure(attempt.integration->id(), timeout);
    } else {
      outcome = notifiers::TransportFailure(result.error().message);
    }
    outcome.error = notifiers::RedactUrl(std::move(outcome.error), url);
    Answer(std::move(attempt), std::move(outcome));
  });
}

void WireSender::SendMail(Attempt attempt, notifiers::MailSend send) {
  const Duration left = attempt.deadline - deps_.monotonic_now();
  if (left <= Duration::zero()) return Answer(std::move(attempt), TooLate());
  net::MailCall call;
  call.host = std::move(send.smarthost.host);
  call.port = std::move(send.smarthost.port);
  call.hello = std::move(send.hello);
  call.tls_mode = send.implicit_tls       ? net::MailTls::kImplicit
                  : send.require_starttls ? net::MailTls::kStartTls
                                          : net::MailTls::kNone;
  call.tls = std::move(send.tls);
  call.auth = {std::move(send.auth_username), std::move(send.auth_identity),
               std::move(send.auth_password), std::move(send.auth_secret)};
  call.from = std::move(send.from);
  call.recipients = std::move(send.recipients);
  call.message = std::move(send.message);
  call.timeout = call.deadline = left;
  deps_.mail->Send(std::move(call),
                   [this, attempt = std::move(attempt)](const net::MailResult& result) mutable {
                     if (!result) return Answer(std::move(attempt), Judge(result.error()));
                     WarnOfRefusals(*attempt.notification, *result);
                     Answer(std::move(attempt), Outcome{});
                   });
}

}  // namespace tocsin::app
