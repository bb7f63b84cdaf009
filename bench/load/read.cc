#include "base/clock.h"
#include "bench/load/commands.h"
#include "bench/load/connections.h"
#include "bench/load/http_client.h"
#include "bench/load/measures.h"

namespace tocsin::load {

// --path, as often as --requests says, or for --seconds; the occurrences of --needle are counted.
Result<std::string> Read(const Flags& flags) {
  const std::string path = flags.Text("path", "/api/v2/alerts");
  const auto requests = static_cast<std::uint64_t>(flags.Integer("requests", 1));
  const double seconds = flags.Number("seconds", 0);
  const Duration begin = MonotonicNow();
  const auto read = [&](std::uint64_t number, HttpClient* client, Exchange* exchange) {
    exchange->begin = MonotonicNow();
    const bool more = seconds > 0 ? Seconds(exchange->begin - begin) < seconds : number < requests;
    if (!more) return false;
    const HttpClient::Response response = client->Get(path);
    exchange->status = response.status;
    exchange->body_bytes = response.body_bytes;
    exchange->needles = response.needles;
    return true;
  };
  Exchanges done =
      RunConnections(flags.Text("address", ""), flags.Text("needle", R"("fingerprint")"),
                     static_cast<int>(flags.Integer("connections", 1)), read);

  std::string out;
  JsonWriter json(&out);
  json.BeginObject();
  json.Key("requests").Int(static_cast<std::int64_t>(done.latencies.size()));
  json.Key("errors").Int(static_cast<std::int64_t>(done.errors));
  json.Key("body_bytes").Int(static_cast<std::int64_t>(done.body_bytes));
  json.Key("items").Int(static_cast<std::int64_t>(done.needles));
  json.Key("elapsed_s").Double(done.elapsed_seconds);
  json.Key("latency_ms");
  WriteLatencies(std::move(done.latencies), &json);
  json.EndObject();
  return out;
}

}  // namespace tocsin::load
