#include "api/alert_targets.h"

#include "base/json_writer.h"

#include <string_view>
#include <vector>

namespace tocsin::api {
namespace {

void WriteUrls(std::string_view key, const std::vector<std::string>& urls, JsonWriter* writer) {
  writer->Key(key).BeginArray();
  for (const std::string& url : urls) writer->BeginObject().Key("url").String(url).EndObject();
  writer->EndArray();
}

}  // namespace

std::string SerializeAlertmanagers(const Alertmanagers& alertmanagers) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Key("status").String("success").Key("data").BeginObject();
  WriteUrls("activeAlertmanagers", alertmanagers.active, &writer);
  WriteUrls("droppedAlertmanagers", alertmanagers.dropped, &writer);
  writer.EndObject().EndObject();
  return json;
}

void GetAlertmanagers(const ExchangePtr& exchange) {
  exchange->Answer(JsonResponse(200, SerializeAlertmanagers(exchange->options().alertmanagers())));
}

}  // namespace tocsin::api
