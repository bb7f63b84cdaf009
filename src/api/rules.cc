#include "api/rules.h"

#include "api/model_json.h"
#include "api/reads.h"
#include "base/hash.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <utility>

namespace tocsin::api {
namespace {

using rules::GroupView;
using rules::RuleAlert;
using rules::RuleView;

// `1.5e+01`: shortest digits, always with an exponent.
std::string FormatAlertValue(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> text;
  const auto result =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  return {text.data(), result.ptr};
}

// Opaque to clients; names the first group of a page.
std::string GroupToken(const GroupView& group) {
  return Sha256Hex(group.file + ";" + group.name);
}

bool Wants(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

bool WantsRule(const RulesQuery& query, const RuleView& rule) {
  const bool alerting = rule.rule->is_alerting();
  if (query.type == RulesQuery::Type::kAlerting && !alerting) return false;
  if (query.type == RulesQuery::Type::kRecording && alerting) return false;
  if (!Wants(query.rules, rule.rule->name())) return false;
  return query.selectors.empty() || std::any_of(query.selectors.begin(), query.selectors.end(),
                                                [&](const RuleSelector& selector) {
                                                  return selector.Matches(rule.rule->labels);
                                                });
}

std::size_t RulesAndAlerts(const std::vector<GroupView>& groups) {
  std::size_t count = 0;
  for (const GroupView& group : groups) {
    for (const RuleView& rule : group.rules) count += 1 + rule.alerts.size();
  }
  return count;
}

// A group with those of its rules that are asked for, never none.
struct WantedGroup {
  const GroupView* group;
  std::vector<const RuleView*> rules;
};

std::vector<WantedGroup> FindWanted(const std::vector<GroupView>& groups, const RulesQuery& query) {
  std::vector<WantedGroup> wanted;
  for (const GroupView& group : groups) {
    if (!Wants(query.groups, group.name) || !Wants(query.files, group.file)) continue;
    WantedGroup found{&group, {}};
    for (const RuleView& rule : group.rules) {
      if (WantsRule(query, rule)) found.rules.push_back(&rule);
    }
    if (!found.rules.empty()) wanted.push_back(std::move(found));
  }
  return wanted;
}

void WriteAlert(const RuleAlert& alert, JsonWriter* writer) {
  writer->BeginObject().Key("labels");
  WriteLabels(alert.labels, writer);
  writer->Key("annotations");
  rules::Expansions uncounted;  // Reading is no evaluation.
  WriteLabels(rules::ExpandAnnotations(alert, &uncounted), writer);
  writer->Key("state").String(ToString(alert.state)).Key("activeAt");
  WriteNanoTime(alert.active_at, writer);
  if (!IsZero(alert.keep_firing_since)) {
    writer->Key("keepFiringSince");
    WriteNanoTime(alert.keep_firing_since, writer);
  }
  writer->Key("value").String(FormatAlertValue(alert.value)).EndObject();
}

// By label set, so that the order lasts from one answer to the next.
void WriteAlerts(const RuleView& rule, JsonWriter* writer) {
  std::vector<const RuleAlert*> alerts;
  alerts.reserve(rule.alerts.size());
  for (const RuleAlert& alert : rule.alerts) alerts.push_back(&alert);
  std::sort(alerts.begin(), alerts.end(),
            [](const RuleAlert* a, const RuleAlert* b) { return a->labels < b->labels; });
  for (const RuleAlert* alert : alerts) WriteAlert(*alert, writer);
}

void WriteAlertingMembers(const RuleView& view, bool exclude_alerts, JsonWriter* writer) {
  const rules::RuleDefinition& rule = *view.rule;
  const bool evaluated = !IsZero(view.last_evaluation);
  writer->Key("state").String(evaluated ? ToString(view.state) : std::string_view("unknown"));
  writer->Key("name").String(rule.name()).Key("query").String(rule.shown_expr());
  writer->Key("duration").Double(Seconds(rule.hold));
  writer->Key("keepFiringFor").Double(Seconds(rule.keep_firing_for));
  writer->Key("labels");
  WriteStrings(rule.labels, writer);
  writer->Key("annotations");
  WriteStrings(rule.annotations, writer);
  writer->Key("alerts");
  if (exclude_alerts) {
    writer->Null();
    return;
  }
  writer->BeginArray();
  WriteAlerts(view, writer);
  writer->EndArray();
}

void WriteRule(const RuleView& view, bool exclude_alerts, JsonWriter* writer) {
  const rules::RuleDefinition& rule = *view.rule;
  writer->BeginObject();
  if (rule.is_alerting()) {
    WriteAlertingMembers(view, exclude_alerts, writer);
  } else {
    writer->Key("name").String(rule.name()).Key("query").String(rule.shown_expr());
    if (!rule.labels.empty()) {
      writer->Key("labels");
      WriteStrings(rule.labels, writer);
    }
  }
  writer->Key("health").String(ToString(view.health));
  if (!view.last_error.empty()) writer->Key("lastError").String(view.last_error);
  writer->Key("evaluationTime").Double(Seconds(view.evaluation_time)).Key("lastEvaluation");
  WriteNanoTime(view.last_evaluation, writer);
  writer->Key("type").String(rule.is_alerting() ? "alerting" : "recording").EndObject();
}

void WriteGroup(const WantedGroup& wanted, bool exclude_alerts, JsonWriter* writer) {
  const GroupView& group = *wanted.group;
  writer->BeginObject().Key("name").String(group.name).Key("file").String(group.file);
  writer->Key("rules").BeginArray();
  for (const RuleView* rule : wanted.rules) WriteRule(*rule, exclude_alerts, writer);
  writer->EndArray().Key("interval").Double(Seconds(group.interval));
  writer->Key("limit").Int(group.limit);
  writer->Key("evaluationTime").Double(Seconds(group.evaluation_time)).Key("lastEvaluation");
  WriteNanoTime(group.last_evaluation, writer);
  writer->EndObject();
}

}  // namespace

Result<std::string> SerializeRules(const std::vector<GroupView>& groups, const RulesQuery& query) {
  const std::vector<WantedGroup> wanted = FindWanted(groups, query);
  auto begin = wanted.begin();
  if (!query.next_token.empty()) {
    begin = std::find_if(wanted.begin(), wanted.end(), [&](const WantedGroup& candidate) {
      return GroupToken(*candidate.group) == query.next_token;
    });
    if (begin == wanted.end()) {
      return tl::unexpected(BadParameter(
          "group_next_token",
          "invalid group_next_token '" + query.next_token + "'. were rule groups changed?"));
    }
  }
  const auto left = wanted.end() - begin;
  const auto end = query.group_limit > 0 ? begin + std::min<std::ptrdiff_t>(left, query.group_limit)
                                         : wanted.end();
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Key("status").String("success").Key("data").BeginObject();
  writer.Key("groups").BeginArray();
  for (auto it = begin; it != end; ++it) WriteGroup(*it, query.exclude_alerts, &writer);
  writer.EndArray();
  if (end != wanted.end()) writer.Key("groupNextToken").String(GroupToken(*end->group));
  writer.EndObject().EndObject();
  return json;
}

std::string SerializeRuleAlerts(const std::vector<GroupView>& groups) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Key("status").String("success").Key("data").BeginObject();
  writer.Key("alerts").BeginArray();
  for (const GroupView& group : groups) {
    for (const RuleView& rule : group.rules) WriteAlerts(rule, &writer);
  }
  writer.EndArray().EndObject().EndObject();
  return json;
}

void GetRules(const ExchangePtr& exchange) {
  if (const Status status = net::CheckQuery(exchange->request().target); !status) {
    return exchange->AnswerError(400, "error parsing form values: " + status.error().message);
  }
  auto parsed = ParseRulesQuery(exchange->request().query);
  if (!parsed) return exchange->AnswerError(400, parsed.error().message);
  const auto query = std::make_shared<const RulesQuery>(std::move(*parsed));
  AnswerFromSnapshot(exchange, [query](const core::Control& control, Time) -> Snapshot {
    auto groups = query->exclude_alerts ? control.RuleOverview() : control.RuleGroups();
    const std::size_t size = RulesAndAlerts(groups);
    return {size, [query, groups = std::move(groups)] {
              Result<std::string> json = SerializeRules(groups, *query);
              return json ? JsonResponse(200, std::move(*json))
                          : EnvelopeErrorResponse(400, json.error().message);
            }};
  });
}

void GetRuleAlerts(const ExchangePtr& exchange) {
  AnswerFromSnapshot(exchange, [](const core::Control& control, Time) -> Snapshot {
    auto groups = control.RuleGroups();
    const std::size_t size = RulesAndAlerts(groups);
    return {size, [groups = std::move(groups)] {
              return JsonResponse(200, SerializeRuleAlerts(groups));
            }};
  });
}

}  // namespace tocsin::api
