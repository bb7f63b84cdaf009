#include "api/receivers.h"

#include "api/model_json.h"
#include "api/parameters.h"
#include "api/reads.h"

#include <memory>
#include <utility>

namespace tocsin::api {

std::string SerializeReceivers(const std::vector<config::ReceiverConfig>& receivers,
                               const model::Matchers& matchers) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginArray();
  for (const config::ReceiverConfig& receiver : receivers) {
    std::vector<model::Label> labels;
    for (const auto& [name, value] : receiver.labels) labels.push_back({name, value});
    const model::LabelSet set = model::LabelSet::FromUnsorted(labels);
    if (!model::MatchesAll(matchers, set)) continue;
    writer.BeginObject().Key("labels");
    WriteLabels(set, &writer);
    writer.Key("name").String(receiver.name).EndObject();
  }
  writer.EndArray();
  json += '\n';
  return json;
}

void GetReceivers(const ExchangePtr& exchange) {
  auto parsed =
      MatcherParams(exchange->request().query, "receiver_matchers", exchange->options().syntax);
  if (!parsed) {
    return exchange->AnswerError(
        400, "failed to parse receiver_matchers param: " + parsed.error().message);
  }
  const auto matchers = std::make_shared<const model::Matchers>(std::move(*parsed));
  AnswerFromSnapshot(exchange, [matchers](const core::Control& control, Time) -> Snapshot {
    return {1, [matchers, config = control.config()] {
              return JsonResponse(200, SerializeReceivers(config->receivers, *matchers));
            }};
  });
}

}  // namespace tocsin::api
