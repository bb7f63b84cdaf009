#include "explain/answer_live.h"

#include "explain/event_text.h"
#include "explain/lines.h"
#include "history/event_json.h"

namespace tocsin::explain {
namespace {

void WriteTime(std::string_view key, Time time, JsonWriter* writer) {
  if (!IsZero(time)) writer->Key(key).String(FormatRfc3339Nano(time));
}

void WriteTold(const router::Standing::Told& told, JsonWriter* writer) {
  writer->BeginObject().Key("receiver").String(told.integration.receiver);
  writer->Key("type").String(told.integration.type);
  writer->Key("index").Int(told.integration.index);
  WriteTime("toldAt", told.at, writer);
  if (!IsZero(told.at)) writer->Key("resolved").Bool(told.resolved);
  writer->EndObject();
}

void WriteGroup(const LiveGroup& group, JsonWriter* writer) {
  writer->BeginObject().Key("group");
  history::WriteGroup(*group.standing.group, writer);
  writer->Key("flushing").Bool(group.standing.flushing);
  WriteTime("nextFlush", group.standing.next_flush, writer);
  if (group.mute) {
    writer->Key("mutedBy").BeginArray();
    for (const std::string& interval : group.mute->intervals) writer->String(interval);
    writer->EndArray();
    writer->Key("outsideActiveTimes").Bool(group.mute->outside_active_times);
    WriteTime("mutedUntil", group.mute_ends.value_or(kZeroTime), writer);
  }
  writer->Key("integrations").BeginArray();
  for (const router::Standing::Told& told : group.standing.told) WriteTold(told, writer);
  writer->EndArray().EndObject();
}

// Where in the list of rules, and what it has of the alert.
void WriteRuleAlert(const LiveRuleAlert& alert, JsonWriter* writer) {
  writer->BeginObject().Key("rule").Int(static_cast<std::int64_t>(alert.rule));
  writer->Key("state").String(ToString(alert.state));
  WriteTime("activeAt", alert.active_at, writer);
  WriteTime("keepFiringSince", alert.kept_since, writer);
  writer->Key("value").String(NumberText(alert.value));
  if (alert.dropped_by) {
    writer->Key("droppedBy").Int(static_cast<std::int64_t>(*alert.dropped_by));
  }
  writer->EndObject();
}

void WriteAlert(const LiveAlert& live, JsonWriter* writer) {
  writer->BeginObject().Key("labels");
  history::WriteLabels(live.labels, writer);
  if (live.alert) {
    WriteTime("startsAt", live.alert->starts_at, writer);
    WriteTime("endsAt", live.alert->ends_at, writer);
  }
  writer->Key("receivers").BeginArray();
  for (const std::string& receiver : live.receivers) writer->String(receiver);
  writer->EndArray().Key("silencedBy").BeginArray();
  for (const history::SilenceName& silence : live.silenced_by) writer->String(silence.id);
  writer->EndArray();
  if (live.inhibited_by) {
    writer->Key("inhibitedBy");
    history::WriteLabels(live.inhibited_by->labels, writer);
  }
  writer->Key("groups").BeginArray();
  for (const LiveGroup& group : live.groups) WriteGroup(group, writer);
  writer->EndArray().Key("rules").BeginArray();
  for (const LiveRuleAlert& alert : live.rules) WriteRuleAlert(alert, writer);
  writer->EndArray().EndObject();
}

void WriteRule(const LiveRule& live, JsonWriter* writer) {
  writer->BeginObject().Key("name").String(live.rule.name).Key("file").String(live.rule.file);
  writer->Key("line").Int(live.rule.line).Key("group").String(live.rule.group);
  writer->Key("expr").String(live.rule.expr).Key("for").Double(Seconds(live.rule.hold));
  writer->Key("interval").Double(Seconds(live.interval));
  writer->Key("health").String(ToString(live.health));
  if (!live.error.empty()) writer->Key("lastError").String(live.error);
  WriteTime("lastEvaluation", live.last_evaluation, writer);
  writer->Key("evaluationTime").Double(Seconds(live.evaluation_time)).EndObject();
}

}  // namespace

void AppendLive(const Live& live, std::string* out) {
  if (!live.alerts.empty()) *out += "\nIn the server now:\n";
  for (const LiveAlert& alert : live.alerts) {
    AppendLine("  " + alert.labels.ToString() + (alert.alert ? " " + LiveText(alert) : ""), out);
    for (const LiveRuleAlert& by : alert.rules) {
      const LiveRule& rule = live.rules[by.rule];
      AppendLine("    by rule " + RuleText(rule.rule) + " it " + LiveText(by, rule), out);
    }
    for (const LiveGroup& group : alert.groups) {
      AppendLine("    its group " + group.standing.group->key + " " + LiveText(group), out);
      for (const auto& told : group.standing.told) AppendLine("    " + LiveText(told), out);
    }
  }
  if (!live.rules.empty()) *out += "\nRules now:\n";
  for (const LiveRule& rule : live.rules) {
    AppendLine("  " + RuleText(rule.rule) + ": " + LiveText(rule), out);
  }
}

void WriteLive(const Live& live, JsonWriter* writer) {
  writer->Key("live").BeginArray();
  for (const LiveAlert& alert : live.alerts) WriteAlert(alert, writer);
  writer->EndArray().Key("rules").BeginArray();
  for (const LiveRule& rule : live.rules) WriteRule(rule, writer);
  writer->EndArray();
}

}  // namespace tocsin::explain
