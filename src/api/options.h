#pragma once

// What the API needs from the rest of the server. Values and pointers; what is pointed to outlives
// every request.

#include "base/clock.h"
#include "base/http_message.h"
#include "base/published.h"
#include "base/result.h"
#include "base/time.h"
#include "base/worker_pool.h"
#include "config/config.h"
#include "core/core_thread.h"
#include "model/matcher.h"
#include "net/http_server.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::api {

class Readers;

struct BuildInfo {
  std::string version;               // Ours.
  std::string alertmanager_version;  // The one that we behave like; what tools compare.
  std::string compiler;              // Shown where Go programs show their Go version.
};

// What clients see of us where Alertmanager shows its cluster.
struct ClusterMember {
  std::string name;
  std::string address;  // `10.0.0.1:9094`
};

// `handler` is a path of the list of routes, or "other".
struct Answered {
  std::string_view handler;
  std::string_view method;
  int status = 0;
  Duration took{};
  std::size_t body_bytes = 0;
  bool plain = false;  // Not of an API.
};

// URLs where alerts of rules are posted, without credentials.
struct Alertmanagers {
  std::vector<std::string> active;
  std::vector<std::string> dropped;  // By relabelling.
};

// A POST of alerts.
struct ReceivedAlerts {
  std::uint64_t firing = 0;
  std::uint64_t resolved = 0;
  std::uint64_t invalid = 0;
  Duration routing{};  // How long the core took over them.
};

// What a datasource answered, or why there is no answer.
struct QueryFailure {
  int status = 502;
  std::string message;
};
using QueryAnswer = tl::expected<HttpResponse, QueryFailure>;

struct Options {
  core::CoreThread* core = nullptr;
  WorkerPool* workers = nullptr;
  Readers* readers = nullptr;
  const Clock* clock = nullptr;
  // The configuration in effect; null until the first one is.
  const Published<config::Config>* config = nullptr;

  // All functions may be called from any thread, several at a time, and must not block.
  // Answers once, on any thread, with the text exposition format.
  std::function<void(std::function<void(std::string)>)> metrics;
  std::function<void(std::function<void(Status)>)> reload;  // Answers once, on any thread.
  // Writes to `history_path` what was decided up to now. On a reader's thread, which it keeps for a
  // moment.
  std::function<void()> flush_history;
  // history::Ledger::Stats::unwritten_since. Any thread.
  std::function<Time()> history_unwritten_since;
  // Has a datasource answer the request; once, on any thread, perhaps inside the call.
  std::function<void(const net::ServerRequest&, std::function<void(QueryAnswer)>)> query;
  // False while clients that read slowly hold the memory for large answers: to make one is in vain.
  std::function<bool()> large_answers_fit;
  std::function<void(const ReceivedAlerts&)> alerts_received;
  std::function<void(const Answered&)> answered;  // A request; for whoever counts them.
  std::function<Alertmanagers()> alertmanagers;   // Further ones, as discovery has found them.

  std::string history_path;  // history.db
  std::string external_url;  // Where people reach us, if that is not what Host says.
  std::string route_prefix;  // See RoutePrefix.
  // The names of this machine, in lower case. A page that was loaded from one of them, or from an
  // address, is ours; any other name may be one that somebody has pointed at us.
  std::vector<std::string> own_hosts;
  std::optional<model::Regex> trusted_origins;  // Whose pages may write as ours do.
  std::optional<ClusterMember> cluster;         // Ourselves, alone; nothing: there is no cluster.
  Time started{};
  BuildInfo build;
  model::MatcherSyntax syntax = model::MatcherSyntax::kFallback;
  int get_concurrency = 0;  // 0 or less: 256.
};

}  // namespace tocsin::api
