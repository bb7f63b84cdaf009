#pragma once

// Writes the samples of rules to remote-write endpoints, each with a queue of its own, so that one
// that is away holds up no other. A request is encoded on a worker and sent by the HTTP client.
//
// Core thread, but for endpoints(). Lives across reloads: what waits for an endpoint that stays is
// kept. What it points to must outlive it.

#include "base/clock.h"
#include "base/published.h"
#include "base/time.h"
#include "base/worker_pool.h"
#include "config/config.h"
#include "core/inbox.h"
#include "core/series_writer.h"
#include "datasource/request_durations.h"
#include "net/http_client.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::datasource {

// Of one endpoint, since the start; written by the core thread, read by any.
struct RemoteWriteStats {
  std::atomic<std::uint64_t> taken{0}, sent{0}, retried{0}, refused{0}, overflowed{0};
  std::atomic<std::uint64_t> relabelled_away{0}, pending{0}, bytes{0};
  RequestDurations requests;
  // Unix milliseconds of the newest samples; 0: there were none.
  std::atomic<std::int64_t> newest_taken{0}, newest_accepted{0};
};

struct RemoteWriteView {
  std::string name, url;  // The URL without credentials.
  std::uint64_t capacity = 0, max_samples_per_send = 0;
  std::shared_ptr<const RemoteWriteStats> stats;
};

class RemoteWriter final : public core::SeriesWriter {
 public:
  struct Dependencies {
    net::HttpClient* http = nullptr;
    WorkerPool* workers = nullptr;
    core::Inbox* inbox = nullptr;
    // Calls the function once, on any thread but not inside this call, after the delay.
    std::function<void(Duration, std::function<void()>)> run_after;
    std::function<Duration()> monotonic_now = MonotonicNow;
    std::string user_agent;
  };

  explicit RemoteWriter(Dependencies dependencies);
  ~RemoteWriter() override;

  // The endpoints from now on. One with the name of one from before takes over its queue.
  // `default_datasource` is what SeriesWrite means where it names none.
  void SetEndpoints(const std::vector<config::RemoteWriteConfig>& endpoints,
                    std::string_view default_datasource, const model::LabelSet& external_labels);
  void Write(rules::SeriesWrite write, Callback done) override;
  // Before the process ends: what waits goes out without a pause; what an endpoint that fails does
  // not take is lost. Calls `done` once, maybe inside this call, when nothing is left.
  void Drain(const std::function<void()>& done);

  // In the order of the configuration; null before the first. Any thread.
  std::shared_ptr<const std::vector<RemoteWriteView>> endpoints() const { return views_.Get(); }

 private:
  class Endpoint;

  // Whose acknowledgement counts for a datasource: the first that belongs to it; null: none does.
  Endpoint* AwaitedFor(std::string_view datasource) const;

  const std::shared_ptr<const Dependencies> deps_;
  std::vector<std::shared_ptr<Endpoint>> endpoints_;
  std::string default_datasource_;
  Published<std::vector<RemoteWriteView>> views_;
};

}  // namespace tocsin::datasource
