#include "base/duration.h"
#include "base/hash.h"
#include "config/config.h"
#include "router/route_tree.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

namespace tocsin::vectors {

namespace {

std::vector<std::string> Strings(const boost::json::array& array) {
  std::vector<std::string> strings;
  for (const auto& value : array) strings.emplace_back(value.as_string());
  return strings;
}

std::string Joined(const std::vector<std::string>& strings) {
  std::string joined;
  for (const std::string& string : strings) joined += string + ";";
  return joined;
}

std::string Names(const std::vector<const model::NamedTimeInterval*>& intervals) {
  std::vector<std::string> names;
  for (const auto* interval : intervals) names.push_back(interval->name);
  return Joined(names);
}

void CheckRoute(Case& c, const Line& expected, const router::Route& route,
                const model::LabelSet& labels) {
  c.Expect("receiver", Text(expected, "receiver"), route.receiver);
  c.Expect("key", Text(expected, "key"), route.key);
  c.Expect("route_id", Text(expected, "route_id"), route.id);
  c.Expect("group_by", Joined(Strings(Array(expected, "group_by"))), Joined(route.group_by));
  c.Expect("group_by_all", Flag(expected, "group_by_all"), route.group_by_all);
  c.Expect("group_wait", Text(expected, "group_wait"), FormatGoDuration(route.group_wait));
  c.Expect("group_interval", Text(expected, "group_interval"),
           FormatGoDuration(route.group_interval));
  c.Expect("repeat_interval", Text(expected, "repeat_interval"),
           FormatGoDuration(route.repeat_interval));
  c.Expect("mute_time_intervals", Joined(Strings(Array(expected, "mute_time_intervals"))),
           Names(route.mute_times));
  c.Expect("active_time_intervals", Joined(Strings(Array(expected, "active_time_intervals"))),
           Names(route.active_times));
  const model::LabelSet group_labels = router::GroupLabels(route, labels);
  c.Expect("group_labels", true, group_labels == Labels(Object(expected, "group_labels")));
  const std::string key = router::GroupKey(route, group_labels);
  c.Expect("group_key", Text(expected, "group_key"), key);
  c.Expect("group_key_sha256", Text(expected, "group_key_sha256"), Sha256Hex(key));
}

void CheckRouting(Case& c) {
  const config::LoadResult loaded = config::LoadText(Text(c.line(), "config"), "routing.yml");
  if (Flag(c.line(), "error")) return c.Expect("accepted", false, loaded.config != nullptr);
  if (!loaded.config) return c.Differ("the configuration is refused");
  std::vector<model::NamedTimeInterval> intervals = loaded.config->mute_time_intervals;
  intervals.insert(intervals.end(), loaded.config->time_intervals.begin(),
                   loaded.config->time_intervals.end());
  const router::RouteTree tree(loaded.config->route, std::move(intervals));
  const model::LabelSet labels = Labels(Object(c.line(), "labels"));
  std::vector<router::RouteIndex> taken;
  tree.Match(labels, &taken);
  const boost::json::array& expected = Array(c.line(), "expect");
  if (expected.size() != taken.size()) {
    return c.Differ("takes " + std::to_string(taken.size()) + " routes");
  }
  for (std::size_t i = 0; i < taken.size(); ++i) {
    CheckRoute(c, expected[i].as_object(), tree[taken[i]], labels);
  }
}

}  // namespace

TEST(Vectors, Routing) {
  RunCollection("routing", "routing.jsonl", CheckRouting);
}

}  // namespace tocsin::vectors
