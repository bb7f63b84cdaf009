#pragma once

// What is asked between the moment that the port is open and the one that the API can answer. It
// waits, so that who starts tocsin and talks to it at once is answered as by a server that listens
// later; only who asks how the server is hears that it starts. Safe from any thread.

#include "api/exchange.h"
#include "net/http_server.h"

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace tocsin::app {

class EarlyRequests {
 public:
  using Handler = std::function<void(net::ServerRequest, api::Respond)>;

  // Beyond `waiting_max`, requests are answered with 503.
  explicit EarlyRequests(std::size_t waiting_max) : waiting_max_(waiting_max) {}

  void Handle(net::ServerRequest request, api::Respond respond);
  // Once: hands on what waits, here, and what comes after, where it comes.
  void Open(Handler handler);

 private:
  using Request = std::pair<net::ServerRequest, api::Respond>;

  const std::size_t waiting_max_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<Request> waiting_;
  Handler handler_;  // Empty until Open.
};

}  // namespace tocsin::app
