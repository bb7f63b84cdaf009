#pragma once

// The HTTP/1.1 server: sockets, limits and framing; what a request means is the handler's business.
//
// Threads: each HTTP thread has an event loop of its own, and a connection stays on one thread. The
// handler is called on that thread and must not block it; it answers through the Responder, then or
// later, from any thread. One request of a connection is handled at a time, in order (pipelined
// requests wait in the socket). Start, Stop and the destructor belong to the owner's thread.

#include "base/http_message.h"
#include "base/result.h"
#include "base/time.h"
#include "net/request_target.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tocsin::net {

struct ServerRequest {
  std::string method;
  std::string target;             // As it was sent.
  std::string path;               // Percent-decoded, without the query.
  std::vector<QueryParam> query;  // Decoded, in order; a name may come more than once.
  std::vector<HttpHeader> headers;
  std::string body;
  std::string remote_address;  // `127.0.0.1:4711`, `[::1]:4711`.
};

class ServerTls;

// Whose memory a response is written from. Clients that read slowly may use up what there is for
// ordinary responses; whoever watches the server must still be answered.
enum class ResponseClass { kOrdinary, kOperational };

// Answers one request. Copies share the answer: the first call counts, later ones do nothing, and
// when the last copy goes away unused the client gets a 500. Safe from any thread, also after the
// server has stopped. Content-Length, Connection and Date are added; a HEAD request gets no body.
class Responder {
 public:
  struct Target;  // The connection's side, private to the server.

  explicit Responder(std::shared_ptr<Target> target) : target_(std::move(target)) {}
  void operator()(HttpResponse response,
                  ResponseClass response_class = ResponseClass::kOrdinary) const;

 private:
  std::shared_ptr<Target> target_;
};

class HttpServer {
 public:
  using Handler = std::function<void(ServerRequest, Responder)>;

  struct Options {
    // `:9093` (every address, IPv6 and IPv4), `127.0.0.1:0` (any free port), `[::1]:9093`.
    std::vector<std::string> listen_addresses;
    // Sockets that are bound and listening already; the server owns them from Start on.
    std::vector<int> listen_sockets;
    std::shared_ptr<ServerTls> tls;  // Null: in the clear.
    int threads = 2;
    std::size_t header_bytes_max = 64 * 1024;       // Beyond: 431.
    std::size_t body_bytes_max = 64 * 1024 * 1024;  // Beyond: 413. See SetBodyBytesMax.
    // All bodies that are being read or whose request is not answered yet. Beyond: 503.
    std::size_t bodies_bytes_max = 256 * 1024 * 1024;
    // All response bodies that are not written yet. While they fill it: 503 instead of a response
    // of more than 16 KiB; instead of one of more than 1 MiB from three quarters on. The second one
    // is for responses of class kOperational.
    std::size_t responses_bytes_max = 256 * 1024 * 1024;
    std::size_t operational_responses_bytes_max = 16 * 1024 * 1024;
    // Beyond, the connection that has been idle longest is closed; if none is idle the one whose
    // request has been arriving longest, and for so long at least; else: 503.
    std::size_t connections_max = 4096;
    Duration stalled_timeout = std::chrono::seconds(1);
    Duration header_timeout = std::chrono::seconds(10);
    Duration body_timeout = std::chrono::seconds(60);
    Duration answer_timeout{};  // From the whole request to the answer; beyond: 503. 0: none.
    Duration write_timeout = std::chrono::seconds(60);  // For each MiB of a response.
    // The same while responses_bytes_max is used up to three quarters: whoever holds that memory
    // and does not read makes room for others.
    Duration crowded_write_timeout = std::chrono::seconds(10);
    Duration idle_timeout = std::chrono::minutes(2);  // Between two requests of a connection.
  };

  struct Stats {
    std::uint64_t connections = 0;            // Open now.
    std::uint64_t connections_max = 0;        // The option.
    std::uint64_t body_bytes = 0;             // Of requests not answered yet.
    std::uint64_t response_bytes = 0;         // Of bodies above 16 KiB not written yet.
    std::uint64_t connections_accepted = 0;   // Since start, as the following.
    std::uint64_t connections_refused = 0;    // By connections_max.
    std::uint64_t connections_displaced = 0;  // Idle or stalled, to make room.
    std::uint64_t handshakes_failed = 0;      // Of TLS.
    std::uint64_t requests = 0;               // Handed to the handler.
    std::uint64_t requests_refused = 0;       // Answered here with 4xx or 503.
    std::uint64_t responses_refused = 0;      // By responses_bytes_max, replaced by a 503.
  };

  // Listens on all addresses, or on none and says which one failed and why. There must be one.
  static Result<std::unique_ptr<HttpServer>> Start(Options options, Handler handler);
  // Stop with the default grace.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // With the port that the system chose where 0 was asked for.
  const std::vector<std::string>& addresses() const;
  Stats stats() const;

  // Whether a response of more than 1 MiB would be taken now. Safe from any thread.
  bool TakesLargeResponses() const;

  // For requests that begin from now on. Safe from any thread.
  void SetBodyBytesMax(std::size_t bytes);

  // Accepts nothing more, closes idle connections, lets requests in flight finish for at most
  // `grace`, then closes what is left and joins the threads. Idempotent. Answers that come later go
  // nowhere.
  void Stop(Duration grace = std::chrono::seconds(5));

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::net
