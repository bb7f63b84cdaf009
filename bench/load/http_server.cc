#include "bench/load/http_server.h"

#include "base/clock.h"
#include "base/text.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace tocsin::load {
namespace {

constexpr std::size_t kReceiveBytes = 1 << 20;
constexpr int kStopCheckMillis = 50;

// The part of a request before its body.
struct Head {
  std::string method;
  std::string target;
  std::size_t bytes = 0;  // With the empty line.
  std::size_t body_bytes = 0;
  bool chunked = false;
  bool close = false;
};

std::optional<Head> ReadHead(std::string_view received) {
  const std::size_t end = received.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  Head head;
  head.bytes = end + 4;
  const std::string_view line = received.substr(0, received.find("\r\n"));
  const std::size_t method_end = line.find(' ');
  const std::size_t target_end = line.rfind(' ');
  if (method_end < target_end && target_end != std::string_view::npos) {
    head.method = line.substr(0, method_end);
    head.target = line.substr(method_end + 1, target_end - method_end - 1);
  }
  const std::string fields = AsciiLower(received.substr(line.size(), end + 2 - line.size()));
  constexpr std::string_view kLength = "\r\ncontent-length:";
  if (const std::size_t at = fields.find(kLength); at != std::string::npos) {
    head.body_bytes = std::strtoull(fields.c_str() + at + kLength.size(), nullptr, 10);
  }
  head.chunked = fields.find("\r\ntransfer-encoding: chunked") != std::string::npos;
  head.close = fields.find("\r\nconnection: close") != std::string::npos;
  return head;
}

std::string ResponseHead(const HttpServer::Response& response) {
  const char* const reason = response.status == 200   ? "OK"
                             : response.status == 204 ? "No Content"
                                                      : "Error";
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " + reason;
  head += "\r\nContent-Type: ";
  head += response.content_type;
  head += "\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\n\r\n";
  return head;
}

}  // namespace

struct HttpServer::Connection {
  Socket socket;
  std::string received;
  std::optional<Head> head;  // Of the request that is being received.
  Duration begin{};          // Of the same.
  std::string to_send;
  std::size_t sent = 0;
  std::function<void()> on_sent;
  bool closing = false;
  bool waits_to_send = false;
};

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(std::uint16_t port, Handler handler) {
  auto listener = Socket::Listen(port);
  if (!listener) return tl::unexpected(listener.error());
  return std::unique_ptr<HttpServer>(new HttpServer(
      std::move(*listener), Socket(epoll_create1(EPOLL_CLOEXEC)), std::move(handler)));
}

HttpServer::HttpServer(Socket listener, Socket epoll, Handler handler)
    : listener_(std::move(listener)),
      epoll_(std::move(epoll)),
      handler_(std::move(handler)),
      buffer_(kReceiveBytes) {
  Watch(listener_.descriptor(), EPOLLIN, EPOLL_CTL_ADD);
}

HttpServer::~HttpServer() = default;

void HttpServer::Watch(int descriptor, std::uint32_t events, int operation) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  epoll_ctl(epoll_.descriptor(), operation, descriptor, &event);
}

void HttpServer::Run() {
  std::array<epoll_event, 256> events{};
  while (!stopping_) {
    const int count = epoll_wait(epoll_.descriptor(), events.data(),
                                 static_cast<int>(events.size()), kStopCheckMillis);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == listener_.descriptor()) {
        Accept();
        continue;
      }
      const auto found = connections_.find(event.data.fd);
      if (found != connections_.end() && !Serve(found->second.get(), event.events)) {
        connections_.erase(found);
      }
    }
  }
}

void HttpServer::Accept() {
  while (true) {
    const int descriptor =
        accept4(listener_.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    SendWithoutDelay(descriptor);
    auto connection = std::make_unique<Connection>();
    connection->socket = Socket(descriptor);
    connections_[descriptor] = std::move(connection);
    Watch(descriptor, EPOLLIN, EPOLL_CTL_ADD);
  }
}

bool HttpServer::Serve(Connection* connection, std::uint32_t events) {
  if ((events & EPOLLOUT) != 0 && !Flush(connection)) return false;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return true;
  return Receive(connection) && AnswerRequests(connection);
}

bool HttpServer::Receive(Connection* connection) {
  while (true) {
    const ssize_t result = recv(connection->socket.descriptor(), buffer_.data(), buffer_.size(), 0);
    if (result < 0) return errno == EAGAIN || errno == EINTR;
    if (result == 0) return false;
    if (connection->received.empty()) connection->begin = MonotonicNow();
    const auto size = static_cast<std::size_t>(result);
    connection->received.append(buffer_.data(), size);
    if (size < buffer_.size()) return true;
  }
}

bool HttpServer::AnswerRequests(Connection* connection) {
  std::string& received = connection->received;
  while (true) {
    if (!connection->head) connection->head = ReadHead(received);
    if (!connection->head) return true;
    const Head& head = *connection->head;
    if (received.size() < head.bytes + head.body_bytes) {
      received.reserve(head.bytes + head.body_bytes);
      return true;
    }
    Request request;
    request.method = head.method;
    request.target = head.target;
    request.body = std::string_view(received).substr(head.bytes, head.body_bytes);
    request.begin = connection->begin;
    request.end = MonotonicNow();
    Response response = head.chunked ? Response{411, "", "text/plain", {}} : handler_(request);
    connection->to_send += ResponseHead(response);
    connection->to_send += response.body;
    connection->on_sent = std::move(response.on_sent);
    connection->closing = head.close || head.chunked;
    received.erase(0, head.bytes + head.body_bytes);
    connection->head.reset();
    if (!Flush(connection)) return false;
    connection->begin = request.end;  // Of one that has come with this one.
  }
}

bool HttpServer::Flush(Connection* connection) {
  const int descriptor = connection->socket.descriptor();
  while (connection->sent < connection->to_send.size()) {
    const ssize_t result = send(descriptor, connection->to_send.data() + connection->sent,
                                connection->to_send.size() - connection->sent, MSG_NOSIGNAL);
    if (result < 0 && errno == EINTR) continue;
    if (result < 0 && errno != EAGAIN) return false;
    if (result < 0) {
      if (!connection->waits_to_send) Watch(descriptor, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
      connection->waits_to_send = true;
      return true;
    }
    connection->sent += static_cast<std::size_t>(result);
  }
  connection->to_send.clear();
  connection->sent = 0;
  if (const auto on_sent = std::exchange(connection->on_sent, nullptr)) on_sent();
  if (connection->waits_to_send) Watch(descriptor, EPOLLIN, EPOLL_CTL_MOD);
  connection->waits_to_send = false;
  return !connection->closing;
}

}  // namespace tocsin::load
