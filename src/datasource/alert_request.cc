#include "datasource/alert_request.h"

#include "base/json_writer.h"

#include <optional>

namespace tocsin::datasource {
namespace {

void WritePairs(const model::LabelSet& pairs, JsonWriter* writer) {
  writer->BeginObject();
  for (const model::Label pair : pairs) writer->Key(pair.name).String(pair.value);
  writer->EndObject();
}

}  // namespace

AlertBody EncodeAlerts(const std::vector<model::AlertPtr>& alerts,
                       const model::RelabelRules& relabel_rules) {
  AlertBody body;
  JsonWriter writer(&body.json);
  writer.BeginArray();
  for (const model::AlertPtr& alert : alerts) {
    const std::optional<model::LabelSet> labels =
        relabel_rules.empty() ? alert->labels : Relabel(relabel_rules, alert->labels);
    if (!labels || labels->empty()) continue;
    writer.BeginObject().Key("labels");
    WritePairs(*labels, &writer);
    writer.Key("annotations");
    WritePairs(alert->annotations, &writer);
    writer.Key("startsAt").String(FormatRfc3339Nano(alert->starts_at));
    writer.Key("endsAt").String(FormatRfc3339Nano(alert->ends_at));
    writer.Key("generatorURL").String(alert->generator_url.view()).EndObject();
    ++body.alerts;
  }
  writer.EndArray();
  return body;
}

}  // namespace tocsin::datasource
