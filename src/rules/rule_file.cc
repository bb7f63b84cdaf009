#include "rules/rule_file.h"

#include "base/excerpt.h"
#include "base/text.h"
#include "config/inner_place.h"
#include "config/no_data.h"
#include "config/object_reader.h"
#include "config/source_file.h"
#include "config/yaml_reader.h"
#include "model/matcher.h"
#include "rules/rule_expression.h"
#include "templates/rule_templates.h"

#include <algorithm>
#include <array>
#include <glob.h>
#include <set>
#include <utility>

namespace tocsin::rules {
namespace {

using config::ObjectReader;
using config::Source;
using config::YamlNode;
using config::YamlNodePtr;
using StringMap = std::map<std::string, std::string>;

// Keys that other rulers have added to the format: known, so that the message can say whose they
// are.
struct ForeignKey {
  std::string_view key;
  std::string_view owner;
};

constexpr std::array<ForeignKey, 3> kForeignGroupKeys = {{
    {"notifier_headers", "vmalert"},
    {"tenant", "vmalert"},
    {"partial_response_strategy", "Thanos"},
}};

// What they say is about somebody else's insides.
constexpr std::array<ForeignKey, 1> kIdleGroupKeys = {{{"debug", "vmalert"}}};
constexpr std::array<ForeignKey, 2> kIdleRuleKeys = {{
    {"debug", "vmalert"},
    {"update_entries_limit", "vmalert"},
}};

void RefuseForeignKey(const Source& source, const ForeignKey& foreign, ObjectReader* reader) {
  const YamlNodePtr value = reader->GetOrNullNode(foreign.key);
  if (value == nullptr) return;
  source.Error(*value, GoQuote(foreign.key) + " is an extension of " + std::string(foreign.owner) +
                           " that is not supported yet");
}

// More would only wait for the datasource, which takes as many at a time at most.
constexpr int kConcurrencyMost = 1024;

void WarnOfIdleKey(const Source& source, const ForeignKey& foreign, ObjectReader* reader) {
  const YamlNodePtr value = reader->GetOrNullNode(foreign.key);
  if (value == nullptr) return;
  source.Warning(*value, GoQuote(foreign.key) + " is an extension of " +
                             std::string(foreign.owner) + " that has no effect here");
}

// `on_error`: absent, keep or resolve.
void ReadOnError(ObjectReader* reader, std::optional<bool>* resolve) {
  std::string word;
  if (!reader->Read("on_error", &word)) return;
  if (word != "keep" && word != "resolve") {
    reader->Error("on_error", "on_error must be keep or resolve, not " + config::Shown(word));
  }
  *resolve = word == "resolve";
}

bool IsUtf8Name(std::string_view name) {
  return model::IsValidLabelName(name, model::MatcherSyntax::kUtf8Strict);
}

// The rule that messages are about: `group "g", rule 1, "Name": `.
struct RuleContext {
  const Source& source;
  std::string prefix;
};

config::Position PlaceOf(const Source& source, const YamlNode& value,
                         const templates::TemplateError& error) {
  if (source.diagnostics->full()) return source.At(value);
  return config::PlaceInValue(source.At(value), value.text(), error.line, error.column);
}

// Only alerting rules have templates; `alert` is the rule's name.
void CheckTemplate(const Source& source, const std::string& prefix, const std::string& alert,
                   const YamlNode::Entry& entry, const char* what) {
  const auto compiled = templates::RuleTemplate::Compile(alert, entry.value->text());
  if (compiled) return;
  const templates::TemplateError& error = compiled.error();
  source.diagnostics->AddError(
      PlaceOf(source, *entry.value, error),
      prefix + what + " " + GoQuote(entry.key->text()) + ": " + error.message,
      Excerpt(error.line_text, error.column));
}

// Prometheus does not look into the templates of a group's labels at load: those that are none are
// no error, and nor are they one here. Each alert has the error for its label then.
void WarnOfBrokenLabels(const Source& source, const GroupDefinition& group, ObjectReader* reader) {
  const YamlNodePtr labels = reader->Get("labels");
  if (labels == nullptr || !labels->is_mapping()) return;
  for (const YamlNode::Entry& entry : labels->entries()) {
    const auto heir =
        std::find_if(group.rules.begin(), group.rules.end(), [&](const RuleDefinition& rule) {
          return rule.is_alerting() && rule.inherited_labels.contains(entry.key->text());
        });
    if (heir == group.rules.end() || !entry.value->is_scalar()) continue;
    const auto compiled = templates::RuleTemplate::Compile(heir->alert, entry.value->text());
    if (compiled) continue;
    const templates::TemplateError& error = compiled.error();
    source.diagnostics->AddWarning(PlaceOf(source, *entry.value, error),
                                   "group " + GoQuote(group.name) + ": label " +
                                       GoQuote(entry.key->text()) + ": " + error.message +
                                       "; alerts will have this error as its value",
                                   Excerpt(error.line_text, error.column));
  }
}

// `prefix` is "" for the labels of a group, and `alert` is where the values are no templates.
StringMap ReadLabels(const Source& source, const std::string& prefix, const std::string& alert,
                     ObjectReader* reader) {
  StringMap labels;
  if (!reader->Read("labels", &labels)) return labels;
  for (const YamlNode::Entry& entry : reader->Get("labels")->entries()) {
    const std::string& name = entry.key->text();
    if (!IsUtf8Name(name) || name == "__name__") {
      source.Error(*entry.key, prefix + "invalid label name: " + TruncateRunes(name, 80));
    }
    if (!alert.empty()) CheckTemplate(source, prefix, alert, entry, "label");
  }
  return labels;
}

StringMap ReadAnnotations(const RuleContext& context, const std::string& alert,
                          ObjectReader* reader) {
  StringMap annotations;
  if (!reader->Read("annotations", &annotations)) return annotations;
  for (const YamlNode::Entry& entry : reader->Get("annotations")->entries()) {
    const std::string& name = entry.key->text();
    if (!IsUtf8Name(name)) {
      context.source.Error(*entry.key, context.prefix + "invalid annotation name: " + name);
    }
    if (!alert.empty()) CheckTemplate(context.source, context.prefix, alert, entry, "annotation");
  }
  return annotations;
}

void CheckName(const RuleContext& context, const RuleDefinition& rule, ObjectReader* reader) {
  if (!rule.record.empty() && !rule.alert.empty()) {
    reader->Error("alert", context.prefix + "only one of 'record' and 'alert' must be set");
  } else if (rule.record.empty() && rule.alert.empty()) {
    reader->Error(context.prefix + "one of 'record' or 'alert' must be set");
  }
  if (rule.record.empty()) return;
  if (rule.record.find_first_of("{}") != std::string::npos) {
    reader->Error(
        "record",
        context.prefix +
            "braces present in the recording rule name; should it be in expr?: " + rule.record);
  } else if (!IsUtf8Name(rule.record)) {
    reader->Error("record", context.prefix + "invalid recording rule name: " + rule.record);
  }
}

// What only alerting rules have.
void CheckRecordingRule(const RuleContext& context, const RuleDefinition& rule,
                        ObjectReader* reader) {
  if (rule.record.empty() || !rule.alert.empty()) return;
  const auto refuse = [&](std::string_view key) {
    reader->Error(key,
                  context.prefix + "invalid field '" + std::string(key) + "' in recording rule");
  };
  if (!rule.annotations.empty()) refuse("annotations");
  if (rule.hold != Duration::zero()) refuse("for");
  if (rule.keep_firing_for != Duration::zero()) refuse("keep_firing_for");
}

void CheckOnNoData(const RuleContext& context, const RuleDefinition& rule, ObjectReader* reader) {
  if (rule.on_no_data.value_or(config::OnNoData::kResolve) == config::OnNoData::kResolve) return;
  if (rule.is_alerting() && !rule.unfiltered.empty()) return;
  reader->Error("on_no_data", context.prefix +
                                  "on_no_data needs an alert whose expression compares series that "
                                  "are there all the time, such as up == 0");
}

RuleDefinition ReadRule(const Source& source, const YamlNodePtr& node,
                        const ExpressionChecker& expressions, const std::string& group,
                        std::size_t number, const StringMap& group_labels) {
  ObjectReader reader(source, node, "rule");
  RuleDefinition rule;
  rule.position = source.At(*node);
  reader.Read("record", &rule.record);
  reader.Read("alert", &rule.alert);
  reader.Read("expr", &rule.expr);
  const RuleContext context{source, "group " + GoQuote(group) + ", rule " + std::to_string(number) +
                                        ", " + GoQuote(rule.name()) + ": "};
  reader.ReadDuration("for", &rule.hold);
  reader.ReadDuration("keep_firing_for", &rule.keep_firing_for);
  CheckName(context, rule, &reader);
  // A list or mapping as the expression has been reported as what it is.
  const YamlNodePtr expr = reader.Get("expr");
  if (rule.expr.empty() && (expr == nullptr || expr->is_scalar())) {
    reader.Error("expr", context.prefix + "field 'expr' must be set in rule");
  } else if (!rule.expr.empty()) {
    CheckedExpression checked = expressions.Check(*expr, context.prefix);
    rule.canonical = std::move(checked.canonical);
    rule.unfiltered = std::move(checked.unfiltered);
  }
  rule.labels = ReadLabels(source, context.prefix, rule.alert, &reader);
  for (const auto& [name, value] : group_labels) {
    if (rule.labels.emplace(name, value).second) rule.inherited_labels.insert(name);
  }
  rule.annotations = ReadAnnotations(context, rule.alert, &reader);
  CheckRecordingRule(context, rule, &reader);
  ReadOnError(&reader, &rule.resolve_on_error);
  rule.on_no_data = config::ReadOnNoData(&reader);
  CheckOnNoData(context, rule, &reader);
  for (const ForeignKey& idle : kIdleRuleKeys) WarnOfIdleKey(source, idle, &reader);
  reader.Finish();
  return rule;
}

// `params` and `headers` of vmalert, `source_tenants` of Mimir.
void ReadExtras(const Source& source, ObjectReader* reader, GroupDefinition* group) {
  QueryExtras extras;
  if (const YamlNodePtr params = reader->Get("params")) {
    ObjectReader values(source, params, "params");
    for (const YamlNode::Entry& entry : params->entries()) {
      std::vector<std::string> list;
      values.Read(entry.key->text(), &list);
      for (std::string& value : list)
        extras.params.emplace_back(entry.key->text(), std::move(value));
    }
  }
  std::vector<std::string> headers;
  reader->Read("headers", &headers);
  for (const std::string& header : headers) {
    const std::size_t colon = header.find(':');
    const std::string name = header.substr(0, colon);
    const bool has_name = !name.empty() && name.find_first_of(" \t") == std::string::npos;
    const bool one_line = std::none_of(header.begin(), header.end(),
                                       [](char c) { return c >= 0 && c < ' ' && c != '\t'; });
    if (colon == std::string::npos || !has_name || !one_line) {
      reader->Error("headers", "a header must be \"Name: value\", not " + config::Shown(name));
      continue;
    }
    const std::size_t value = std::min(header.find_first_not_of(" \t", colon + 1), header.size());
    extras.headers.emplace_back(name, header.substr(value));
  }
  std::vector<std::string> tenants;
  reader->Read("source_tenants", &tenants);
  std::string all;
  for (const std::string& tenant : tenants) all += (all.empty() ? "" : "|") + tenant;
  if (!all.empty()) extras.headers.emplace_back("X-Scope-OrgID", all);
  if (extras.params.empty() && extras.headers.empty()) return;
  group->extras = std::make_shared<const QueryExtras>(std::move(extras));
}

// What vmalert and Mimir call the offset of queries, and what pins the evaluations of a group.
void ReadForeignTimes(const Source& source, ObjectReader* reader, GroupDefinition* group) {
  for (const std::string_view key : {"eval_delay", "evaluation_delay"}) {
    std::optional<Duration> delay;
    if (!reader->ReadDuration(key, &delay) || !delay) continue;
    if (group->query_offset && *group->query_offset != *delay) {
      reader->Error(key, std::string(key) + " is another name of query_offset, which differs");
    }
    group->query_offset = delay;
  }
  reader->ReadSignedDuration("eval_offset", &group->phase);
  if (group->phase && std::chrono::abs(*group->phase) > group->interval) {
    reader->Error("eval_offset", "eval_offset must not be longer than the group's interval");
  } else if (group->phase && *group->phase < Duration::zero()) {
    *group->phase += group->interval;
  }
  bool aligned = false;
  reader->Read("align_evaluation_time_on_interval", &aligned);
  if (aligned && !group->phase) group->phase = Duration::zero();
  bool truncated = false;
  reader->Read("eval_alignment", &truncated);
  if (truncated) {
    source.Warning(*reader->Get("eval_alignment"),
                   "eval_alignment has no effect: the time of a query is that of the evaluation");
  }
  std::string type = "prometheus";
  reader->Read("type", &type);
  if (type != "prometheus") {
    reader->Error("type", "type must be prometheus, not " + config::Shown(type));
  }
}

GroupDefinition ReadGroup(const Source& source, const YamlNodePtr& node,
                          ExpressionChecker expressions, std::set<std::string>* names) {
  ObjectReader reader(source, node, "rule group");
  GroupDefinition group;
  group.file = source.file;
  group.position = source.At(*node);
  reader.Read("name", &group.name);
  if (group.name.empty()) {
    reader.Error("name", "Groupname must not be empty");
  } else if (!names->insert(group.name).second) {
    reader.Error("name", "groupname: " + GoQuote(group.name) + " is repeated in the same file");
  }
  reader.ReadDuration("interval", &group.interval);
  reader.ReadDuration("query_offset", &group.query_offset);
  reader.Read("limit", &group.limit);
  reader.Read("datasource", &group.datasource);
  reader.Read("concurrency", &group.concurrency);
  if (group.concurrency < 0 || group.concurrency > kConcurrencyMost) {
    reader.Error("concurrency",
                 "concurrency must be from 1 to " + std::to_string(kConcurrencyMost));
  }
  group.concurrency = std::max(group.concurrency, 1);
  expressions.UseDatasource(group.datasource);
  const StringMap labels = ReadLabels(source, "", "", &reader);
  ReadExtras(source, &reader, &group);
  ReadForeignTimes(source, &reader, &group);
  std::optional<bool> resolve_on_error;
  ReadOnError(&reader, &resolve_on_error);
  const std::optional<config::OnNoData> on_no_data = config::ReadOnNoData(&reader);
  std::size_t number = 0;
  for (const YamlNodePtr& rule : reader.ReadList("rules")) {
    group.rules.push_back(ReadRule(source, rule, expressions, group.name, ++number, labels));
    RuleDefinition& read = group.rules.back();
    if (!read.resolve_on_error) read.resolve_on_error = resolve_on_error;
    if (!read.on_no_data) read.on_no_data = on_no_data;
  }
  WarnOfBrokenLabels(source, group, &reader);
  for (const ForeignKey& idle : kIdleGroupKeys) WarnOfIdleKey(source, idle, &reader);
  for (const ForeignKey& foreign : kForeignGroupKeys) RefuseForeignKey(source, foreign, &reader);
  reader.Finish();
  return group;
}

std::vector<GroupDefinition> ReadGroups(const Source& source, const YamlNodePtr& root,
                                        const ExpressionChecker& expressions) {
  ObjectReader reader(source, root, "rule file");
  std::vector<GroupDefinition> groups;
  std::set<std::string> names;
  for (const YamlNodePtr& node : reader.ReadList("groups")) {
    if (node->is_null()) {
      source.Warning(*node, "an empty rule group is ignored");
    } else {
      groups.push_back(ReadGroup(source, node, expressions, &names));
    }
  }
  RefuseForeignKey(source, {"namespace", "Mimir"}, &reader);
  reader.Finish();
  return groups;
}

// Adds the files that match; a file that two patterns match is there once.
void Expand(const std::string& pattern, std::set<std::string>* files,
            config::Diagnostics* diagnostics) {
  glob_t matches{};
  // To Go's patterns a leading dot is nothing special.
  const int result = glob(pattern.c_str(), GLOB_NOSORT | GLOB_PERIOD, nullptr, &matches);
  if (result == 0) {
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) {
      const std::string_view path = matches.gl_pathv[i];
      if (!path.ends_with("/.") && !path.ends_with("/..")) files->insert(std::string(path));
    }
  } else if (result == GLOB_NOMATCH) {
    diagnostics->AddWarning({pattern, 0, 0}, "no rule file matches");
  } else {
    diagnostics->AddError({pattern, 0, 0}, "cannot look for rule files");
  }
  globfree(&matches);
}

}  // namespace

std::vector<GroupDefinition> ParseRuleFile(std::string_view text, const std::string& file,
                                           config::Diagnostics* diagnostics,
                                           const QueryLanguages& languages) {
  const std::size_t errors_before = diagnostics->error_count();
  const auto documents = config::ReadYaml(text, file, diagnostics);
  if (!documents || documents->empty()) return {};
  const Source source{file, config::DirectoryOf(file), diagnostics};
  if (documents->size() > 1 && !(*documents)[1]->is_null()) {
    source.Warning(*(*documents)[1], "only the first YAML document of the file is read");
  }
  auto groups = ReadGroups(source, documents->front(), ExpressionChecker(source, text, languages));
  if (diagnostics->error_count() > errors_before) return {};
  return groups;
}

std::vector<GroupDefinition> LoadRuleFiles(const std::vector<std::string>& globs,
                                           config::Diagnostics* diagnostics,
                                           const QueryLanguages& languages) {
  std::set<std::string> files;
  for (const std::string& pattern : globs) Expand(pattern, &files, diagnostics);
  std::vector<GroupDefinition> groups;
  for (const std::string& file : files) {
    const auto text = config::ReadSourceFile(file);
    if (!text) {
      diagnostics->AddError({file, 0, 0}, text.error().message);
      continue;
    }
    for (GroupDefinition& group : ParseRuleFile(*text, file, diagnostics, languages)) {
      groups.push_back(std::move(group));
    }
  }
  return groups;
}

}  // namespace tocsin::rules
