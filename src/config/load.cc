#include "base/hash.h"
#include "config/config.h"
#include "config/load_parts.h"
#include "config/no_data.h"
#include "config/source_file.h"

#include <array>
#include <set>
#include <utility>

namespace tocsin::config {
namespace {

// Alertmanager's and Prometheus's keys, and ours, that come later.
constexpr std::array<std::string_view, 1> kLaterKeys = {"cluster"};
constexpr std::uint64_t kHistorySizeMin = 1024 * 1024;

RulesConfig ReadRules(const Source& source, const YamlNodePtr& node) {
  RulesConfig rules;
  if (node == nullptr) return rules;
  ObjectReader reader(source, node, "rules");
  reader.ReadDuration("resend_delay", &rules.resend_delay);
  std::string on_error = "keep";
  reader.Read("on_error", &on_error);
  if (on_error != "keep" && on_error != "resolve") {
    reader.Error("on_error", "on_error must be keep or resolve, not " + Shown(on_error));
  }
  rules.resolve_on_error = on_error == "resolve";
  reader.ReadDuration("for_outage_tolerance", &rules.for_outage_tolerance);
  rules.on_no_data = ReadOnNoData(&reader).value_or(OnNoData::kResolve);
  reader.Finish();
  return rules;
}

LimitsConfig ReadLimits(const Source& source, const YamlNodePtr& node) {
  LimitsConfig limits;
  if (node == nullptr) return limits;
  ObjectReader reader(source, node, "limits");
  reader.Read("alerts_per_alertname", &limits.alerts_per_alertname);
  reader.Read("labels_per_alert", &limits.labels_per_alert);
  reader.ReadBytes("label_value_bytes", &limits.label_value_bytes);
  reader.Read("annotations_per_alert", &limits.annotations_per_alert);
  reader.ReadBytes("annotation_value_bytes", &limits.annotation_value_bytes);
  reader.Read("silences", &limits.silences);
  reader.ReadBytes("silence_bytes", &limits.silence_bytes);
  reader.ReadBytes("request_body_bytes", &limits.request_body_bytes);
  reader.Finish();
  return limits;
}

HistoryConfig ReadHistory(const Source& source, const YamlNodePtr& node) {
  HistoryConfig history;
  if (node == nullptr) return history;
  ObjectReader reader(source, node, "history");
  reader.ReadDuration("retention", &history.retention);
  if (reader.ReadBytes("max_size", &history.max_size) && history.max_size < kHistorySizeMin) {
    reader.Error("max_size", "max_size must be at least 1MB (retention: 0s turns the history off)");
  }
  reader.Finish();
  return history;
}

StorageConfig ReadStorage(const Source& source, const YamlNodePtr& node) {
  StorageConfig storage;
  if (node == nullptr) return storage;
  ObjectReader reader(source, node, "storage");
  reader.Read("volatile_when_disk_fails", &storage.volatile_when_disk_fails);
  reader.Finish();
  return storage;
}

void ReadTopLevel(const Source& source, const YamlNodePtr& root, const LoadOptions& options,
                  Config* config) {
  ObjectReader reader(source, root, "the configuration");
  const model::MatcherSyntax syntax = options.matcher_syntax;
  config->global = ReadGlobal(source, reader.Get("global"), syntax);
  std::set<std::string> intervals;
  config->mute_time_intervals = ReadTimeIntervals(source, reader.ReadList("mute_time_intervals"),
                                                  "mute time interval", &intervals);
  config->time_intervals =
      ReadTimeIntervals(source, reader.ReadList("time_intervals"), "time interval", &intervals);
  const YamlNodePtr route = reader.Get("route");
  config->receivers = ReadReceivers(source, reader.ReadList("receivers"), config->global);
  if (route != nullptr) {
    config->route = ReadRoute(source, route, config->receivers, intervals, options);
  } else if (root->is_mapping()) {
    reader.Error("no routes provided");
  }
  config->inhibit_rules = ReadInhibitRules(source, reader.ReadList("inhibit_rules"), syntax);
  config->tracing = ReadTracing(source, reader.Get("tracing"));
  config->event_recorder = ReadEventRecorder(source, reader.Get("event_recorder"));
  reader.ReadPaths("templates", &config->templates);
  config->datasources = ReadDatasources(source, reader.ReadList("datasources"));
  config->alerting = ReadAlerting(source, reader.Get("alerting"));
  config->remote_write =
      ReadRemoteWrite(source, reader.ReadList("remote_write"), config->datasources);
  reader.ReadPaths("rule_files", &config->rule_files);
  if (!config->rule_files.empty() && config->datasources.empty() && !options.datasources_follow) {
    reader.Error("rule_files", "rule_files needs a datasource to evaluate the rules against");
  }
  config->rules = ReadRules(source, reader.Get("rules"));
  config->limits = ReadLimits(source, reader.Get("limits"));
  config->history = ReadHistory(source, reader.Get("history"));
  config->storage = ReadStorage(source, reader.Get("storage"));
  for (std::string_view key : kLaterKeys) reader.NotSupportedYet(key);
  reader.Finish();
}

}  // namespace

std::string HostPort::ToString() const {
  if (empty()) return "";
  const bool bracket = host.find(':') != std::string::npos;
  return (bracket ? "[" + host + "]" : host) + ":" + port;
}

LoadResult LoadText(std::string_view text, const std::string& path, const LoadOptions& options) {
  LoadResult result;
  const auto documents = ReadYaml(text, path, &result.diagnostics);
  if (!documents) return result;
  if (documents->empty() || documents->front()->is_null()) {
    result.diagnostics.AddError({path, 1, 1}, "no route provided in config");
    return result;
  }
  auto config = std::make_shared<Config>();
  const Source source{path, DirectoryOf(path), &result.diagnostics, &config->tls_blocks};
  if (documents->size() > 1 && !(*documents)[1]->is_null()) {
    source.Warning(*(*documents)[1], "only the first YAML document of the file is read");
  }
  ReadTopLevel(source, documents->front(), options, config.get());
  config->path = path;
  config->hash = Md5Prefix48(text);
  (result.diagnostics.HasErrors() ? result.partial : result.config) = std::move(config);
  return result;
}

LoadResult LoadFile(const std::string& path, const LoadOptions& options) {
  if (options.text != nullptr) return LoadText(*options.text, path, options);
  const auto text = ReadSourceFile(path);
  if (text) return LoadText(*text, path, options);
  LoadResult result;
  result.diagnostics.AddError({path, 0, 0}, text.error().message);
  return result;
}

}  // namespace tocsin::config
