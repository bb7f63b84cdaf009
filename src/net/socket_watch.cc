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
  bool wants_in = false, wants_out = false;
  bool waiting_in = false, waiting_out = false;
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
  socket->wants_in = in;
  socket->wants_out = out;
  if (!wanted) return;
  socket->Register();
  Arm(socket);
}

void SocketWatch::Arm(const SocketPtr& socket) {
  if (!socket->alive) return;
  if (socket->wants_in && !socket->waiting_in) {
    socket->waiting_in = true;
    socket->descriptor.async_wait(stream_descriptor::wait_read,
                                  [this, socket](const boost::system::error_code& error) {
                                    socket->waiting_in = false;
                                    if (socket->wants_in)
                                      OnReady(socket, Event::kIn, static_cast<bool>(error));
                                  });
  }
  if (socket->wants_out && !socket->waiting_out) {
    socket->waiting_out = true;
    socket->descriptor.async_wait(stream_descriptor::wait_write,
                                  [this, socket](const boost::system::error_code& error) {
                                    socket->waiting_out = false;
                                    if (socket->wants_out)
                                      OnReady(socket, Event::kOut, static_cast<bool>(error));
                                  });
  }
}

void SocketWatch::OnReady(const SocketPtr& socket, Event event, bool failed) {
  if (!socket->alive) return;
  ready_(socket->fd, failed ? Event::kError : event);
  if (socket->alive) Arm(socket);
}

}  // namespace tocsin::net
