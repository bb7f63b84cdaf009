#pragma once

// Tells a library that owns its sockets when they are ready: libcurl. That of a connection stays
// with the event loop until it is closed, wanted at the moment or not, because to register it anew
// for each transfer costs more than to wait for the answer does. Belongs to the loop's thread.

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <unordered_map>

namespace tocsin::net {

class SocketWatch {
 public:
  enum class Event { kIn, kOut, kError };
  using Ready = std::function<void(int fd, Event event)>;

  // `ready` comes from the loop, which outlives this; it may call the functions below.
  SocketWatch(boost::asio::io_context* loop, Ready ready);
  ~SocketWatch();
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;

  // A connection's, which Closed is called for before it is closed. Others may be closed once
  // nothing is wanted of them.
  void Opened(int fd);
  void Closed(int fd);
  // What is waited for, again and again until something else is said.
  void Want(int fd, bool in, bool out);

 private:
  struct Socket;
  using SocketPtr = std::shared_ptr<Socket>;

  void Arm(const SocketPtr& socket);
  // `this` may be gone when a wait ends, unless the socket is alive.
  void OnReady(const SocketPtr& socket, Event event, bool failed);

  boost::asio::io_context* loop_;
  const Ready ready_;
  std::unordered_map<int, SocketPtr> sockets_;
};

}  // namespace tocsin::net
