#pragma once

// Who may talk to a destination now, and who waits: a first-in first-out queue and a concurrency
// limit for each, so that one hanging server holds up nobody else. Single-threaded.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>

namespace tocsin::net {

using CallId = std::uint64_t;

class DestinationQueues {
 public:
  enum class Admission { kRun, kWait, kFull };

  explicit DestinationQueues(std::size_t waiting_max) : waiting_max_(waiting_max) {}

  // kRun takes a turn, which Leave gives back. Among the limits of those that are in the queue or
  // have its turns the highest counts.
  Admission Enter(const std::string& destination, CallId id, std::size_t running_max,
                  std::size_t waiting_max = std::numeric_limits<std::size_t>::max()) {
    Queue& queue = queues_[destination];
    queue.running_max = std::max(queue.running_max, running_max);
    if (queue.running < queue.running_max) {
      ++queue.running;
      return Admission::kRun;
    }
    if (queue.waiting.size() >= std::min(waiting_max, waiting_max_)) return Admission::kFull;
    queue.waiting.push_back(id);
    return Admission::kWait;
  }

  // Gives a turn back; the next in line, if any, has it now.
  std::optional<CallId> Leave(const std::string& destination) {
    const auto it = queues_.find(destination);
    Queue& queue = it->second;
    if (!queue.waiting.empty()) {
      const CallId next = queue.waiting.front();
      queue.waiting.pop_front();
      return next;
    }
    if (--queue.running == 0) queues_.erase(it);
    return std::nullopt;
  }

  // Of one that waits.
  void Withdraw(const std::string& destination, CallId id) {
    std::deque<CallId>& waiting = queues_.find(destination)->second.waiting;
    waiting.erase(std::remove(waiting.begin(), waiting.end(), id), waiting.end());
  }

  std::size_t destination_count() const { return queues_.size(); }

 private:
  struct Queue {
    std::size_t running = 0;
    std::size_t running_max = 0;
    std::deque<CallId> waiting;
  };

  std::size_t waiting_max_;
  std::unordered_map<std::string, Queue> queues_;
};

}  // namespace tocsin::net
