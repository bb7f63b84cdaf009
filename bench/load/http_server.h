#pragma once

// A small HTTP/1.1 server on the loopback address: one thread, epoll, kept connections. It is fast
// rather than careful: its clients are the servers that are measured, which all send a
// Content-Length (a chunked request gets 411).

#include "base/time.h"
#include "bench/load/socket.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tocsin::load {

class HttpServer {
 public:
  struct Request {
    std::string_view method;
    std::string_view target;
    std::string_view body;
    Duration begin{};  // MonotonicNow() when its first byte was seen.
    Duration end{};    // The last one.
  };
  struct Response {
    int status = 200;
    std::string body;
    std::string_view content_type = "application/json";
    std::function<void()> on_sent;  // The kernel has its last byte. May be empty.
  };
  // Runs on the server's thread. The request is valid during the call.
  using Handler = std::function<Response(const Request&)>;

  static Result<std::unique_ptr<HttpServer>> Listen(std::uint16_t port, Handler handler);
  ~HttpServer();

  // Serves until Stop(), which may come from another thread.
  void Run();
  void Stop() { stopping_ = true; }

 private:
  struct Connection;

  HttpServer(Socket listener, Socket epoll, Handler handler);

  void Watch(int descriptor, std::uint32_t events, int operation) const;
  void Accept();
  // These return false if the connection is over.
  bool Serve(Connection* connection, std::uint32_t events);
  bool Receive(Connection* connection);
  bool AnswerRequests(Connection* connection);
  bool Flush(Connection* connection);

  Socket listener_;
  Socket epoll_;
  Handler handler_;
  std::atomic<bool> stopping_ = false;
  std::vector<char> buffer_;                                          // Of one recv().
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;  // By descriptor.
};

}  // namespace tocsin::load
