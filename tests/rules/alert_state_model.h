#pragma once

// The states of one rule's alerts, literally as Prometheus's rules are specified and without a line
// of the ruler's code: slow, one map, everything looked at each time. The ruler is held against it.

#include "base/time.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::rules {

class AlertStateModel {
 public:
  struct Settings {
    Duration interval{}, resend_delay{}, query_timeout{};
    Duration hold{}, keep_firing_for{};
    int limit = 0;
    bool resolve_on_error = false;
  };
  using Vector = std::vector<std::pair<std::string, double>>;  // Series by their instance.

  explicit AlertStateModel(const Settings& settings) : settings_(settings) {}

  void Evaluate(Time ts, const Vector& vector);
  void QueryFailed(Time ts);
  // `for`, keep_firing_for and limit of now; alerts stay.
  void Reload(const Settings& settings) { settings_ = settings; }
  // The process dies and starts again at `now`.
  void Restart(Time now);

  // What it came to since the last call: what was sent and written; and how all alerts are now.
  std::string TakeLog();

 private:
  enum class State { kPending, kFiring, kInactive };
  struct Alert {
    State state = State::kPending;
    double value = 0;
    Time active_at{};
    std::optional<Time> fired_at, resolved_at, sent_at, keep_firing_since;
    // As of the last change that is stored.
    double stored_value = 0;
    bool changed = true;
  };

  bool Step(Time ts, bool present, Alert* alert);
  void Resolve(Time ts, Alert* alert);
  void SendAll(Time ts);
  void WriteSeries();

  Settings settings_;
  std::map<std::string, Alert> alerts_;
  std::set<std::string> written_;
  std::vector<std::string> log_;
};

}  // namespace tocsin::rules
