#include "net/mail_calls.h"

#include "base/duration.h"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace tocsin::net {

MailCalls::Call* MailCalls::Find(CallId id) {
  const auto it = calls_.find(id);
  return it == calls_.end() ? nullptr : it->second.get();
}

void MailCalls::Accept(CallId id, MailCall mail_call, MailCallback done) {
  auto owned = std::make_unique<Call>(loop_, std::move(mail_call), std::move(done));
  Call* call = owned.get();
  calls_.emplace(id, std::move(owned));
  if (stopping_) return Fail(id, MailFailure::Kind::kCancelled, "the client is stopping");
  if (const std::optional<MailFailure> failure = CheckMailCall(call->call)) {
    return Finish(id, tl::unexpected(*failure));
  }
  const Duration limit =
      call->call.deadline > Duration::zero() ? call->call.deadline : 2 * call->call.timeout;
  const std::string server = call->call.host + ":" + call->call.port;
  const DestinationQueues::Admission admission =
      queues_.Enter(server, id, options_.concurrency_per_server);
  if (admission == DestinationQueues::Admission::kFull) {
    return Fail(id, MailFailure::Kind::kQueueFull, "too many messages are waiting for this server");
  }
  call->server = server;
  call->deadline = Clock::now() + limit;
  if (admission == DestinationQueues::Admission::kRun) {
    call->has_turn = true;
    Begin(id);
  } else {
    ArmTimer(id, call, limit);
  }
}

void MailCalls::ArmTimer(CallId id, Call* call, Duration limit) {
  call->limit = limit;
  call->timer.expires_at(std::min(call->deadline, Clock::now() + limit));
  call->timer.async_wait([weak = weak_from_this(), id](const boost::system::error_code& error) {
    if (error) return;
    if (const auto self = weak.lock()) self->OnTimer(id);
  });
}

void MailCalls::OnTimer(CallId id) {
  Call* call = Find(id);
  // A handler that was queued before its timer was set anew.
  if (call == nullptr || call->timer.expiry() > Clock::now()) return;
  const char* stage = call->session ? call->session->stage() : "waiting for other messages";
  Fail(id, MailFailure::Kind::kTimeout,
       "timeout of " + FormatGoDuration(call->limit) + " exceeded while " + stage);
}

void MailCalls::Begin(CallId id) {
  Call* call = Find(id);
  if (call == nullptr) return;
  ArmTimer(id, call, call->call.timeout);
  SmtpSession::Setup setup;
  setup.server_name = call->call.host;
  setup.verify = !call->call.tls.insecure_skip_verify;
  setup.connect_timeout = options_.connect_timeout;
  setup.deadline = call->timer.expiry();
  if (call->call.tls_mode != MailTls::kNone) {
    Result<TlsMaterial> material = LoadTlsMaterial(call->call.tls);
    if (!material) return Fail(id, MailFailure::Kind::kCredentials, material.error().message);
    if (!material->server_name.empty()) setup.server_name = material->server_name;
    Result<TlsContexts::ContextPtr> built = tls_contexts_.Get(std::move(*material));
    if (!built) return Fail(id, MailFailure::Kind::kCredentials, built.error().message);
    setup.tls = std::move(*built);
  }
  call->session = std::make_shared<SmtpSession>(
      loop_, std::move(call->call), std::move(setup),
      [this, id](MailResult result) { Finish(id, std::move(result)); });
  call->session->Start(options_.names.get());
}

void MailCalls::Cancel(CallId id) {
  if (Find(id) != nullptr) Fail(id, MailFailure::Kind::kCancelled, "cancelled");
}

void MailCalls::Stop() {
  stopping_ = true;
  std::vector<CallId> ids;
  for (const auto& [id, call] : calls_) ids.push_back(id);
  for (CallId id : ids) Fail(id, MailFailure::Kind::kCancelled, "the client is stopping");
  for (const std::weak_ptr<SmtpSession>& weak : leaving_) {
    if (const auto session = weak.lock()) session->Abort();
  }
}

void MailCalls::Fail(CallId id, MailFailure::Kind kind, std::string message) {
  // Its callback must not come for a call that is over.
  if (Call* call = Find(id); call->session) call->session->Abort();
  Finish(id, tl::unexpected(MailFailure{kind, 0, std::move(message)}));
}

void MailCalls::Finish(CallId id, MailResult result) {
  const auto node = calls_.extract(id);
  Call& call = *node.mapped();
  if (call.session) {
    std::erase_if(leaving_, [](const auto& weak) { return weak.expired(); });
    leaving_.push_back(call.session);
  }
  if (!call.server.empty()) GiveBackTurn(call, id);
  boost::asio::post(*loop_, [done = std::move(call.done), outcome = std::move(result)]() mutable {
    done(std::move(outcome));
  });
}

void MailCalls::GiveBackTurn(const Call& call, CallId id) {
  if (!call.has_turn) return queues_.Withdraw(call.server, id);
  const std::optional<CallId> next = queues_.Leave(call.server);
  if (!next) return;
  Find(*next)->has_turn = true;
  // Posted, so that a queue of calls that all fail at once does not become a recursion.
  boost::asio::post(*loop_, [weak = weak_from_this(), id = *next] {
    if (const auto self = weak.lock()) self->Begin(id);
  });
}

}  // namespace tocsin::net
