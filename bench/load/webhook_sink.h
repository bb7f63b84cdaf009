#pragma once

// A webhook receiver that knows which alerts are to come: when each arrived first, and whether a
// set of alerts was delivered twice. Runs a server on a thread of its own.

#include "base/json_writer.h"
#include "bench/load/http_server.h"

#include <atomic>
#include <memory>
#include <thread>
#include <unordered_set>
#include <vector>

namespace tocsin::load {

class WebhookSink {
 public:
  // Of `alerts` alerts, which carry their number in the label `seq`.
  static Result<std::unique_ptr<WebhookSink>> Start(std::uint16_t port, std::size_t alerts);
  ~WebhookSink() { Stop(); }

  // Waits until each alert was seen, at most so long.
  void AwaitAll(Duration limit) const;
  // No request is taken any more. To be called before Write.
  void Stop();
  // `due` holds, by number, when the alert was to be posted; `begin` is when the run began.
  void Write(const std::vector<Duration>& due, Duration begin, JsonWriter* json) const;

 private:
  explicit WebhookSink(std::size_t alerts) : arrivals_(alerts), posts_with_(alerts) {}

  HttpServer::Response Take(const HttpServer::Request& request);

  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
  std::atomic<std::size_t> seen_ = 0;       // Alerts; the rest is the server's thread's until Stop.
  std::vector<Duration> arrivals_;          // By number, of the first; zero: none yet.
  std::vector<std::uint64_t> posts_with_;   // By number: the last post that had it.
  std::unordered_set<std::uint64_t> sets_;  // Hashes of the sets of alerts that were delivered.
  std::uint64_t posts_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t duplicate_posts_ = 0;
  std::uint64_t largest_body_ = 0;
  Duration first_post_{};
};

}  // namespace tocsin::load
