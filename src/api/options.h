#pragma once

// What the API needs from the rest of the server. Values and pointers; what is pointed to outlives
// every request.

#include "base/result.h"
#include "base/time.h"
#include "base/worker_pool.h"
#include "core/core_thread.h"
#include "model/matcher.h"

#include <cstdint>
#include <functional>
#include <string>

namespace tocsin::api {

struct BuildInfo {
  std::string version;               // Ours.
  std::string alertmanager_version;  // The one that we behave like; what tools compare.
  std::string revision, branch, build_user, build_date;
  std::string compiler;  // Shown where Go programs show their Go version.
};

struct Options {
  core::CoreThread* core = nullptr;
  WorkerPool* workers = nullptr;

  // All functions may be called from any thread, several at a time, and must not block.
  std::function<std::string()> metrics;                     // The text exposition format.
  std::function<void(std::function<void(Status)>)> reload;  // Answers once, on any thread.
  std::function<Status()> ready;                            // Or why not.
  std::function<void(std::uint64_t firing, std::uint64_t resolved, std::uint64_t invalid)>
      alerts_received;

  std::string external_url;  // Where people reach us, if that is not what Host says.
  Time started{};
  BuildInfo build;
  model::MatcherSyntax syntax = model::MatcherSyntax::kFallback;
  int get_concurrency = 0;  // 0 or less: the number of cores, at least 8.
};

}  // namespace tocsin::api
