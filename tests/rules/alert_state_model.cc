#include "tests/rules/alert_state_model.h"

#include <algorithm>

namespace tocsin::rules {
namespace {

std::string Text(Time time) {
  return FormatRfc3339Nano(time);
}

}  // namespace

void AlertStateModel::Evaluate(Time ts, const Vector& vector) {
  std::map<std::string, double> candidates;
  for (const auto& [instance, value] : vector) {
    // Two samples of one identity: the evaluation fails before anything is touched.
    if (!candidates.emplace(instance, value).second) return SendAll(ts);
  }
  for (const auto& [instance, value] : candidates) {
    const auto it = alerts_.find(instance);
    if (it == alerts_.end() || it->second.state == State::kInactive) {
      alerts_[instance] = Alert();
      alerts_[instance].active_at = ts;
    }
    alerts_[instance].value = value;
  }
  int active = 0;
  for (auto it = alerts_.begin(); it != alerts_.end();) {
    const bool stays = Step(ts, candidates.contains(it->first), &it->second);
    if (stays && it->second.state != State::kInactive) ++active;
    it = stays ? std::next(it) : alerts_.erase(it);
  }
  if (settings_.limit > 0 && active > settings_.limit) {
    alerts_.clear();
    return;
  }
  SendAll(ts);
  WriteSeries();
}

bool AlertStateModel::Step(Time ts, bool present, Alert* alert) {
  if (alert->state == State::kInactive) {
    return ts - *alert->resolved_at <= std::chrono::minutes(15);
  }
  if (present) {
    alert->changed = alert->changed || alert->keep_firing_since;
    alert->keep_firing_since.reset();
  } else if (alert->state == State::kPending) {
    return false;
  } else if (settings_.keep_firing_for == Duration::zero()) {
    Resolve(ts, alert);
    return true;
  } else {
    if (!alert->keep_firing_since) {
      alert->keep_firing_since = ts;
      alert->changed = true;
    }
    if (ts - *alert->keep_firing_since >= settings_.keep_firing_for) {
      Resolve(ts, alert);
      return true;
    }
  }
  if (alert->state == State::kPending && ts - alert->active_at >= settings_.hold) {
    alert->state = State::kFiring;
    alert->fired_at = ts;
    alert->changed = true;
  }
  if (alert->state == State::kFiring && ts - alert->active_at < settings_.hold) {
    alert->state = State::kPending;
    alert->fired_at.reset();
    alert->sent_at.reset();
    alert->keep_firing_since.reset();
    alert->changed = true;
  }
  return true;
}

void AlertStateModel::Resolve(Time ts, Alert* alert) {
  alert->state = State::kInactive;
  alert->resolved_at = ts;
  alert->changed = true;
}

void AlertStateModel::SendAll(Time ts) {
  for (auto& [instance, alert] : alerts_) {
    const bool old = alert.resolved_at && ts - *alert.resolved_at > std::chrono::minutes(15);
    const bool end_is_news =
        alert.resolved_at && (!alert.sent_at || *alert.resolved_at > *alert.sent_at);
    const bool due = !alert.sent_at || *alert.sent_at + settings_.resend_delay < ts;
    if (alert.state != State::kPending && !old && (end_is_news || due)) {
      const Duration round =
          std::max({settings_.interval, settings_.resend_delay, settings_.query_timeout});
      alert.sent_at = ts;
      log_.push_back("sent " + instance + " " + Text(*alert.fired_at) + " " +
                     Text(alert.resolved_at.value_or(ts + 4 * round)) + "\n");
    }
  }
}

void AlertStateModel::WriteSeries() {
  std::set<std::string> series;
  for (auto& [instance, alert] : alerts_) {
    // This is also when what has changed is stored.
    if (std::exchange(alert.changed, false)) alert.stored_value = alert.value;
    if (alert.state == State::kInactive) continue;
    const std::string state = alert.state == State::kFiring ? "firing" : "pending";
    const long long active = alert.active_at.time_since_epoch() / std::chrono::seconds(1);
    series.insert("ALERTS " + instance + " " + state);
    series.insert("ALERTS_FOR_STATE " + instance);
    log_.push_back("wrote ALERTS " + instance + " " + state + " 1\n");
    log_.push_back("wrote ALERTS_FOR_STATE " + instance + " " + std::to_string(active) + "\n");
  }
  for (const std::string& before : written_) {
    if (!series.contains(before)) log_.push_back("wrote " + before + " stale\n");
  }
  written_ = std::move(series);
}

void AlertStateModel::QueryFailed(Time ts) {
  if (settings_.resolve_on_error) return Evaluate(ts, {});
  SendAll(ts);
}

void AlertStateModel::Restart(Time now) {
  for (auto& [instance, alert] : alerts_) {
    alert.value = alert.stored_value;
    alert.sent_at.reset();
  }
  written_.clear();
  SendAll(now);
}

std::string AlertStateModel::TakeLog() {
  std::sort(log_.begin(), log_.end());
  std::string text;
  for (const std::string& line : std::exchange(log_, {})) text += line;
  for (const auto& [instance, alert] : alerts_) {
    if (alert.state == State::kInactive) continue;
    text += "is " + instance + (alert.state == State::kFiring ? " firing " : " pending ") +
            std::to_string(alert.value) + " " + Text(alert.active_at) + " " +
            (alert.keep_firing_since ? Text(*alert.keep_firing_since) : "-") + "\n";
  }
  return text;
}

}  // namespace tocsin::rules
