#pragma once

// Name lookups that hold nobody up. The system's resolver blocks for as long as it likes and cannot
// be interrupted, so each lookup has a thread of its own that nobody waits for: neither another
// host's lookup, nor a call that has run out of time, nor the end of the program. How many there
// can be is limited. Belongs to the net thread, destruction included.

#include "base/result.h"
#include "base/time.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tocsin::net {

class LoopGate;

// Numeric, in the order in which they are to be tried; at least one.
using HostAddresses = std::vector<std::string>;

// Asks the system. Blocks; from any thread.
Result<HostAddresses> LookUpAddresses(const std::string& host);

class NameLookup : public std::enable_shared_from_this<NameLookup> {
 public:
  using Done = std::function<void(const Result<HostAddresses>&)>;

  struct Options {
    std::function<Result<HostAddresses>(const std::string&)> look_up = LookUpAddresses;
    std::size_t running_per_host_max = 4;
    std::size_t running_max = 256;
    std::size_t waiting_per_lookup_max = 256;
    // Who asks for a host joins the lookup that runs already. One that has run for longer than this
    // may be stuck where a new one is not.
    Duration join_within = std::chrono::seconds(5);
  };

  // Answers come through the gate: one that is late, after it was closed, is dropped.
  NameLookup(std::shared_ptr<LoopGate> gate, Options options);

  // `done` comes at most once, never inside Start, and not after this object is gone. It comes when
  // the system answers, if it ever does: who waits has a limit of his own, and minds no late
  // answer.
  void Start(const std::string& host, Done done);

 private:
  using LookupId = std::uint64_t;

  struct Lookup {
    std::string host;
    Duration started;  // Monotonic.
    std::vector<Done> waiting;
  };

  void Reply(Done done, Result<HostAddresses> result);
  // Null at the limit.
  Lookup* FindOrLaunch(const std::string& host);
  void Launch(LookupId id, const std::string& host);
  void OnAnswer(LookupId id, const Result<HostAddresses>& result);

  std::shared_ptr<LoopGate> gate_;
  Options options_;
  LookupId last_id_ = 0;
  std::map<LookupId, Lookup> running_;  // The newest last.
};

}  // namespace tocsin::net
