#pragma once

// The port through which everything sends HTTP requests. net/curl_client.h is the real one; tests
// put their own behind it.

#include "base/http_message.h"
#include "base/time.h"
#include "config/http_client_config.h"
#include "net/call_handle.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>

namespace tocsin::net {

struct HttpCall {
  HttpRequest request;
  // How to reach and to convince the server; null: the defaults, no credentials.
  std::shared_ptr<const config::HttpClientConfig> client;
  // From the moment the call gets its turn at the destination, redirects and tokens included.
  Duration timeout = std::chrono::seconds(30);
  // From Send on, the wait for a turn included; zero: twice the timeout.
  Duration deadline{};
  // Of the body, after decompression. Beyond: HttpFailure::Kind::kTooLarge.
  std::size_t response_bytes_max = 16 * 1024 * 1024;
  std::string user_agent;        // Empty: the client's.
  bool accept_encoding = false;  // Offer compression and undo it.
  // Called on the net thread where a redirect makes a GET of a POST: what was posted is lost.
  std::function<void()> on_lost_post;
  bool fail_lost_post = false;  // Such a redirect is a failure.

  // Where the call waits for its turn. Without a name: with all others for the same destination, as
  // many at a time as the client allows each. With one: with those of the same name only, and
  // `concurrency` at a time, wherever they go.
  struct Turns {
    std::string queue;
    std::size_t concurrency = 0;
    // Beyond, and beyond what the client allows each: HttpFailure::Kind::kQueueFull.
    std::size_t waiting_max = std::numeric_limits<std::size_t>::max();
  };
  Turns turns;
};

struct HttpFailure {
  enum class Kind {
    kTimeout,      // HttpCall::timeout or deadline.
    kConnect,      // Name not found, refused, unreachable, not connected in time.
    kTls,          // Handshake or certificate.
    kCredentials,  // A file that cannot be read, a token that is not given.
    kTooLarge,     // The answer; `status` tells what it would have been.
    kQueueFull,    // Too many calls wait for this destination.
    kCancelled,    // By the handle, or because the client stops.
    kOther,        // Connection lost, no valid HTTP, too many redirects, unusable URL.
  };
  Kind kind = Kind::kOther;
  // For people: `Post "<redacted>": connection refused`. Neither URL nor secrets are in it.
  std::string message;
  // Of the answer that was being read when it failed, 0 if there was none.
  int status = 0;
};

using HttpResult = tl::expected<HttpResponse, HttpFailure>;
using HttpCallback = std::function<void(HttpResult)>;

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // From any thread. `done` is called exactly once, on the client's thread, never inside Send. Any
  // HTTP status is a success here. Redirects are followed if the client configuration says so.
  virtual CallHandle Send(HttpCall call, HttpCallback done) = 0;
};

}  // namespace tocsin::net
