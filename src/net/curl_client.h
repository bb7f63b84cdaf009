#pragma once

// HttpClient on the net thread: over net/plain_transfers.h where there is neither TLS nor a proxy,
// else over libcurl's multi interface. Calls wait in one queue for each destination (scheme, host,
// port). Files named in a client configuration are read when a call gets its turn. Redirects,
// proxies and OAuth 2 tokens are decided here, not by libcurl, whose rules differ from the field's.

#include "base/time.h"
#include "net/http_client.h"
#include "net/net_thread.h"
#include "net/proxy.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace tocsin::net {

class HttpCalls;
template <class Calls>
class PostedCalls;

class CurlClient final : public HttpClient {
 public:
  struct Options {
    std::string user_agent = "tocsin";
    std::size_t concurrency_per_destination = 32;
    std::size_t queue_per_destination = 4096;
    // For name, connection, TLS and the way through a proxy: less than a call may take, so that an
    // attempt at a server that is not there leaves time for the next one.
    Duration connect_timeout = std::chrono::seconds(10);
    ProxyEnvironment proxy_environment;  // For `proxy_from_environment`.
  };

  // `thread` must outlive the client.
  CurlClient(NetThread* thread, Options options);
  // Stop, and then waits for nothing more. Not from the net thread.
  ~CurlClient() override;

  CallHandle Send(HttpCall call, HttpCallback done) override;

  // Ends all calls with kCancelled, and so all later ones; returns when their callbacks have run.
  // Not from the net thread. Idempotent.
  void Stop();

 private:
  std::unique_ptr<PostedCalls<HttpCalls>> calls_;
};

}  // namespace tocsin::net
