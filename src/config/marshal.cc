#include "base/duration.h"
#include "config/config.h"
#include "config/marshal_parts.h"

#include <string>
#include <string_view>

namespace tocsin::config {
namespace {

void WriteGroupBy(const RouteConfig& route, YamlWriter* writer) {
  if (!route.group_by) return;
  if (route.group_by_all) {
    writer->TextsIfAny("group_by", {"..."});
  } else if (route.group_by->empty()) {
    // Alertmanager leaves this out, and then reads it as inherited.
    writer->EmptyList("group_by");
  } else {
    writer->TextsIfAny("group_by", *route.group_by);
  }
}

void WriteTimer(std::string_view key, const std::optional<Duration>& value, YamlWriter* writer) {
  if (value) writer->Text(key, FormatPrometheusDuration(*value));
}

void WriteRoute(const RouteConfig& route, YamlWriter* writer) {
  writer->TextIfAny("receiver", route.receiver);
  WriteGroupBy(route, writer);
  WriteMatcherForms(route, {"match", "match_re", "matchers"}, writer);
  writer->TextsIfAny("mute_time_intervals", route.mute_time_intervals);
  writer->TextsIfAny("active_time_intervals", route.active_time_intervals);
  writer->Bool("continue", route.continue_matching);
  if (!route.routes.empty()) {
    writer->BeginList("routes");
    for (const RouteConfig& child : route.routes) {
      writer->BeginItem();
      WriteRoute(child, writer);
      writer->EndItem();
    }
    writer->EndList();
  }
  WriteTimer("group_wait", route.group_wait, writer);
  WriteTimer("group_interval", route.group_interval, writer);
  WriteTimer("repeat_interval", route.repeat_interval, writer);
  writer->MapIfAny("labels", route.labels);
}

}  // namespace

std::string MarshalForAlertmanager(const Config& config) {
  YamlWriter writer;
  WriteGlobal(config.global, &writer);
  writer.BeginMapping("route");
  WriteRoute(config.route, &writer);
  writer.EndMapping();
  WriteInhibitRules(config.inhibit_rules, &writer);
  if (!config.receivers.empty()) {
    writer.BeginList("receivers");
    for (const ReceiverConfig& receiver : config.receivers) {
      writer.BeginItem();
      WriteReceiver(receiver, &writer);
      writer.EndItem();
    }
    writer.EndList();
  }
  if (config.templates.empty()) {
    writer.EmptyList("templates");
  } else {
    writer.TextsIfAny("templates", config.templates);
  }
  WriteTimeIntervals("mute_time_intervals", config.mute_time_intervals, &writer);
  WriteTimeIntervals("time_intervals", config.time_intervals, &writer);
  if (config.tracing) WriteTracing(*config.tracing, &writer);
  if (config.event_recorder) WriteEventRecorder(*config.event_recorder, &writer);
  return writer.Take();
}

}  // namespace tocsin::config
