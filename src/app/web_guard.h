#pragma once

// What stands before the API where --web.config.file asks for it: authentication, a limit on
// requests, headers of all answers. The file is looked at for each request; while it is broken,
// what it said before goes on, and the log says so: a slip of the pen must not lock the alerts out.
// Handle is called on the HTTP threads, and answers from them or from a thread of its own.

#include "api/api.h"
#include "base/clock.h"
#include "base/published.h"
#include "base/worker_pool.h"
#include "config/web_config.h"
#include "net/server_tls.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

namespace tocsin::app {

class WebGuard {
 public:
  using Next = std::function<void(net::ServerRequest, api::Respond)>;

  // `tls` is null if the server speaks in the clear; else it takes from here what changes in the
  // file, and is not used any more when this is destroyed.
  WebGuard(std::string path, config::WebConfig config, std::shared_ptr<net::ServerTls> tls);

  void Handle(net::ServerRequest request, api::Respond respond, const Next& next);
  // Waits for the comparison at hand; who waits for another, and who comes later, gets a 503.
  void Stop();

 private:
  // Which version of the file it is.
  struct Version {
    std::int64_t modified_nanos = 0;
    std::uint64_t inode = 0;
    std::int64_t bytes = -1;
    bool operator==(const Version&) const = default;
  };

  static Version Look(const std::string& path);
  std::shared_ptr<const config::WebConfig> Current();
  Status Reload();
  bool WithinRate(const config::WebConfig& config);
  // Passwords that were good. Bad ones are compared each time: nobody can push the good ones out.
  bool IsKnown(const std::string& key);
  void Remember(const std::string& key);

  const std::string path_;
  const std::shared_ptr<net::ServerTls> tls_;
  Published<config::WebConfig> config_;

  std::mutex file_mutex_;
  // Guarded by file_mutex_.
  Version version_;
  bool failing_ = false;  // The last attempt to take it over: tried again, said once.
  Duration tried_at_{};   // As of MonotonicNow.

  std::mutex rate_mutex_;
  // Guarded by rate_mutex_.
  double tokens_ = 0;
  Duration filled_{};  // MonotonicNow. 0: never.

  std::mutex known_mutex_;
  std::unordered_set<std::string> known_;  // Guarded by known_mutex_.

  std::atomic<bool> stopping_{false};
  // One comparison at a time: they are made to be expensive.
  WorkerPool comparisons_;
};

}  // namespace tocsin::app
