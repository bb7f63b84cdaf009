#include "api/model_json.h"

namespace tocsin::api {

void WriteLabels(const model::LabelSet& labels, JsonWriter* writer) {
  writer->BeginObject();
  for (const model::Label label : labels) writer->Key(label.name).String(label.value);
  writer->EndObject();
}

void WriteStrings(const std::map<std::string, std::string>& strings, JsonWriter* writer) {
  writer->BeginObject();
  for (const auto& [name, value] : strings) writer->Key(name).String(value);
  writer->EndObject();
}

void WriteMilliTime(Time time, JsonWriter* writer) {
  writer->Quoted([&](std::string* out) { AppendRfc3339Milli(time, out); });
}

void WriteNanoTime(Time time, JsonWriter* writer) {
  writer->Quoted([&](std::string* out) { AppendRfc3339Nano(time, out); });
}

}  // namespace tocsin::api
