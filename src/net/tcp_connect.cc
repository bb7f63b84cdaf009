#include "net/tcp_connect.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <utility>

namespace tocsin::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr TcpConnect::Clock::duration kAddressLimitMax = std::chrono::seconds(5);

}  // namespace

TcpConnect::TcpConnect(asio::io_context* loop, std::string host, std::uint16_t port,
                       Clock::time_point deadline, Done done)
    : loop_(loop),
      host_(std::move(host)),
      port_(port),
      deadline_(deadline),
      done_(std::move(done)),
      socket_(*loop),
      timer_(*loop) {}

void TcpConnect::Start(NameLookup* names) {
  WakeAt(deadline_);
  names->Start(host_, [weak = weak_from_this()](const Result<HostAddresses>& found) {
    const auto self = weak.lock();
    if (!self || !self->done_) return;
    found ? self->Start(*found) : self->Finish(Fail("look up " + self->host_, found.error()));
  });
}

void TcpConnect::Start(const HostAddresses& addresses) {
  for (const std::string& text : addresses) {
    error_code error;
    const asio::ip::address address = asio::ip::make_address(text, error);
    if (!error) endpoints_.emplace_back(address, port_);
  }
  Try(0, "no address");
}

void TcpConnect::Try(std::size_t index, const std::string& last_error) {
  const Clock::time_point now = Clock::now();
  if (index == endpoints_.size() || now >= deadline_) {
    return Finish(Fail("connect to " + host_ + ":" + std::to_string(port_) + ": " + last_error));
  }
  const std::size_t left = endpoints_.size() - index;
  const Clock::duration share = (deadline_ - now) / static_cast<Clock::rep>(2 * left);
  WakeAt(left == 1 ? deadline_ : now + std::min(share, kAddressLimitMax));
  socket_ = Socket(*loop_);
  socket_.async_connect(endpoints_[index],
                        [self = shared_from_this(), index](const error_code& error) {
                          if (self->done_) self->OnTried(index, error);
                        });
}

void TcpConnect::OnTried(std::size_t index, const error_code& error) {
  if (!error && socket_.is_open()) return Finish(std::move(socket_));
  // Closed by the timer, which may also have come between success and this.
  const bool slow = !error || error == asio::error::operation_aborted;
  Try(index + 1, slow ? "timed out" : error.message());
}

void TcpConnect::WakeAt(Clock::time_point time) {
  timer_.expires_at(time);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    // One that was moved comes with an error, or too early.
    if (!error && self->done_ && self->timer_.expiry() <= Clock::now()) self->OnWake();
  });
}

void TcpConnect::OnWake() {
  if (endpoints_.empty()) return Finish(Fail("look up " + host_ + ": timed out"));
  error_code ignored;
  socket_.close(ignored);
}

void TcpConnect::Finish(Result<Socket> result) {
  timer_.cancel();
  std::exchange(done_, nullptr)(std::move(result));
}

void TcpConnect::Abort() {
  done_ = nullptr;
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace tocsin::net
