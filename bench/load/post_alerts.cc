#include "base/clock.h"
#include "bench/load/alert_generator.h"
#include "bench/load/commands.h"
#include "bench/load/connections.h"
#include "bench/load/http_client.h"
#include "bench/load/measures.h"
#include "bench/load/webhook_sink.h"

#include <algorithm>
#include <atomic>

namespace tocsin::load {
namespace {

struct Plan {
  std::uint64_t alerts;
  std::uint64_t batch;
  std::uint64_t rounds;  // How often all of them are posted.
  double rate;           // Alerts a second, as they are due; 0: as fast as they are taken.
  int connections;
};

Plan ReadPlan(const Flags& flags) {
  Plan plan{};
  plan.alerts = static_cast<std::uint64_t>(flags.Integer("alerts", 1000));
  plan.batch = static_cast<std::uint64_t>(flags.Integer("batch", 64));
  plan.rounds = static_cast<std::uint64_t>(flags.Integer("rounds", 1));
  plan.rate = flags.Number("rate", 0);
  plan.connections = static_cast<int>(flags.Integer("connections", 4));
  return plan;
}

std::string Batch(const AlertGenerator& generator, std::uint64_t first, std::uint64_t end) {
  std::string body = "[";
  for (std::uint64_t i = first; i < end; ++i) {
    if (i > first) body += ',';
    generator.Append(i, &body);
  }
  body += ']';
  return body;
}

Duration DueAt(const Plan& plan, std::uint64_t post) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(
      static_cast<double>(post) * static_cast<double>(plan.batch) / plan.rate));
}

}  // namespace

Result<std::string> PostAlerts(const Flags& flags) {
  const Plan plan = ReadPlan(flags);
  const AlertGenerator generator(AlertGenerator::FromFlags(flags));
  std::unique_ptr<WebhookSink> sink;
  if (const std::int64_t port = flags.Integer("sink-port", 0); port != 0) {
    auto started = WebhookSink::Start(static_cast<std::uint16_t>(port), plan.alerts);
    if (!started) return tl::unexpected(started.error());
    sink = std::move(*started);
  }

  const std::uint64_t batches = (plan.alerts + plan.batch - 1) / plan.batch;
  std::vector<Duration> due(plan.alerts);
  std::atomic<std::uint64_t> bytes = 0;
  const Duration begin = MonotonicNow();
  const auto post = [&](std::uint64_t number, HttpClient* client, Exchange* exchange) {
    if (number >= batches * plan.rounds) return false;
    const std::uint64_t first = number % batches * plan.batch;
    const std::uint64_t end = std::min(plan.alerts, first + plan.batch);
    const std::string body = Batch(generator, first, end);
    exchange->begin = MonotonicNow();
    if (plan.rate > 0) {
      // From when it was due: a server that stalls is charged for the queue.
      exchange->begin = begin + DueAt(plan, number);
      SleepUntil(exchange->begin);
    }
    std::fill(due.begin() + static_cast<std::ptrdiff_t>(first),
              due.begin() + static_cast<std::ptrdiff_t>(end), exchange->begin);
    exchange->status = client->PostJson("/api/v2/alerts", body).status;
    bytes += body.size();
    return true;
  };
  Exchanges done = RunConnections(flags.Text("address", ""), "", plan.connections, post);
  if (sink) {
    sink->AwaitAll(std::chrono::seconds(flags.Integer("sink-wait", 10)));
    std::this_thread::sleep_for(std::chrono::seconds(flags.Integer("linger", 0)));
    sink->Stop();
  }

  std::string out;
  JsonWriter json(&out);
  json.BeginObject();
  json.Key("errors").Int(static_cast<std::int64_t>(done.errors));
  json.Key("bytes").Int(static_cast<std::int64_t>(bytes));
  json.Key("elapsed_s").Double(done.elapsed_seconds);
  json.Key("latency_ms");
  WriteLatencies(std::move(done.latencies), &json);
  if (sink) {
    json.Key("sink");
    sink->Write(due, begin, &json);
  }
  json.Key("own_cpu_s").Double(OwnCpuSeconds());
  json.EndObject();
  return out;
}

}  // namespace tocsin::load
