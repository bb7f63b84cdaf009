#include "api/alerts.h"

#include "api/alert_decoder.h"
#include "api/model_json.h"
#include "api/parameters.h"
#include "api/reads.h"
#include "base/hash.h"
#include "base/large_text.h"
#include "base/text.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace tocsin::api {
namespace {

constexpr std::size_t kTypicalAlertBytes = 800;
// Between asking for memory and its arrival that many alerts are written.
constexpr std::size_t kAhead = 4;
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
  if (status.inhibited_by) writer->String(model::ToString(status.inhibited_by->fingerprint()));
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

// Views stay where they are: they are large, and reading a fingerprint goes through memory.
std::vector<const router::AlertView*> ByFingerprint(const std::vector<router::AlertView>& alerts) {
  std::vector<std::pair<model::Fingerprint, const router::AlertView*>> pairs;
  pairs.reserve(alerts.size());
  constexpr std::size_t kFarAhead = 8 * kAhead;  // So little is done with each of them.
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    const std::size_t far = i + 2 * kFarAhead;
    if (far < alerts.size()) __builtin_prefetch(alerts[far].alert.get());
    if (i + kFarAhead < alerts.size()) alerts[i + kFarAhead].alert->labels.PrefetchFingerprint();
    pairs.emplace_back(alerts[i].alert->fingerprint(), &alerts[i]);
  }
  std::sort(pairs.begin(), pairs.end());
  std::vector<const router::AlertView*> order;
  order.reserve(pairs.size());
  for (const auto& pair : pairs) order.push_back(pair.second);
  return order;
}

// By fingerprint each alert lies somewhere else, and so does what it points to: without this, most
// of the time goes by in waiting for memory. Each stage needs what the one before has fetched.
void Prefetch(const std::vector<const router::AlertView*>& order, std::size_t at) {
  if (at + 3 * kAhead < order.size()) __builtin_prefetch(order[at + 3 * kAhead]);
  if (at + 2 * kAhead < order.size()) __builtin_prefetch(order[at + 2 * kAhead]->alert.get());
  if (at + kAhead < order.size()) {
    const model::Alert& alert = *order[at + kAhead]->alert;
    alert.labels.Prefetch();
    alert.annotations.Prefetch();
  }
}

// The member `receivers` of alerts. Most of them take the same routes.
class ReceiversOfRoutes {
 public:
  explicit ReceiversOfRoutes(const router::RouteTree& routes) : routes_(routes) {}

  // Valid until the next call.
  std::string_view Json(const decltype(router::AlertView::routes)& taken) {
    if (!json_.empty() && taken == taken_) return json_;
    taken_ = taken;
    std::vector<std::string_view> names;
    for (const router::RouteIndex route : taken) names.push_back(routes_[route].receiver);
    return json_ = ReceiversJson(names);
  }

 private:
  const router::RouteTree& routes_;
  decltype(router::AlertView::routes) taken_;
  std::string json_;
};

class AlertsRead final : public Read {
 public:
  explicit AlertsRead(std::shared_ptr<const AlertsQuery> query) : query_(std::move(query)) {}

  bool Take(core::Control& control, Time now) override {
    if (!routes_) {
      routes_ = control.routes();
      config_ = control.config();
      if (query_->filter.empty()) alerts_.reserve(control.counts().alerts);
    }
    return control.TakeActiveAlerts(now, query_->filter, &next_, &alerts_);
  }
  std::size_t size() const override { return alerts_.size(); }
  HttpResponse Answer() override {
    return JsonResponse(200,
                        SerializeAlerts(std::move(alerts_), *query_, *routes_, config_->receivers));
  }

 private:
  const std::shared_ptr<const AlertsQuery> query_;
  std::shared_ptr<const router::RouteTree> routes_;
  std::shared_ptr<const config::Config> config_;
  std::size_t next_ = 0;
  std::vector<router::AlertView> alerts_;
};

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

void WriteAlert(const router::AlertView& view, std::string_view receivers,
                std::span<const std::string> muted_by, JsonWriter* writer) {
  const model::Alert& alert = *view.alert;
  writer->BeginObject().PlainKey("annotations");
  WriteLabels(alert.annotations, writer);
  writer->PlainKey("endsAt");
  WriteMilliTime(alert.ends_at, writer);
  writer->PlainKey("fingerprint").Quoted([&](std::string* out) {
    AppendHex16(static_cast<std::uint64_t>(alert.fingerprint()), out);
  });
  writer->PlainKey("receivers").Raw(receivers).PlainKey("startsAt");
  WriteMilliTime(alert.starts_at, writer);
  writer->PlainKey("status");
  WriteStatus(view.status, muted_by, writer);
  writer->PlainKey("updatedAt");
  WriteMilliTime(alert.updated_at, writer);
  if (!alert.generator_url.empty()) {
    writer->PlainKey("generatorURL").String(alert.generator_url.view());
  }
  writer->PlainKey("labels");
  WriteLabels(alert.labels, writer);
  writer->EndObject();
}

std::string ReceiversJson(std::span<const std::string_view> names) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginArray();
  for (const std::string_view name : names) {
    writer.BeginObject().Key("name").String(name).EndObject();
  }
  writer.EndArray();
  return json;
}

std::string SerializeAlerts(std::vector<router::AlertView> alerts, const AlertsQuery& query,
                            const router::RouteTree& routes,
                            const std::vector<config::ReceiverConfig>& receivers) {
  const RouteFilter route_filter(query, routes, receivers);
  std::erase_if(alerts, [&](const router::AlertView& view) {
    return !query.TakesState(view.status) || !route_filter.TakesAny(view);
  });
  const std::vector<const router::AlertView*> order = ByFingerprint(alerts);
  ReceiversOfRoutes receivers_of(routes);
  std::string json;
  ReserveLarge(alerts.size() * kTypicalAlertBytes, &json);
  JsonWriter writer(&json);
  writer.BeginArray();
  for (std::size_t i = 0; i < order.size(); ++i) {
    Prefetch(order, i);
    WriteAlert(*order[i], receivers_of.Json(order[i]->routes), {}, &writer);
  }
  writer.EndArray();
  json += '\n';
  return json;
}

void GetAlerts(const ExchangePtr& exchange) {
  auto parsed = ParseAlertsQuery(exchange->request().query, exchange->options().syntax);
  if (!parsed) return exchange->AnswerError(400, parsed.error().message);
  const auto query = std::make_shared<const AlertsQuery>(std::move(*parsed));
  AnswerRead(exchange, [query] { return std::make_unique<AlertsRead>(query); });
}

void PostAlerts(const ExchangePtr& exchange) {
  const net::ServerRequest& request = exchange->request();
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
