#include "api/alerts.h"

#include "api/alert_decoder.h"
#include "api/media_type.h"
#include "api/model_json.h"
#include "api/parameters.h"
#include "base/text.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace tocsin::api {
namespace {

constexpr std::size_t kTypicalAlertBytes = 800;
constexpr std::size_t kDecodedAtOnceBytes = 64 * 1024;
// About a millisecond of the core's time.
constexpr std::size_t kSliceAlerts = 500;
constexpr std::string_view kBusy = "too many alerts wait to be taken in, try again later";

void WriteStatus(const router::AlertStatus& status, std::span<const std::string> muted_by,
                 JsonWriter* writer) {
  if (!status.suppressed() && muted_by.empty()) {
    writer->Raw(R"({"inhibitedBy":[],"mutedBy":[],"silencedBy":[],"state":"active"})");
    return;
  }
  writer->BeginObject().Key("inhibitedBy").BeginArray();
  if (status.inhibited_by) writer->String(model::ToString(*status.inhibited_by));
  writer->EndArray().Key("mutedBy").BeginArray();
  for (const std::string& name : muted_by) writer->String(name);
  writer->EndArray().Key("silencedBy").BeginArray();
  for (const std::string& id : status.silenced_by) writer->String(id);
  writer->EndArray().Key("state").String("suppressed").EndObject();
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
  if (decoded.malformed_code != 0) return CodeResponse(decoded.malformed_code, message);
  return JsonStringResponse(400, message);
}

// The core takes a large batch in slices, so that it can do what is due in between.
class Ingestion : public std::enable_shared_from_this<Ingestion> {
 public:
  Ingestion(ExchangePtr exchange, DecodedAlerts decoded)
      : exchange_(std::move(exchange)), decoded_(std::move(decoded)) {}

  // Once; any thread. `bytes` is what the batch weighs in the core's inbox.
  void Start(std::size_t bytes) {
    if (decoded_.alerts.empty()) return Finish();
    if (!Post(bytes)) exchange_->AnswerLater(kBusy);
  }

 private:
  bool Post(std::size_t bytes) {
    return exchange_->options().core->TryRun(
        bytes, [self = shared_from_this(), bytes](core::Control& control, Time now) {
          self->TakeSlice(control, now, bytes);
        });
  }

  // Core thread.
  void TakeSlice(core::Control& control, Time now, std::size_t bytes) {
    const Duration began = MonotonicNow();
    const std::span<const model::AlertPtr> left = std::span(decoded_.alerts).subspan(taken_);
    const std::size_t size = std::min(left.size(), kSliceAlerts);
    control.Ingest(now, left.first(size));
    taken_ += size;
    routing_ += MonotonicNow() - began;
    if (size == left.size()) return Finish();
    if (!Post(bytes)) exchange_->AnswerLater(kBusy);
  }

  void Finish() {
    exchange_->options().alerts_received(
        {decoded_.firing, decoded_.resolved, decoded_.invalid, routing_});
    exchange_->Answer(BatchResponse(decoded_));
  }

  const ExchangePtr exchange_;
  const DecodedAlerts decoded_;
  std::size_t taken_ = 0;
  Duration routing_{};
};

// Worker, or HTTP thread.
void DecodeAndIngest(const ExchangePtr& exchange, const AlertDecodeOptions& decode) {
  std::string body = exchange->TakeBody();
  const std::size_t bytes = body.size();
  auto result = DecodeAlerts(std::move(body), decode);
  if (!result) return exchange->Answer(CodeResponse(result.error().code, result.error().message));
  std::make_shared<Ingestion>(exchange, std::move(*result))->Start(bytes);
}

}  // namespace

void WriteAlert(const router::AlertView& view, std::span<const std::string_view> receivers,
                std::span<const std::string> muted_by, JsonWriter* writer) {
  const model::Alert& alert = *view.alert;
  writer->BeginObject().Key("annotations");
  WriteLabels(alert.annotations, writer);
  writer->Key("endsAt");
  WriteMilliTime(alert.ends_at, writer);
  writer->Key("fingerprint").String(model::ToString(alert.fingerprint()));
  writer->Key("receivers").BeginArray();
  for (const std::string_view name : receivers) {
    writer->BeginObject().Key("name").String(name).EndObject();
  }
  writer->EndArray().Key("startsAt");
  WriteMilliTime(alert.starts_at, writer);
  writer->Key("status");
  WriteStatus(view.status, muted_by, writer);
  writer->Key("updatedAt");
  WriteMilliTime(alert.updated_at, writer);
  if (!alert.generator_url.empty()) writer->Key("generatorURL").String(alert.generator_url.view());
  writer->Key("labels");
  WriteLabels(alert.labels, writer);
  writer->EndObject();
}

std::string SerializeAlerts(std::vector<router::AlertView> alerts, const AlertsQuery& query,
                            const router::RouteTree& routes,
                            const std::vector<config::ReceiverConfig>& receivers) {
  const RouteFilter route_filter(query, routes, receivers);
  std::erase_if(alerts, [&](const router::AlertView& view) {
    return !query.TakesState(view.status) || !route_filter.TakesAny(view);
  });
  // The views stay where they are: they are large, and reading a fingerprint goes through memory.
  std::vector<std::pair<model::Fingerprint, const router::AlertView*>> order;
  order.reserve(alerts.size());
  for (const router::AlertView& view : alerts) order.emplace_back(view.alert->fingerprint(), &view);
  std::sort(order.begin(), order.end());
  std::string json;
  json.reserve(alerts.size() * kTypicalAlertBytes);
  JsonWriter writer(&json);
  std::vector<std::string_view> names;
  writer.BeginArray();
  for (const auto& [fingerprint, alert] : order) {
    const router::AlertView& view = *alert;
    names.clear();
    for (const router::RouteIndex route : view.routes) names.push_back(routes[route].receiver);
    WriteAlert(view, names, {}, &writer);
  }
  writer.EndArray();
  json += '\n';
  return json;
}

void GetAlerts(const ExchangePtr& exchange) {
  auto parsed = ParseAlertsQuery(exchange->request().query, exchange->options().syntax);
  if (!parsed) return exchange->AnswerError(400, parsed.error().message);
  const auto query = std::make_shared<const AlertsQuery>(std::move(*parsed));
  AnswerFromSnapshot(exchange, [query](core::Control& control, Time now) -> MakeAnswer {
    return [query, alerts = control.ActiveAlerts(now, query->filter), routes = control.routes(),
            config = control.config()]() mutable {
      return JsonResponse(200,
                          SerializeAlerts(std::move(alerts), *query, *routes, config->receivers));
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
  const std::shared_ptr<const config::Config> config = exchange->options().config->Get();
  if (!config) return exchange->AnswerLater("starting, try again later");
  const std::size_t bytes = request.body.size();
  const std::uint64_t body_max = config->limits.request_body_bytes;
  if (body_max > 0 && bytes > body_max) {
    return exchange->Answer(
        CodeResponse(413, "alerts in body have more than " + std::to_string(body_max) + " bytes"));
  }
  const AlertDecodeOptions decode{exchange->options().clock->Now(), config->global.resolve_timeout,
                                  config->limits, exchange->options().syntax};
  // What is decoded faster than it is handed to another thread is decoded here.
  if (bytes <= kDecodedAtOnceBytes) return DecodeAndIngest(exchange, decode);
  const bool begun = exchange->options().workers->TryRun(
      [exchange, decode] { DecodeAndIngest(exchange, decode); });
  if (!begun) exchange->AnswerLater(kBusy);
}

}  // namespace tocsin::api
