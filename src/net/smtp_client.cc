#include "net/smtp_client.h"

#include "net/loop_gate.h"
#include "net/mail_calls.h"

#include <future>
#include <utility>

namespace tocsin::net {

SmtpClient::SmtpClient(NetThread* thread, Options options)
    : thread_(thread),
      calls_(std::make_shared<MailCalls>(&thread->loop(), options.concurrency_per_server,
                                         options.queue_per_server)) {}

SmtpClient::~SmtpClient() {
  Stop();
  // The last reference goes away on the net thread, where what it holds belongs.
  thread_->Post([calls = std::move(calls_)]() mutable { calls.reset(); });
}

CallHandle SmtpClient::Send(MailCall call, MailCallback done) {
  const CallId id = calls_->NextId();
  thread_->Post([calls = calls_, id, call = std::move(call), done = std::move(done)]() mutable {
    calls->Accept(id, std::move(call), std::move(done));
  });
  return CallHandle([gate = thread_->gate(), weak = std::weak_ptr(calls_), id] {
    gate->Post([weak, id] {
      if (const auto calls = weak.lock()) calls->Cancel(id);
    });
  });
}

void SmtpClient::Stop() {
  const auto stopped = std::make_shared<std::promise<void>>();
  std::future<void> wait = stopped->get_future();
  thread_->Post([this, stopped] {
    calls_->Stop();
    // Behind the callbacks that this has posted.
    thread_->Post([stopped] { stopped->set_value(); });
  });
  wait.wait();
}

}  // namespace tocsin::net
