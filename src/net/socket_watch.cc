#include "net/socket_watch.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <utility>

namespace tocsin::net {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

// Handlers hold it beyond the end of all interest; `alive` tells them.
struct SocketWatch::Socket {
  Socket(asio::io_context* loop, int fd_in) : fd(fd_in), descriptor(*loop) {}

  void Register() {
    if (alive) return;
    boost::system::error_code error;
    descriptor.assign(fd, error);
    alive = !error;
  }

  void Retire() {
    if (!alive) return;
    alive = false;
    descriptor.release();
  }

  const int fd;
  stream_descriptor descriptor;
  bool alive = false;  // With the loop.
  bool is_connection = false;
  struct Direction {
    bool wanted = false;
    bool waited_for = false;
  };
  Direction in, out;
};

SocketWatch::SocketWatch(asio::io_context* loop, Ready ready)
    : loop_(loop), ready_(std::move(ready)) {}

SocketWatch::~SocketWatch() {
  for (const auto& [fd, socket] : sockets_) socket->Retire();
}

void SocketWatch::Opened(int fd) {
  // Should one of that number have been closed without a word.
  Closed(fd);
  const auto socket = std::make_shared<Socket>(loop_, fd);
  socket->is_connection = true;
  sockets_.emplace(fd, socket);
}

void SocketWatch::Closed(int fd) {
  const auto it = sockets_.find(fd);
  if (it == sockets_.end()) return;
  it->second->Retire();
  sockets_.erase(it);
}

void SocketWatch::Want(int fd, bool in, bool out) {
  const auto it = sockets_.find(fd);
  const bool known = it != sockets_.end();
  const bool wanted = in || out;
  if (!known && !wanted) return;
  if (known && !wanted && !it->second->is_connection) return Closed(fd);
  const SocketPtr socket = known ? it->second : std::make_shared<Socket>(loop_, fd);
  if (!known) sockets_.emplace(fd, socket);
  socket->in.wanted = in;
  socket->out.wanted = out;
  if (!wanted) return;
  socket->Register();
  Arm(socket);
}

void SocketWatch::Arm(const SocketPtr& socket) {
  const auto wait = [&](Socket::Direction Socket::* which, stream_descriptor::wait_type type,
                        Event event) {
    Socket::Direction& direction = (*socket).*which;
    if (!socket->alive || !direction.wanted || direction.waited_for) return;
    direction.waited_for = true;
    socket->descriptor.async_wait(
        type, [this, socket, which, event](const boost::system::error_code& error) {
          Socket::Direction& ready = (*socket).*which;
          ready.waited_for = false;
          if (socket->alive && ready.wanted) {
            OnReady(socket, event, static_cast<bool>(error));
          }
        });
  };
  wait(&Socket::in, stream_descriptor::wait_read, Event::kIn);
  wait(&Socket::out, stream_descriptor::wait_write, Event::kOut);
}

void SocketWatch::OnReady(const SocketPtr& socket, Event event, bool failed) {
  ready_(socket->fd, failed ? Event::kError : event);
  if (socket->alive) Arm(socket);
}

}  // namespace tocsin::net
