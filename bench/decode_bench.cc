// The two decoders that every alert goes through: a datasource's answer, and POST /api/v2/alerts.

#include "api/alert_decoder.h"
#include "datasource/query_response.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace {

std::string QueryAnswer(std::int64_t series) {
  std::string body = R"({"status":"success","data":{"resultType":"vector","result":[)";
  for (std::int64_t i = 0; i < series; ++i) {
    if (i > 0) body += ',';
    body += R"({"metric":{"__name__":"up","cluster":"eu-1","instance":"host-)" + std::to_string(i) +
            R"(:9100","job":"node"},"value":[1700000000.123,"0"]})";
  }
  return body + "]}}";
}

std::string AlertsBody(std::int64_t alerts) {
  std::string body = "[";
  for (std::int64_t i = 0; i < alerts; ++i) {
    if (i > 0) body += ',';
    body += R"({"labels":{"alertname":"TargetDown","instance":"host-)" + std::to_string(i) +
            R"(:9100","job":"node","severity":"page"},"annotations":{"summary":"host-)" +
            std::to_string(i) + R"( does not answer"},"startsAt":"2026-01-02T03:04:05.678Z",)" +
            R"("endsAt":"2026-01-02T03:08:05.678Z","generatorURL":"http://localhost:9090/graph"})";
  }
  return body + "]";
}

void BM_QueryAnswer(benchmark::State& state) {
  const std::string body = QueryAnswer(state.range(0));
  for (auto _ : state) {
    auto result = tocsin::datasource::DecodeQueryResponse(body, 200, "application/json");
    if (!result) state.SkipWithError(result.error().message.c_str());
    benchmark::DoNotOptimize(result);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_QueryAnswer)->Arg(1)->Arg(100)->Arg(10'000);

void BM_PostedAlerts(benchmark::State& state) {
  const std::string body = AlertsBody(state.range(0));
  tocsin::api::AlertDecodeOptions options;
  options.now = tocsin::Time{std::chrono::seconds(1'767'323'045)};
  options.resolve_timeout = std::chrono::minutes(5);
  for (auto _ : state) {
    auto result = tocsin::api::DecodeAlerts(body, options);
    if (!result || result->invalid > 0) state.SkipWithError("an alert was refused");
    benchmark::DoNotOptimize(result);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_PostedAlerts)->Arg(1)->Arg(100)->Arg(10'000);

}  // namespace
