#include "datasource/alert_request.h"

#include "base/json_writer.h"

#include <optional>

namespace tocsin::datasource {
namespace {

// Beside the values: names, times, the URL.
constexpr std::size_t kOtherBytes = 256;

void WritePairs(const model::LabelSet& pairs, JsonWriter* writer) {
  writer->BeginObject();
  for (const model::Label pair : pairs) writer->Key(pair.name).String(pair.value);
  writer->EndObject();
}

// The JSON of what is mostly the same from alert to alert: those of one evaluation end at the same
// time, often began at one, and lead to one URL.
template <class Value>
class Repeated {
 public:
  template <class Text>
  std::string_view operator()(const Value& value, Text text) {
    if (json_.empty() || !(value == value_)) {
      json_.clear();
      AppendJsonString(text(value), &json_);
      value_ = value;
    }
    return json_;
  }

 private:
  Value value_{};
  std::string json_;
};

}  // namespace

std::size_t EncodedBytes(const model::Alert& alert) {
  return alert.labels.HeapBytes() + alert.annotations.HeapBytes() + kOtherBytes;
}

AlertBody EncodeAlerts(const std::vector<model::AlertPtr>& alerts,
                       const model::RelabelRules& relabel_rules) {
  AlertBody body;
  std::size_t bytes = 0;
  for (const model::AlertPtr& alert : alerts) bytes += EncodedBytes(*alert);
  body.json.reserve(bytes);
  JsonWriter writer(&body.json);
  Repeated<Time> starts_at, ends_at;
  Repeated<InternedText> url;
  const auto view = [](const InternedText& text) { return text.view(); };
  writer.BeginArray();
  for (const model::AlertPtr& alert : alerts) {
    const std::optional<model::LabelSet> labels =
        relabel_rules.empty() ? alert->labels : Relabel(relabel_rules, alert->labels);
    if (!labels || labels->empty()) continue;
    writer.BeginObject().PlainKey("labels");
    WritePairs(*labels, &writer);
    writer.PlainKey("annotations");
    WritePairs(alert->annotations, &writer);
    writer.PlainKey("startsAt").Raw(starts_at(alert->starts_at, FormatRfc3339Nano));
    writer.PlainKey("endsAt").Raw(ends_at(alert->ends_at, FormatRfc3339Nano));
    writer.PlainKey("generatorURL").Raw(url(alert->generator_url, view)).EndObject();
    ++body.alerts;
  }
  writer.EndArray();
  return body;
}

}  // namespace tocsin::datasource
