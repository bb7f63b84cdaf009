#include "base/duration.h"
#include "base/text.h"
#include "config/load_parts.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin::config {
namespace {

constexpr std::string_view kGroupByAll = "...";

struct RouteContext {
  const Source& source;
  const std::set<std::string>& receivers;
  const std::set<std::string>& time_intervals;
  model::MatcherSyntax syntax;
  Duration data_retention;  // 0: not known.
};

// For what is compared with what a node inherits.
struct Timers {
  Duration group_interval = std::chrono::minutes(5);
  Duration repeat_interval = std::chrono::hours(4);
};

void CheckGroupBy(const RouteContext& context, const std::vector<YamlNodePtr>& items,
                  RouteConfig* out) {
  std::set<std::string> seen;
  std::vector<std::string> names;
  for (const YamlNodePtr& item : items) {
    const std::string& name = item->text();
    if (name == kGroupByAll) {
      out->group_by_all = true;
    } else if (item->is_sequence() || item->is_mapping()) {
      continue;  // Reported where the list was read.
    } else if (!model::IsValidLabelName(name, context.syntax)) {
      context.source.Error(*item, "invalid label name " + GoQuote(name) + " in group_by list");
    } else if (!seen.insert(name).second) {
      context.source.Error(*item, "duplicated label " + GoQuote(name) + " in group_by");
    } else {
      names.push_back(name);
    }
  }
  out->group_by = std::move(names);
}

void ReadGroupBy(const RouteContext& context, ObjectReader* reader, RouteConfig* out) {
  const YamlNodePtr node = reader->Get("group_by");
  if (node == nullptr) return;
  std::vector<std::string> written;
  if (!reader->Read("group_by", &written)) return;
  CheckGroupBy(context, node->items(), out);
  if (out->group_by_all && !out->group_by->empty()) {
    reader->Error("group_by",
                  "cannot have wildcard group_by (`...`) and other labels at the same time");
  }
}

void ReadTimers(const RouteContext& context, ObjectReader* reader, Timers* timers,
                RouteConfig* out) {
  reader->ReadDuration("group_wait", &out->group_wait);
  reader->ReadDuration("group_interval", &out->group_interval);
  reader->ReadDuration("repeat_interval", &out->repeat_interval);
  if (out->group_interval == Duration::zero()) {
    reader->Error("group_interval", "group_interval cannot be zero");
  }
  if (out->repeat_interval == Duration::zero()) {
    reader->Error("repeat_interval", "repeat_interval cannot be zero");
  }
  const Duration retention = context.data_retention;
  if (retention != Duration::zero() && out->repeat_interval > retention) {
    context.source.diagnostics->AddWarning(
        reader->At("repeat_interval"),
        "repeat_interval is more than --data.retention: what was notified is forgotten after " +
            FormatPrometheusDuration(retention) + ", and repeated then");
  }
  const bool set = out->group_interval || out->repeat_interval;
  const bool zero = out->repeat_interval == Duration::zero();
  timers->group_interval = out->group_interval.value_or(timers->group_interval);
  timers->repeat_interval = out->repeat_interval.value_or(timers->repeat_interval);
  if (set && !zero && timers->repeat_interval < timers->group_interval) {
    context.source.diagnostics->AddWarning(
        reader->At(out->repeat_interval ? "repeat_interval" : "group_interval"),
        "repeat_interval is less than group_interval: notifications are repeated at every "
        "group_interval");
  }
}

void ReadIntervalNames(const RouteContext& context, ObjectReader* reader, std::string_view key,
                       std::vector<std::string>* out) {
  if (!reader->Read(key, out)) return;
  for (const YamlNodePtr& item : reader->ReadList(key)) {
    if (!item->is_scalar() && !item->is_null()) continue;  // Reported already.
    if (context.time_intervals.contains(item->text())) continue;
    context.source.Error(*item,
                         "undefined time interval " + GoQuote(item->text()) + " used in route");
  }
}

void ReadLabels(const RouteContext& context, ObjectReader* reader, RouteConfig* out) {
  if (!reader->Read("labels", &out->labels)) return;
  const YamlNode& node = *reader->Get("labels");
  out->label_places = PlacesOf(context.source, node);
  for (const YamlNode::Entry& entry : node.entries()) {
    const std::string& name = entry.key->text();
    if (model::IsValidLabelName(name, context.syntax)) continue;
    context.source.Error(*entry.key, "invalid label name " + GoQuote(name) + " in route labels");
  }
}

void CheckRoot(ObjectReader* reader, const RouteConfig& root) {
  if (root.receiver.empty()) {
    reader->Error("receiver", "root route must specify a default receiver");
  }
  const bool has_matchers = !root.matchers.empty() || !root.match.empty() || !root.match_re.empty();
  if (has_matchers) {
    const std::string_view key = !root.match.empty()      ? "match"
                                 : !root.match_re.empty() ? "match_re"
                                                          : "matchers";
    reader->Error(key, "root route must not have any matchers");
  }
  if (root.continue_matching) reader->Error("continue", "cannot have continue in root route");
  if (!root.mute_time_intervals.empty()) {
    reader->Error("mute_time_intervals", "root route must not have any mute time intervals");
  }
  if (!root.active_time_intervals.empty()) {
    reader->Error("active_time_intervals", "root route must not have any active time intervals");
  }
}

RouteConfig ReadNode(const RouteContext& context, const YamlNodePtr& node, bool is_root,
                     Timers timers) {
  ObjectReader reader(context.source, node, "route");
  RouteConfig route;
  route.position = context.source.At(*node);
  reader.Read("receiver", &route.receiver);
  if (!route.receiver.empty() && !context.receivers.contains(route.receiver)) {
    reader.Error("receiver", "undefined receiver " + GoQuote(route.receiver) + " used in route");
  }
  ReadGroupBy(context, &reader, &route);
  reader.Read("continue", &route.continue_matching);
  static_cast<MatcherForms&>(route) =
      ReadMatcherForms(context.source, {"match", "match_re", "matchers"}, context.syntax, &reader);
  ReadTimers(context, &reader, &timers, &route);
  ReadIntervalNames(context, &reader, "mute_time_intervals", &route.mute_time_intervals);
  ReadIntervalNames(context, &reader, "active_time_intervals", &route.active_time_intervals);
  ReadLabels(context, &reader, &route);
  if (is_root) CheckRoot(&reader, route);
  for (const YamlNodePtr& child : reader.ReadList("routes")) {
    if (child->is_null()) {
      context.source.Error(*child, "a route must not be empty");
    } else {
      route.routes.push_back(ReadNode(context, child, false, timers));
    }
  }
  reader.Finish();
  return route;
}

}  // namespace

RouteConfig ReadRoute(const Source& source, const YamlNodePtr& node,
                      const std::vector<ReceiverConfig>& receivers,
                      const std::set<std::string>& time_intervals, const LoadOptions& options) {
  std::set<std::string> names;
  for (const ReceiverConfig& receiver : receivers) names.insert(receiver.name);
  return ReadNode({source, names, time_intervals, options.matcher_syntax, options.data_retention},
                  node, true, {});
}

}  // namespace tocsin::config
