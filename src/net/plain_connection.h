#pragma once

// One TCP connection to an HTTP/1 server, and one exchange on it after the other. Belongs to the
// net thread.

#include "net/http_client.h"
#include "net/outgoing_request.h"
#include "net/tcp_connect.h"

#include <functional>
#include <memory>

namespace tocsin::net {

class PlainConnection {
 public:
  struct Request {
    std::shared_ptr<const OutgoingRequest> request;
    bool accept_encoding = false;
    std::size_t response_bytes_max = 0;
  };
  struct Answer {
    HttpResult result;
    bool reusable = false;   // For another exchange.
    bool no_answer = false;  // The server has hung up before the first byte.
  };
  using Done = std::function<void(Answer)>;

  explicit PlainConnection(TcpConnect::Socket socket);
  ~PlainConnection();  // Closes it; the `done` of an exchange under way does not come.
  PlainConnection(const PlainConnection&) = delete;
  PlainConnection& operator=(const PlainConnection&) = delete;

  // Between two exchanges: it is open, and silent as it has to be.
  bool IsUsable();
  // `done` comes once, never inside Perform; it may destroy this.
  void Perform(Request request, Done done);
  // Of the answer that an exchange is reading; 0 before its head is whole.
  int Status() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // Reads and writes under way find out that it was closed.
};

}  // namespace tocsin::net
