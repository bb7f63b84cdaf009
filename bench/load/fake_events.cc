#include "bench/load/fake_events.h"

#include "base/json_writer.h"
#include "bench/load/measures.h"

namespace tocsin::load {

std::size_t FakeEvents::Add(const FakeEvent& event) {
  events_.push_back(event);
  return events_.size() - 1;
}

void FakeEvents::SetSent(std::size_t position, Duration when) {
  if (position < events_.size()) events_[position].sent = when;
}

void FakeEvents::Clear() {
  events_.clear();
  counters = {};
}

std::string FakeEvents::CountersJson() const {
  std::string out;
  JsonWriter json(&out);
  const auto put = [&](std::string_view name, std::uint64_t value) {
    json.Key(name).Int(static_cast<std::int64_t>(value));
  };
  json.BeginObject();
  put("queries", counters.queries);
  put("series", counters.series);
  put("writes", counters.writes);
  put("alert_posts", counters.alert_posts);
  put("alerts", counters.alerts);
  put("alert_bytes", counters.alert_bytes);
  put("notifications", counters.notifications);
  put("notified_alerts", counters.notified_alerts);
  put("other_requests", counters.other_requests);
  json.Key("own_cpu_s").Double(OwnCpuSeconds());
  json.EndObject();
  return out;
}

std::string FakeEvents::Lines() const {
  std::string out;
  for (const FakeEvent& event : events_) {
    out += static_cast<char>(event.kind);
    out += ' ' + std::to_string(event.key);
    for (const Duration when : {event.begin, event.end, event.sent}) {
      out += ' ' + std::to_string(when.count());
    }
    out += ' ' + std::to_string(event.items) + '\n';
  }
  return out;
}

}  // namespace tocsin::load
