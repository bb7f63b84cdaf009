#pragma once

// The way of every GET that shows the core's state. The core thread takes a snapshot in slices, a
// reader makes the answer of it. What turns out to be large steps back and begins again where large
// ones wait for each other, so that the small ones, a status or one alert, never wait behind them;
// those who wait there for the same are answered together, with one body.
//
//   HTTP thread: handler ─► lane of the small ─► core thread: slices ─► reader: answer
//                                                     └ too much ─► lane of the large ─► again

#include "api/exchange.h"
#include "base/lane.h"
#include "base/worker_pool.h"
#include "core/control.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tocsin::api {

// One read. Made on the core thread.
class Read {
 public:
  virtual ~Read() = default;
  // Core thread: takes a slice of what the answer needs, a fraction of a millisecond long. True if
  // that was all.
  virtual bool Take(core::Control& control, Time now) = 0;
  // How many alerts, silences or the like have been taken.
  virtual std::size_t size() const = 0;
  // Reader, once. May use up what was taken.
  virtual HttpResponse Answer() = 0;
};
using MakeRead = std::function<std::unique_ptr<Read>()>;

void AnswerRead(const ExchangePtr& exchange, MakeRead make);

// What one look at the core brings.
struct Snapshot {
  std::size_t size = 0;
  std::function<HttpResponse()> answer;  // On a reader.
};
// Called on the core thread: copies what the answer needs, quickly.
using TakeSnapshot = std::function<Snapshot(core::Control&, Time now)>;

// A read without slices.
void AnswerFromSnapshot(const ExchangePtr& exchange, TakeSnapshot take);

// The threads that make answers to reads, and who may use them when. Safe from any thread; Stop and
// the destructor belong to the owner's.
class Readers {
 public:
  // `niceness` as in WorkerPool: reading must not hold up paging.
  explicit Readers(int niceness = 0);
  ~Readers() { Stop(); }

  // For what reads the history and takes long. False: too many do.
  [[nodiscard]] bool TryReadHistory(std::function<void()> read);

  // What waits goes unanswered. After the core and before what the answers need.
  void Stop();

 private:
  friend class ReadInProgress;
  friend void AnswerRead(const ExchangePtr& exchange, MakeRead make);

  using Exchanges = std::vector<ExchangePtr>;

  void BeginLarge(const ExchangePtr& exchange, const MakeRead& make);
  Exchanges TakeWaiting(const std::string& target);

  // One more than the large and the history can hold up together.
  static constexpr int kThreads = 3;
  // So few come with each turn of the core, however many ask: what is taken in has its turn, too.
  static constexpr int kSmallPlaces = 2;
  static constexpr std::size_t kWaitingMax = 1'000;
  // Each takes up to seconds, and while it waits one of the places that all GETs have.
  static constexpr std::size_t kHistoryWaitingMax = 32;

  WorkerPool pool_;
  Lane small_{kSmallPlaces, kWaitingMax};
  Lane large_{1, kWaitingMax};
  Lane history_{1, kHistoryWaitingMax};
  std::mutex mutex_;
  // By the target of the request; guarded by mutex_. Those who came while no snapshot for it was
  // begun.
  std::map<std::string, Exchanges> waiting_;
};

}  // namespace tocsin::api
