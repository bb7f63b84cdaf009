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
  model::MatcherSyntax syntax;
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

void AddMatcher(const Source& source, const YamlNode& node, Result<model::Matcher> matcher,
                model::Matchers* out) {
  if (matcher) {
    out->push_back(*std::move(matcher));
  } else {
    source.Error(node, matcher.error().message);
  }
}

// The two old forms, whose names are classic label names in every mode.
void ReadMatchMap(const RouteContext& context, ObjectReader* reader, bool regex, RouteConfig* out) {
  const std::string_view key = regex ? "match_re" : "match";
  auto& written = regex ? out->match_re : out->match;
  if (!reader->Read(key, &written)) return;
  for (const YamlNode::Entry& entry : reader->Get(key)->entries()) {
    const std::string& name = entry.key->text();
    const std::string& value = entry.value->text();
    if (!model::IsClassicLabelName(name)) {
      context.source.Error(*entry.key, "invalid label name " + GoQuote(name));
    } else if (regex && entry.value->is_null()) {
      context.source.Error(*entry.value, "invalid regexp value for " + GoQuote(name));
    } else if (regex) {
      AddMatcher(context.source, *entry.value,
                 model::Matcher::Create(name, model::MatchOp::kRegex, "^(?:" + value + ")$"),
                 &out->matchers);
    } else {
      AddMatcher(context.source, *entry.value,
                 model::Matcher::Create(name, model::MatchOp::kEqual, value), &out->matchers);
    }
  }
}

void ReadMatchers(const RouteContext& context, ObjectReader* reader, RouteConfig* out) {
  for (const YamlNodePtr& item : reader->ReadList("matchers")) {
    if (item->is_sequence() || item->is_mapping()) {
      context.source.Error(*item, "matchers: an item must be a string, not " +
                                      std::string(KindName(*item)) + "; does it need quotes?");
      continue;
    }
    auto parsed = model::ParseMatchers(item->text(), context.syntax);
    if (!parsed) {
      context.source.Error(*item, parsed.error().message);
      continue;
    }
    if (!parsed->warning.empty()) context.source.Warning(*item, parsed->warning);
    for (model::Matcher& matcher : parsed->matchers) {
      out->listed_matchers.push_back(std::move(matcher));
    }
  }
  std::sort(out->listed_matchers.begin(), out->listed_matchers.end());
  out->matchers.insert(out->matchers.end(), out->listed_matchers.begin(),
                       out->listed_matchers.end());
}

void ReadTimers(ObjectReader* reader, RouteConfig* out) {
  reader->ReadDuration("group_wait", &out->group_wait);
  reader->ReadDuration("group_interval", &out->group_interval);
  reader->ReadDuration("repeat_interval", &out->repeat_interval);
  if (out->group_interval == Duration::zero()) {
    reader->Error("group_interval", "group_interval cannot be zero");
  }
  if (out->repeat_interval == Duration::zero()) {
    reader->Error("repeat_interval", "repeat_interval cannot be zero");
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
  if (!reader->ReadList("mute_time_intervals").empty()) {
    reader->Error("mute_time_intervals", "root route must not have any mute time intervals");
  }
  if (!reader->ReadList("active_time_intervals").empty()) {
    reader->Error("active_time_intervals", "root route must not have any active time intervals");
  }
}

RouteConfig ReadNode(const RouteContext& context, const YamlNodePtr& node, bool is_root) {
  ObjectReader reader(context.source, node, "route");
  RouteConfig route;
  route.position = context.source.At(*node);
  reader.Read("receiver", &route.receiver);
  if (!route.receiver.empty() && !context.receivers.contains(route.receiver)) {
    reader.Error("receiver", "undefined receiver " + GoQuote(route.receiver) + " used in route");
  }
  ReadGroupBy(context, &reader, &route);
  reader.Read("continue", &route.continue_matching);
  ReadMatchMap(context, &reader, false, &route);
  ReadMatchMap(context, &reader, true, &route);
  ReadMatchers(context, &reader, &route);
  std::sort(route.matchers.begin(), route.matchers.end());
  ReadTimers(&reader, &route);
  if (is_root) {
    CheckRoot(&reader, route);
  } else {
    reader.NotSupportedYet("mute_time_intervals");
    reader.NotSupportedYet("active_time_intervals");
  }
  reader.NotSupportedYet("labels");
  for (const YamlNodePtr& child : reader.ReadList("routes")) {
    if (child->is_null()) {
      context.source.Error(*child, "a route must not be empty");
    } else {
      route.routes.push_back(ReadNode(context, child, false));
    }
  }
  reader.Finish();
  return route;
}

}  // namespace

RouteConfig ReadRoute(const Source& source, const YamlNodePtr& node,
                      const std::vector<ReceiverConfig>& receivers, model::MatcherSyntax syntax) {
  std::set<std::string> names;
  for (const ReceiverConfig& receiver : receivers) names.insert(receiver.name);
  return ReadNode({source, names, syntax}, node, true);
}

}  // namespace tocsin::config
