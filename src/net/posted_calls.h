#pragma once

// What the clients have in common: their calls live on the net thread, and other threads reach them
// by posting. `Calls` is HttpCalls or MailCalls.

#include "net/call_handle.h"
#include "net/destination_queues.h"
#include "net/loop_gate.h"
#include "net/net_thread.h"

#include <future>
#include <memory>
#include <utility>

namespace tocsin::net {

template <class Calls>
class PostedCalls {
 public:
  // `thread` must outlive this.
  PostedCalls(NetThread* thread, std::shared_ptr<Calls> calls)
      : thread_(thread), calls_(std::move(calls)) {}

  // Stop, and then waits for nothing more. Not from the net thread.
  ~PostedCalls() {
    Stop();
    // The last reference goes away on the net thread, where what it holds belongs.
    thread_->Post([calls = std::move(calls_)]() mutable { calls.reset(); });
  }
  PostedCalls(const PostedCalls&) = delete;
  PostedCalls& operator=(const PostedCalls&) = delete;

  // From any thread.
  template <class Call, class Callback>
  CallHandle Send(Call call, Callback done) {
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

  // Ends all calls, and so all later ones; returns when their callbacks have run. Not from the net
  // thread. Idempotent.
  void Stop() {
    const auto stopped = std::make_shared<std::promise<void>>();
    std::future<void> wait = stopped->get_future();
    thread_->Post([this, stopped] {
      calls_->Stop();
      // Behind the callbacks that this has posted.
      thread_->Post([stopped] { stopped->set_value(); });
    });
    wait.wait();
  }

 private:
  NetThread* thread_;
  std::shared_ptr<Calls> calls_;
};

}  // namespace tocsin::net
