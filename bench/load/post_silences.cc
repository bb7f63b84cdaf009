#include "base/clock.h"
#include "bench/load/commands.h"
#include "bench/load/connections.h"
#include "bench/load/http_client.h"
#include "bench/load/measures.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace tocsin::load {
namespace {

// Which of the generator's alerts a silence matches.
enum class Kind {
  kOne,  // By two equalities.
  kTen,  // Ten hosts, by two regular expressions.
};

std::string Matchers(Kind kind, std::int64_t host, std::int64_t names) {
  std::array<char, 512> text{};
  if (kind == Kind::kTen) {
    std::snprintf(text.data(), text.size(),
                  R"({"name":"instance","value":"host-%06lld[0-9][.]dc1[.]example[.]net:.*",)"
                  R"("isRegex":true,"isEqual":true},{"name":"severity",)"
                  R"("value":"warning|critical","isRegex":true,"isEqual":true})",
                  static_cast<long long>(host / 10));
  } else {
    std::snprintf(text.data(), text.size(),
                  R"({"name":"alertname","value":"Alert%04lld","isRegex":false,"isEqual":true},)"
                  R"({"name":"instance","value":"host-%07lld.dc1.example.net:9100",)"
                  R"("isRegex":false,"isEqual":true})",
                  static_cast<long long>(host % names), static_cast<long long>(host));
  }
  return text.data();
}

std::string Silence(const std::string& matchers, const std::string& starts_at,
                    const std::string& ends_at) {
  return R"({"matchers":[)" + matchers + R"(],"startsAt":")" + starts_at + R"(","endsAt":")" +
         ends_at + R"(","createdBy":"bench","comment":"planned maintenance of a rack"})";
}

}  // namespace

// --kind one, ten or mixed (by turns); --first-host beyond the alerts' hosts: they match none.
Result<std::string> PostSilences(const Flags& flags) {
  const std::int64_t silences = flags.Integer("silences", 1000);
  const std::int64_t first_host = flags.Integer("first-host", 0);
  const std::int64_t names = flags.Integer("names", 50);
  const std::string kind = flags.Text("kind", "mixed");
  const Time now = SystemClock().Now();
  const std::string starts_at = FormatRfc3339Milli(now);
  const std::string ends_at = FormatRfc3339Milli(now + std::chrono::hours(24));
  const auto post = [&](std::uint64_t number, HttpClient* client, Exchange* exchange) {
    const auto i = static_cast<std::int64_t>(number);
    if (i >= silences) return false;
    const bool ten = kind == "ten" || (kind == "mixed" && i % 2 == 1);
    const std::string matchers = ten ? Matchers(Kind::kTen, first_host + 10 * i, names)
                                     : Matchers(Kind::kOne, first_host + i, names);
    exchange->begin = MonotonicNow();
    exchange->status =
        client->PostJson("/api/v2/silences", Silence(matchers, starts_at, ends_at)).status;
    return true;
  };
  Exchanges done = RunConnections(flags.Text("address", ""), "",
                                  static_cast<int>(flags.Integer("connections", 4)), post);

  std::string out;
  JsonWriter json(&out);
  json.BeginObject();
  json.Key("errors").Int(static_cast<std::int64_t>(done.errors));
  json.Key("elapsed_s").Double(done.elapsed_seconds);
  json.Key("latency_ms");
  WriteLatencies(std::move(done.latencies), &json);
  json.EndObject();
  return out;
}

}  // namespace tocsin::load
