#include "net/http_calls.h"

#include "base/duration.h"
#include "base/text.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <vector>

namespace tocsin::net {
namespace {

const config::HttpClientConfig& ClientOf(const HttpCall& call) {
  static const config::HttpClientConfig defaults;
  return call.client ? *call.client : defaults;
}

// `Post "<redacted>": reason`, the form in which Go programs report it.
std::string DescribeFailure(const std::string& method, const std::string& reason) {
  std::string name = AsciiLower(method);
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') {
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
  }
  return name + " \"<redacted>\": " + reason;
}

Redaction SecretsOf(const OutgoingRequest& request, const config::HttpClientConfig& client) {
  Redaction secrets = request.secrets;
  secrets.AddUrl(client.proxy.url.Reveal());
  for (const auto& [name, values] : client.proxy.connect_header) {
    for (const Secret& value : values) secrets.Add(value.Reveal());
  }
  return secrets;
}

// Errors are shown and kept. Larger bodies are none that are shown as they are.
void Redact(const std::shared_ptr<const Redaction>& secrets, HttpResult* result) {
  constexpr std::size_t kShownBytesMax = 1024 * 1024;
  if (!*result) {
    result->error().message = secrets->Apply(std::move(result->error().message));
    return;
  }
  HttpResponse& response = **result;
  const bool is_error = response.status < 200 || response.status > 299;
  if (is_error && response.body.size() <= kShownBytesMax) {
    response.body = secrets->Apply(std::move(response.body));
  }
  response.sent_secrets = secrets;
}

}  // namespace

HttpCalls::HttpCalls(boost::asio::io_context* loop, std::shared_ptr<Transfers> transfers,
                     Options options)
    : loop_(loop),
      transfers_(std::move(transfers)),
      options_(std::move(options)),
      queues_(options_.queue_per_destination),
      tokens_([this](HttpCall call, HttpCallback done) {
        AcceptInternal(std::move(call), std::move(done));
      }),
      timer_(loop, [this] { OnTimer(); }) {}

HttpCalls::Call* HttpCalls::Add(CallId id, HttpCall call, HttpCallback done) {
  auto owned = std::make_unique<Call>(std::move(call), std::move(done));
  Call* added = owned.get();
  added->method = added->call.request.method;
  calls_.emplace(id, std::move(owned));
  return added;
}

HttpCalls::Call* HttpCalls::Find(CallId id) {
  const auto it = calls_.find(id);
  return it == calls_.end() ? nullptr : it->second.get();
}

void HttpCalls::Accept(CallId id, HttpCall http_call, HttpCallback done) {
  Call* call = Add(id, std::move(http_call), std::move(done));
  if (stopping_) return Fail(id, HttpFailure::Kind::kCancelled, "the client is stopping");
  const Result<Url> url = ParseUrl(call->call.request.url.Reveal());
  if (!url) return Fail(id, HttpFailure::Kind::kOther, url.error().message);

  const Duration limit =
      call->call.deadline > Duration::zero() ? call->call.deadline : 2 * call->call.timeout;
  call->first_host = url->host;
  const HttpCall::Turns& turns = call->call.turns;
  const std::string queue = turns.queue.empty() ? url->Destination() : turns.queue;
  const std::size_t concurrency = turns.queue.empty() ? options_.concurrency_per_destination
                                                      : std::max<std::size_t>(turns.concurrency, 1);
  switch (queues_.Enter(queue, id, concurrency, turns.waiting_max)) {
    case DestinationQueues::Admission::kFull:
      return Fail(id, HttpFailure::Kind::kQueueFull,
                  "too many requests are waiting for this destination");
    case DestinationQueues::Admission::kRun:
      call->has_turn = true;
      break;
    case DestinationQueues::Admission::kWait:
      break;
  }
  call->queue = queue;
  call->deadline = Clock::now() + limit;
  if (call->has_turn) {
    Begin(id);
  } else {
    SetTimeout(id, call, limit);
  }
}

// A token request takes no turn: it is one at a time for each configuration, and the calls that
// wait for it may hold all the turns of the same server.
void HttpCalls::AcceptInternal(HttpCall http_call, HttpCallback done) {
  const CallId id = NextId();
  // The callback leads into tokens_, which goes away with this object.
  auto guarded = [weak = weak_from_this(), inner = std::move(done)](HttpResult result) {
    if (const auto self = weak.lock()) inner(std::move(result));
  };
  Call* call = Add(id, std::move(http_call), std::move(guarded));
  if (stopping_) return Fail(id, HttpFailure::Kind::kCancelled, "the client is stopping");
  const Result<Url> url = ParseUrl(call->call.request.url.Reveal());
  if (!url) return Fail(id, HttpFailure::Kind::kOther, url.error().message);
  call->first_host = url->host;
  call->deadline = Clock::now() + call->call.timeout;
  Begin(id);
}

void HttpCalls::SetTimeout(CallId id, Call* call, Duration limit) {
  ClearTimeout(id, call);
  call->limit = limit;
  call->timeout = std::min(call->deadline, Clock::now() + limit);
  timeouts_.emplace(*call->timeout, id);
  timer_.Set(timeouts_.begin()->first);
}

void HttpCalls::ClearTimeout(CallId id, Call* call) {
  if (!call->timeout) return;
  timeouts_.erase({*call->timeout, id});
  call->timeout.reset();
}

void HttpCalls::OnTimer() {
  const Clock::time_point now = Clock::now();
  while (!timeouts_.empty() && timeouts_.begin()->first <= now) {
    TimeOut(timeouts_.begin()->second);
  }
  if (!timeouts_.empty()) timer_.Set(timeouts_.begin()->first);
}

void HttpCalls::TimeOut(CallId id) {
  const Call* call = Find(id);
  const char* what = call->phase == Phase::kWaiting ? "waiting for other requests to finish"
                     : call->phase == Phase::kToken ? "waiting for an access token"
                                                    : "waiting for the answer";
  Fail(id, HttpFailure::Kind::kTimeout,
       "timeout of " + FormatGoDuration(call->limit) + " exceeded while " + what);
}

void HttpCalls::Begin(CallId id) {
  Call* call = Find(id);
  if (call == nullptr) return;
  SetTimeout(id, call, call->call.timeout);
  const config::HttpClientConfig& client = ClientOf(call->call);
  const std::string& agent =
      call->call.user_agent.empty() ? options_.user_agent : call->call.user_agent;

  tl::expected<OutgoingRequest, HttpFailure> request =
      PrepareRequest(std::move(call->call.request), client, agent);
  if (!request) return Fail(id, request.error().kind, request.error().message);
  Result<TlsMaterial> tls = LoadTlsMaterial(client.tls);
  if (!tls) return Fail(id, HttpFailure::Kind::kCredentials, tls.error().message);
  if (const Redaction secrets = SecretsOf(*request, client); !secrets.empty()) {
    call->secrets = std::make_shared<Redaction>(secrets);
  }
  call->request = std::make_shared<OutgoingRequest>(std::move(*request));
  call->tls = std::make_shared<const TlsMaterial>(std::move(*tls));

  if (client.oauth2 && !call->request->HasHeader("Authorization")) {
    RequestToken(id, call);
  } else {
    StartTransfer(id, call);
  }
}

void HttpCalls::RequestToken(CallId id, Call* call) {
  call->phase = Phase::kToken;
  std::erase_if(call->request->headers, [&](const OutgoingHeader& header) {
    return !call->token.empty() && header.value == call->token;
  });
  call->token.clear();
  const std::string& agent =
      call->call.user_agent.empty() ? options_.user_agent : call->call.user_agent;
  // One that is there already comes inside the call.
  const auto inside = std::make_shared<bool>(true);
  tokens_.Get(*ClientOf(call->call).oauth2, agent,
              [this, id, inside](tl::expected<std::string, HttpFailure> authorization) {
                Call* waiting = Find(id);
                if (waiting == nullptr) return;
                waiting->token_was_kept = *inside;
                if (!authorization) {
                  return Fail(id, authorization.error().kind, authorization.error().message);
                }
                waiting->token = *authorization;
                if (!waiting->secrets) waiting->secrets = std::make_shared<Redaction>();
                waiting->secrets->AddHeader("Authorization", *authorization);
                waiting->request->headers.push_back({"Authorization", *authorization, true});
                StartTransfer(id, waiting);
              });
  *inside = false;
}

void HttpCalls::StartTransfer(CallId id, Call* call) {
  const config::HttpClientConfig& client = ClientOf(call->call);
  Transfer transfer;
  transfer.request = call->request;
  transfer.tls = call->tls;
  transfer.proxy = ChooseProxy(client.proxy, options_.proxy_environment, call->request->url);
  if (transfer.proxy) transfer.proxy_connect_headers = client.proxy.connect_header;
  transfer.http2 = client.enable_http2;
  transfer.accept_encoding = call->call.accept_encoding;
  transfer.connect_timeout = options_.connect_timeout;
  transfer.response_bytes_max = call->call.response_bytes_max;
  call->phase = Phase::kTransfer;
  call->transfer = transfers_->Start(std::move(transfer), [this, id](HttpResult result) {
    OnTransferDone(id, std::move(result));
  });
}

void HttpCalls::OnTransferDone(CallId id, HttpResult result) {
  Call* call = Find(id);
  call->transfer = 0;
  if (!result) {
    result.error().message = DescribeFailure(call->method, result.error().message);
    return Finish(id, std::move(result));
  }
  if (result->status == 401 && !call->token.empty()) {
    tokens_.Forget(call->token);
    // It was revoked before its time, or the server has forgotten it: once, for others may renew it
    // meanwhile.
    if (call->token_was_kept && call->redirects == 0 && !std::exchange(call->token_renewed, true)) {
      return RequestToken(id, call);
    }
  }
  if (!ClientOf(call->call).follow_redirects || !IsRedirect(*result)) {
    return Finish(id, std::move(result));
  }
  if (++call->redirects > kRedirectsMax) {
    return Fail(id, HttpFailure::Kind::kOther,
                "stopped after " + std::to_string(call->redirects) + " redirects");
  }
  const std::string method = call->request->method;
  auto next = std::make_shared<OutgoingRequest>(std::move(*call->request));
  if (Status status = ApplyRedirect(*result, call->first_host, next.get()); !status) {
    return Fail(id, HttpFailure::Kind::kOther, status.error().message);
  }
  auto secrets =
      call->secrets ? std::make_shared<Redaction>(*call->secrets) : std::make_shared<Redaction>();
  secrets->AddUrl(next->url.ToString());
  call->secrets = std::move(secrets);
  const bool lost = method == "POST" && next->method == "GET";
  if (lost && call->call.fail_lost_post) {
    return Fail(id, HttpFailure::Kind::kOther,
                "redirected by HTTP status " + std::to_string(result->status) +
                    ", which loses what is posted");
  }
  if (lost && call->call.on_lost_post) call->call.on_lost_post();
  call->request = std::move(next);
  StartTransfer(id, call);
}

void HttpCalls::Cancel(CallId id) {
  if (Find(id) != nullptr) Fail(id, HttpFailure::Kind::kCancelled, "cancelled");
}

void HttpCalls::Stop() {
  stopping_ = true;
  std::vector<CallId> ids;
  for (const auto& [id, call] : calls_) ids.push_back(id);
  for (CallId id : ids) Fail(id, HttpFailure::Kind::kCancelled, "the client is stopping");
}

void HttpCalls::Fail(CallId id, HttpFailure::Kind kind, std::string reason) {
  const Call& call = *Find(id);
  const int status = call.transfer != 0 ? transfers_->Status(call.transfer) : 0;
  Finish(id, tl::unexpected(HttpFailure{kind, DescribeFailure(call.method, reason), status}));
}

void HttpCalls::Finish(CallId id, HttpResult result) {
  const auto node = calls_.extract(id);
  Call& call = *node.mapped();
  ClearTimeout(id, &call);
  if (call.transfer != 0) transfers_->Abort(call.transfer);
  if (call.secrets) Redact(call.secrets, &result);
  if (!call.queue.empty()) GiveBackTurn(call, id);
  boost::asio::post(*loop_, [done = std::move(call.done), outcome = std::move(result)]() mutable {
    done(std::move(outcome));
  });
}

void HttpCalls::GiveBackTurn(const Call& call, CallId id) {
  if (!call.has_turn) return queues_.Withdraw(call.queue, id);
  const std::optional<CallId> next = queues_.Leave(call.queue);
  if (!next) return;
  Find(*next)->has_turn = true;
  // Posted, so that a queue of calls that all fail at once does not become a recursion.
  boost::asio::post(*loop_, [weak = weak_from_this(), id = *next] {
    if (const auto self = weak.lock()) self->Begin(id);
  });
}

}  // namespace tocsin::net
