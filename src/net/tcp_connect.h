#pragma once

// A TCP connection to a host by name: to the first of its addresses that answers. An address that
// is silent leaves time for the next one. Belongs to the net thread.

#include "base/result.h"
#include "net/name_lookup.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tocsin::net {

class TcpConnect : public std::enable_shared_from_this<TcpConnect> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Done = std::function<void(Result<Socket>)>;

  using Clock = std::chrono::steady_clock;

  // At the deadline it fails.
  TcpConnect(boost::asio::io_context* loop, std::string host, std::uint16_t port,
             Clock::time_point deadline, Done done);

  // One of them, once. `done` comes once, not inside Start unless no address can be tried, and not
  // after Abort.
  void Start(NameLookup* names);
  void Start(const HostAddresses& addresses);
  void Abort();

 private:
  using Endpoint = boost::asio::ip::tcp::endpoint;

  void Try(std::size_t index, const std::string& last_error);
  void OnTried(std::size_t index, const boost::system::error_code& error);
  void WakeAt(Clock::time_point time);
  void OnWake();
  void Finish(Result<Socket> result);

  boost::asio::io_context* loop_;
  const std::string host_;
  const std::uint16_t port_;
  const Clock::time_point deadline_;
  Done done_;
  std::vector<Endpoint> endpoints_;  // Empty: they are being looked up.
  Socket socket_;
  boost::asio::steady_timer timer_;
};

}  // namespace tocsin::net
