#include "api/alerts.h"

#include "api/alert_decoder.h"
#include "api/media_type.h"
#include "api/model_json.h"
#include "api/parameters.h"
#include "base/text.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace tocsin::api {
namespace {

constexpr std::string_view kBusy = "too many alerts wait to be taken in, try again later";

// Whether each receiver of the configuration is one that `query` asks for.
class ReceiverFilter {
 public:
  ReceiverFilter(const AlertsQuery& query, const std::vector<config::ReceiverConfig>& receivers) {
    everything_ = !query.receiver && query.receiver_matchers.empty();
    if (everything_) return;
    for (const config::ReceiverConfig& receiver : receivers) {
      std::vector<model::Label> labels;
      for (const auto& [name, value] : receiver.labels) labels.push_back({name, value});
      const bool wanted =
          (!query.receiver || query.receiver->Matches(receiver.name)) &&
          model::MatchesAll(query.receiver_matchers, model::LabelSet::FromUnsorted(labels));
      wanted_.emplace(receiver.name, wanted);
    }
  }

  bool Takes(const router::AlertView& view) const {
    return everything_ || std::any_of(view.receivers.begin(), view.receivers.end(),
                                      [this](std::string_view receiver) {
                                        const auto it = wanted_.find(receiver);
                                        return it != wanted_.end() && it->second;
                                      });
  }

 private:
  bool everything_ = false;
  boost::unordered_flat_map<std::string_view, bool> wanted_;
};

// Nothing silences or inhibits yet: every alert is active.
void WriteActiveStatus(JsonWriter* writer) {
  writer->Raw(R"({"inhibitedBy":[],"mutedBy":[],"silencedBy":[],"state":"active"})");
}

void WriteAlert(const router::AlertView& view, JsonWriter* writer) {
  const model::Alert& alert = *view.alert;
  writer->BeginObject().Key("annotations");
  WriteLabels(alert.annotations, writer);
  writer->Key("endsAt");
  WriteMilliTime(alert.ends_at, writer);
  writer->Key("fingerprint").String(model::ToString(alert.fingerprint()));
  writer->Key("receivers").BeginArray();
  for (const std::string_view name : view.receivers) {
    writer->BeginObject().Key("name").String(name).EndObject();
  }
  writer->EndArray().Key("startsAt");
  WriteMilliTime(alert.starts_at, writer);
  writer->Key("status");
  WriteActiveStatus(writer);
  writer->Key("updatedAt");
  WriteMilliTime(alert.updated_at, writer);
  if (!alert.generator_url.empty()) writer->Key("generatorURL").String(alert.generator_url);
  writer->Key("labels");
  WriteLabels(alert.labels, writer);
  writer->EndObject();
}

// What the client hears of a batch when its good part is in.
HttpResponse BatchResponse(const DecodedAlerts& decoded) {
  if (decoded.invalid == 0) return {};
  std::string message;
  for (const std::string& error : decoded.errors) {
    if (!message.empty()) message += '\n';
    message += error;
  }
  if (decoded.invalid > decoded.errors.size()) {
    message += "\n... and " + std::to_string(decoded.invalid - decoded.errors.size()) + " more";
  }
  return JsonStringResponse(400, message);
}

// Worker.
void DecodeAndIngest(const ExchangePtr& exchange, const AlertDecodeOptions& decode) {
  std::string body = exchange->TakeBody();
  const std::size_t bytes = body.size();
  auto result = DecodeAlerts(std::move(body), decode);
  if (!result) return exchange->Answer(CodeResponse(result.error().code, result.error().message));
  const auto decoded = std::make_shared<const DecodedAlerts>(std::move(*result));
  const auto finish = [exchange, decoded, response = BatchResponse(*decoded)] {
    exchange->options().alerts_received(decoded->firing, decoded->resolved, decoded->invalid);
    exchange->Answer(response);
  };
  if (decoded->alerts.empty()) return finish();
  const bool taken =
      exchange->options().core->TryRun(bytes, [decoded, finish](core::Control& control, Time now) {
        control.Ingest(now, decoded->alerts);
        finish();
      });
  if (!taken) exchange->AnswerLater(kBusy);
}

}  // namespace

Result<AlertsQuery> ParseAlertsQuery(const std::vector<net::QueryParam>& params,
                                     model::MatcherSyntax syntax) {
  AlertsQuery query;
  query.active = BoolParam(params, "active", true);
  query.silenced = BoolParam(params, "silenced", true);
  query.inhibited = BoolParam(params, "inhibited", true);
  auto filter = MatcherParams(params, "filter", syntax);
  if (!filter) return tl::unexpected(filter.error());
  query.filter = std::move(*filter);
  const std::string* receiver = LastParam(params, "receiver");
  if (receiver && !receiver->empty()) {
    auto regex = model::Regex::Compile(*receiver, model::Regex::Anchor::kFull);
    if (!regex) return Fail("failed to parse receiver param", regex.error());
    query.receiver = std::move(*regex);
  }
  auto receiver_matchers = MatcherParams(params, "receiver_matchers", syntax);
  if (!receiver_matchers) {
    return Fail("failed to parse receiver_matchers param", receiver_matchers.error());
  }
  query.receiver_matchers = std::move(*receiver_matchers);
  return query;
}

std::string SerializeAlerts(std::vector<router::AlertView> alerts, const AlertsQuery& query,
                            const std::vector<config::ReceiverConfig>& receivers) {
  const ReceiverFilter receiver_filter(query, receivers);
  std::erase_if(alerts, [&](const router::AlertView& view) {
    return !query.active || !model::MatchesAll(query.filter, view.alert->labels) ||
           !receiver_filter.Takes(view);
  });
  std::sort(alerts.begin(), alerts.end(), [](const auto& a, const auto& b) {
    return a.alert->fingerprint() < b.alert->fingerprint();
  });
  std::string json;
  JsonWriter writer(&json);
  writer.BeginArray();
  for (const router::AlertView& view : alerts) WriteAlert(view, &writer);
  writer.EndArray();
  json += '\n';
  return json;
}

void GetAlerts(const ExchangePtr& exchange) {
  auto parsed = ParseAlertsQuery(exchange->request().query, exchange->options().syntax);
  if (!parsed) return exchange->AnswerError(400, parsed.error().message);
  const auto query = std::make_shared<const AlertsQuery>(std::move(*parsed));
  AnswerFromSnapshot(exchange, [query](const core::Control& control, Time now) -> MakeAnswer {
    // The names in the views belong to the routes.
    return [query, alerts = control.ActiveAlerts(now), routes = control.routes(),
            config = control.config()]() mutable {
      return JsonResponse(200, SerializeAlerts(std::move(alerts), *query, config->receivers));
    };
  });
}

void PostAlerts(const ExchangePtr& exchange) {
  const net::ServerRequest& request = exchange->request();
  const std::string type = MediaType(FindHeader(request.headers, "Content-Type"));
  if (!request.body.empty() && type != "application/json") {
    return exchange->Answer(CodeResponse(
        415, "unsupported media type " + GoQuote(type) + ", only [application/json] are allowed"));
  }
  // First to the core: it has the configuration and the time that the batch goes by.
  const bool asked =
      exchange->options().core->TryRun(0, [exchange](const core::Control& control, Time now) {
        if (!control.installed()) return exchange->AnswerLater("starting, try again later");
        const config::Config& config = *control.config();
        const std::uint64_t body_max = config.limits.request_body_bytes;
        if (body_max > 0 && exchange->request().body.size() > body_max) {
          return exchange->Answer(CodeResponse(
              413, "alerts in body have more than " + std::to_string(body_max) + " bytes"));
        }
        const AlertDecodeOptions decode{now, config.global.resolve_timeout, config.limits,
                                        exchange->options().syntax};
        const bool begun = exchange->options().workers->TryRun(
            [exchange, decode] { DecodeAndIngest(exchange, decode); });
        if (!begun) exchange->AnswerLater(kBusy);
      });
  if (!asked) exchange->AnswerLater(kBusy);
}

}  // namespace tocsin::api
