#pragma once

// The life of a MailCall around its SmtpSession: turns, deadlines, files, cancellation. Belongs to
// the net thread, destruction included; only NextId is for any thread. Callbacks are posted to the
// loop.

#include "net/destination_queues.h"
#include "net/mail_client.h"
#include "net/name_lookup.h"
#include "net/smtp_session.h"
#include "net/tls_contexts.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tocsin::net {

class MailCalls : public std::enable_shared_from_this<MailCalls> {
 public:
  struct Options {
    std::size_t concurrency_per_server = 0;
    std::size_t queue_per_server = 0;
    Duration connect_timeout{};
    std::shared_ptr<NameLookup> names;
  };

  // `loop` must outlive this.
  MailCalls(boost::asio::io_context* loop, Options options)
      : loop_(loop), options_(std::move(options)), queues_(options_.queue_per_server) {}

  CallId NextId() { return next_id_.fetch_add(1, std::memory_order_relaxed); }

  void Accept(CallId id, MailCall call, MailCallback done);
  void Cancel(CallId id);
  // Ends everything with kCancelled, and what is accepted later as well.
  void Stop();

 private:
  using Clock = std::chrono::steady_clock;

  struct Call {
    Call(boost::asio::io_context* loop, MailCall c, MailCallback d)
        : call(std::move(c)), done(std::move(d)), timer(*loop) {}

    MailCall call;
    MailCallback done;
    std::string server;  // Empty: it has not entered a queue.
    bool has_turn = false;
    Clock::time_point deadline;
    Duration limit{};
    boost::asio::steady_timer timer;
    std::shared_ptr<SmtpSession> session;
  };

  Call* Find(CallId id);
  void ArmTimer(CallId id, Call* call, Duration limit);
  void OnTimer(CallId id);
  void Begin(CallId id);
  void Fail(CallId id, MailFailure::Kind kind, std::string message);
  void Finish(CallId id, MailResult result);
  void GiveBackTurn(const Call& call, CallId id);

  boost::asio::io_context* loop_;
  const Options options_;
  std::atomic<CallId> next_id_{1};
  bool stopping_ = false;
  DestinationQueues queues_;
  TlsContexts tls_contexts_;
  std::unordered_map<CallId, std::unique_ptr<Call>> calls_;
  // Those that have answered and may still be saying QUIT.
  std::vector<std::weak_ptr<SmtpSession>> leaving_;
};

}  // namespace tocsin::net
