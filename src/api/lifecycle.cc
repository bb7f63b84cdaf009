#include "api/lifecycle.h"

namespace tocsin::api {

void GetHealthy(const ExchangePtr& exchange) {
  exchange->Answer(TextResponse(200, "OK"));
}

void PostReload(const ExchangePtr& exchange) {
  exchange->options().reload([exchange](const Status& status) {
    if (status) return exchange->Answer({});
    exchange->Answer(
        TextResponse(500, "failed to reload config: " + status.error().message + "\n"));
  });
}

void GetMetrics(const ExchangePtr& exchange) {
  exchange->options().metrics([exchange](std::string text) {
    exchange->Answer(
        {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, std::move(text)},
        net::ResponseClass::kOperational);
  });
}

}  // namespace tocsin::api
