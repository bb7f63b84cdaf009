#pragma once

// The life of an HTTP call, from its turn in the queue to its callback: deadlines, files and
// tokens, redirects, cancellation. Belongs to the net thread, destruction included; only NextId is
// for any thread. No user code runs inside one of its functions: callbacks are posted to the loop.

#include "net/destination_queues.h"
#include "net/http_client.h"
#include "net/lazy_timer.h"
#include "net/oauth2_tokens.h"
#include "net/proxy.h"
#include "net/transfers.h"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace tocsin::net {

class HttpCalls : public std::enable_shared_from_this<HttpCalls> {
 public:
  struct Options {
    std::string user_agent;
    std::size_t concurrency_per_destination = 0;
    std::size_t queue_per_destination = 0;
    Duration connect_timeout{};
    ProxyEnvironment proxy_environment;
  };

  // `loop` must outlive this; `transfers` uses it as well.
  HttpCalls(boost::asio::io_context* loop, std::shared_ptr<Transfers> transfers, Options options);

  CallId NextId() { return next_id_.fetch_add(1, std::memory_order_relaxed); }

  void Accept(CallId id, HttpCall call, HttpCallback done);
  void Cancel(CallId id);
  // Ends everything with kCancelled, and what is accepted later as well.
  void Stop();

 private:
  enum class Phase { kWaiting, kToken, kTransfer };
  using Clock = LazyTimer::Clock;

  struct Call {
    Call(HttpCall c, HttpCallback d) : call(std::move(c)), done(std::move(d)) {}

    HttpCall call;
    HttpCallback done;
    std::string method;  // As asked for; `call.request` is consumed on the way.
    std::string queue;   // Empty: it has not entered one.
    std::string first_host;
    bool has_turn = false;
    Phase phase = Phase::kWaiting;
    Clock::time_point deadline;
    Duration limit{};  // What `timeout` stands for.
    std::optional<Clock::time_point> timeout;
    std::shared_ptr<OutgoingRequest> request;
    std::shared_ptr<const TlsMaterial> tls;
    std::string token;                   // The Authorization that OAuth 2 gave.
    bool token_was_kept = false;         // It was got for an earlier call.
    bool token_renewed = false;          // The server did not take the first one.
    std::shared_ptr<Redaction> secrets;  // Of the request, the token and the proxy.
    Transfers::Id transfer = 0;
    int redirects = 0;
  };

  void AcceptInternal(HttpCall call, HttpCallback done);
  Call* Add(CallId id, HttpCall call, HttpCallback done);
  Call* Find(CallId id);
  void SetTimeout(CallId id, Call* call, Duration limit);
  void ClearTimeout(CallId id, Call* call);
  void Begin(CallId id);
  void RequestToken(CallId id, Call* call);
  void StartTransfer(CallId id, Call* call);
  void OnTransferDone(CallId id, HttpResult result);
  void OnTimer();
  void TimeOut(CallId id);
  void Fail(CallId id, HttpFailure::Kind kind, std::string reason);
  void Finish(CallId id, HttpResult result);
  void GiveBackTurn(const Call& call, CallId id);

  boost::asio::io_context* loop_;
  std::shared_ptr<Transfers> transfers_;
  Options options_;
  std::atomic<CallId> next_id_{1};
  bool stopping_ = false;
  DestinationQueues queues_;
  OAuth2Tokens tokens_;
  std::unordered_map<CallId, std::unique_ptr<Call>> calls_;
  std::set<std::pair<Clock::time_point, CallId>> timeouts_;  // Of the calls.
  LazyTimer timer_;                                          // For the first of them.
};

}  // namespace tocsin::net
