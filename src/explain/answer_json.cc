#include "explain/answer_json.h"

#include "base/json_writer.h"
#include "explain/answer_live.h"
#include "explain/conclusion.h"
#include "history/event_json.h"

namespace tocsin::explain {
namespace {

void WriteTime(std::string_view key, Time time, JsonWriter* writer) {
  if (!IsZero(time)) writer->Key(key).String(FormatRfc3339Nano(time));
}

void WriteRoute(const RouteTried& tried, const history::Route& route, JsonWriter* writer) {
  writer->BeginObject().Key("id").String(route.id).Key("receiver").String(route.receiver);
  writer->Key("depth").Int(tried.depth).Key("matched").Bool(tried.matched);
  writer->Key("taken").Bool(tried.taken);
  if (!tried.why_not.empty()) writer->Key("not").String(tried.why_not);
  writer->EndObject();
}

void WriteStay(const Stay& stay, const Chain& chain, JsonWriter* writer) {
  writer->BeginObject().Key("group");
  history::WriteGroup(*stay.membership.group, writer);
  WriteTime("joined", stay.joined, writer);
  WriteTime("left", stay.left.value_or(kZeroTime), writer);
  if (!stay.left) {
    WriteTime("nextFlush", NextFlush(stay, chain).value_or(kZeroTime), writer);
  }
  writer->EndObject();
}

void WriteExplanation(const Explanation& explanation, bool in_full, JsonWriter* writer) {
  const Chain& chain = explanation.chain;
  writer->BeginObject().Key("labels");
  history::WriteLabels(chain.alert, writer);
  writer->Key("conclusions").BeginArray();
  for (const Conclusion& conclusion : explanation.conclusions) {
    writer->BeginObject().Key("state").String(ToString(conclusion.state));
    writer->Key("text").String(conclusion.text).EndObject();
  }
  writer->EndArray();
  if (in_full) {
    writer->Key("routes").BeginArray();
    for (const RouteTried& tried : explanation.routes) {
      WriteRoute(tried, chain.routes[tried.index], writer);
    }
    writer->EndArray().Key("groups").BeginArray();
    for (const Stay& stay : explanation.stays) WriteStay(stay, chain, writer);
    writer->EndArray().Key("events").BeginArray();
    for (const history::Entry& entry : chain.events) history::WriteEntry(entry, writer);
    writer->EndArray().Key("complete").Bool(chain.complete);
  }
  writer->EndObject();
}

void WriteGap(const Gap& gap, JsonWriter* writer) {
  writer->BeginObject().Key("why").String(ToString(gap.why));
  WriteTime("from", gap.from, writer);
  WriteTime("until", gap.until.value_or(kZeroTime), writer);
  if (gap.why == Gap::Why::kLost) writer->Key("lost").Int(static_cast<std::int64_t>(gap.lost));
  writer->EndObject();
}

void WriteUnreadable(std::size_t blocks, JsonWriter* writer) {
  if (blocks > 0) writer->Key("unreadableBlocks").Int(static_cast<std::int64_t>(blocks));
}

}  // namespace

std::string ToJson(const Answer& answer) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Key("status").String("success").Key("data").BeginObject();
  WriteTime("at", answer.at, &writer);
  if (answer.asked > answer.at) WriteTime("asked", answer.asked, &writer);
  WriteTime("recordedSince", answer.recorded_since, &writer);
  writer.Key("alerts").BeginArray();
  for (const Explanation& explanation : answer.alerts) {
    WriteExplanation(explanation, answer.alerts.size() == 1, &writer);
  }
  writer.EndArray().Key("more").Bool(answer.more);
  WriteUnreadable(answer.unreadable_blocks, &writer);
  WriteTime("unwrittenSince", answer.unwritten_since, &writer);
  WriteLive(answer.live.value_or(Live()), &writer);
  if (answer.rule_fails) {
    writer.Key("ruleFails").BeginObject().Key("name").String(answer.rule_fails->rule.name);
    writer.Key("error").String(answer.rule_fails->error);
    WriteTime("since", answer.rule_fails_since, &writer);
    writer.EndObject();
  }
  writer.Key("gaps").BeginArray();
  for (const Gap& gap : answer.gaps) WriteGap(gap, &writer);
  writer.EndArray();
  writer.EndObject().EndObject();
  return json;
}

std::string ToJson(const Page& page) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Key("status").String("success").Key("data").BeginObject();
  writer.Key("events").BeginArray();
  for (const history::Entry& entry : page.entries) history::WriteEntry(entry, &writer);
  writer.EndArray();
  WriteUnreadable(page.unreadable_blocks, &writer);
  if (page.next) writer.Key("nextCursor").String(std::to_string(*page.next));
  writer.EndObject().EndObject();
  return json;
}

}  // namespace tocsin::explain
