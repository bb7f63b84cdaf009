#include "net/net_thread.h"

#include "base/thread_name.h"
#include "net/loop_gate.h"
#include "net/thread_signals.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <thread>

namespace tocsin::net {

struct NetThread::Impl {
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::list<boost::asio::steady_timer> timers;  // Loop thread.
  std::thread thread;
};

NetThread::NetThread()
    : impl_(std::make_unique<Impl>()), gate_(std::make_shared<LoopGate>(&impl_->io)) {
  impl_->thread = std::thread([impl = impl_.get()] {
    BlockAsynchronousSignals();
    NameThisThread("net");
    impl->io.run();
  });
}

NetThread::~NetThread() {
  gate_->Close();
  Post([impl = impl_.get()] {
    for (boost::asio::steady_timer& timer : impl->timers) timer.cancel();
  });
  impl_->work.reset();
  impl_->thread.join();
}

void NetThread::Post(std::function<void()> function) {
  boost::asio::post(impl_->io, std::move(function));
}

void NetThread::PostAfter(Duration delay, std::function<void()> function) {
  Post([impl = impl_.get(), delay, function = std::move(function)]() mutable {
    const auto timer = impl->timers.emplace(impl->timers.end(), impl->io, delay);
    timer->async_wait([impl, timer, function = std::move(function)](auto error) {
      if (!error) function();
      impl->timers.erase(timer);
    });
  });
}

boost::asio::io_context& NetThread::loop() {
  return impl_->io;
}

}  // namespace tocsin::net
