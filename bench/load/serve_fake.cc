// The fake neighbour of a rule evaluator and of a router, in one server:
//   /api/v1/query     the metric's name in the expression says what is answered:
//                       bench_N      N series, all above 80; rule="ID" in it is noted
//                       toggle_ID    none, until it is switched on: then one
//   /api/v1/write     remote write: counted
//   /api/v2/alerts    an Alertmanager's: counted
//   /hook             a webhook receiver's: counted
//   /metrics?n=N      to be scraped: bench_N, at the first scrape only
//   /control/...      toggle?id=ID, counters, events, clear

#include "base/clock.h"
#include "base/text.h"
#include "bench/load/commands.h"
#include "bench/load/fake_events.h"
#include "bench/load/http_server.h"
#include "bench/load/text_search.h"
#include "bench/load/vector_answers.h"

#include <cstdlib>
#include <optional>
#include <unordered_set>

namespace tocsin::load {
namespace {

std::string Parameter(std::string_view form, std::string_view name) {
  for (const std::string_view pair : Split(form, '&')) {
    if (pair.substr(0, pair.find('=')) != name || pair.size() == name.size()) continue;
    return QueryUnescape(pair.substr(name.size() + 1)).value_or("");
  }
  return "";
}

// The digits after `mark`, if it is there.
std::optional<std::uint64_t> NumberAfter(std::string_view mark, const std::string& text) {
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) return std::nullopt;
  return std::strtoull(text.c_str() + at + mark.size(), nullptr, 10);
}

class Fake {
 public:
  HttpServer::Response Answer(const HttpServer::Request& request);

 private:
  using Request = HttpServer::Request;
  using Response = HttpServer::Response;

  Response Query(const Request& request, std::string_view form);
  Response Vector(const Request& request, const std::string& expr, Time time);
  Response Toggle(const Request& request, std::uint64_t id, Time time);
  Response Alerts(const Request& request);
  Response Notification(const Request& request);
  Response Scrape(std::string_view form);
  Response Control(const Request& request, std::string_view path, std::string_view form);

  FakeEvents events_;
  VectorAnswers answers_;
  std::unordered_set<std::uint64_t> toggled_;
  std::unordered_set<std::uint64_t> scraped_;
};

HttpServer::Response Fake::Answer(const Request& request) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  const std::string_view form = path.size() == request.target.size()
                                    ? std::string_view{}
                                    : request.target.substr(path.size() + 1);
  if (path == "/api/v1/query") return Query(request, request.body.empty() ? form : request.body);
  if (path == "/api/v2/alerts") return Alerts(request);
  if (path == "/hook") return Notification(request);
  if (path == "/metrics") return Scrape(form);
  if (path.starts_with("/control/")) return Control(request, path.substr(9), form);
  if (path == "/api/v1/write") {
    ++events_.counters.writes;
    return {204, "", "text/plain", {}};
  }
  ++events_.counters.other_requests;
  return {200, R"({"status":"success","data":{}})", "application/json", {}};
}

HttpServer::Response Fake::Query(const Request& request, std::string_view form) {
  ++events_.counters.queries;
  const std::string expr = Parameter(form, "query");
  const std::string at = Parameter(form, "time");
  const Time time = at.find_first_not_of("0123456789.") == std::string::npos && !at.empty()
                        ? FromUnixSeconds(std::strtod(at.c_str(), nullptr))
                        : SystemClock().Now();
  if (const auto id = NumberAfter("toggle_", expr)) return Toggle(request, *id, time);
  return Vector(request, expr, time);
}

HttpServer::Response Fake::Vector(const Request& request, const std::string& expr, Time time) {
  FakeEvent event{FakeEvent::Kind::kQuery};
  event.key = NumberAfter("rule=\"", expr).value_or(0);
  event.begin = request.begin;
  event.end = request.end;
  event.items = NumberAfter("bench_", expr).value_or(1);
  events_.counters.series += event.items;
  const std::size_t position = events_.Add(event);
  return {200, answers_.Vector(event.items, time), "application/json",
          [this, position] { events_.SetSent(position, MonotonicNow()); }};
}

HttpServer::Response Fake::Toggle(const Request& request, std::uint64_t id, Time time) {
  FakeEvent event{FakeEvent::Kind::kToggleQuery};
  event.key = id;
  event.begin = request.begin;
  event.end = request.end;
  event.items = toggled_.contains(id) ? 1 : 0;
  const std::size_t position = events_.Add(event);
  return {200, VectorAnswers::Toggle(id, event.items == 1, time), "application/json",
          [this, position] { events_.SetSent(position, MonotonicNow()); }};
}

HttpServer::Response Fake::Alerts(const Request& request) {
  FakeEvent event{FakeEvent::Kind::kAlerts};
  event.begin = request.begin;
  event.end = request.end;
  event.items = CountOf(R"("startsAt")", request.body);
  events_.Add(event);
  ++events_.counters.alert_posts;
  events_.counters.alerts += event.items;
  events_.counters.alert_bytes += request.body.size();
  return {200, R"({"status":"success"})", "application/json", {}};
}

HttpServer::Response Fake::Notification(const Request& request) {
  FakeEvent event{FakeEvent::Kind::kNotification};
  event.begin = request.begin;
  event.end = request.end;
  event.items = CountOf(R"("fingerprint")", request.body);
  ++events_.counters.notifications;
  events_.counters.notified_alerts += event.items;
  // The same label stands in an alert and among the common labels.
  std::unordered_set<std::uint64_t> sequences;
  ForEachSequenceNumber(request.body, [&](std::uint64_t number) { sequences.insert(number); });
  for (const std::uint64_t number : sequences) {
    event.key = number;
    events_.Add(event);
  }
  return {200, "", "text/plain", {}};
}

HttpServer::Response Fake::Scrape(std::string_view form) {
  const auto series = std::strtoull(Parameter(form, "n").c_str(), nullptr, 10);
  std::string text;
  if (scraped_.insert(series).second) text = VectorAnswers::Scrape(series, SystemClock().Now());
  return {200, std::move(text), "text/plain; version=0.0.4", {}};
}

HttpServer::Response Fake::Control(const Request& request, std::string_view path,
                                   std::string_view form) {
  if (path == "counters") return {200, events_.CountersJson(), "application/json", {}};
  if (path == "events") return {200, events_.Lines(), "text/plain", {}};
  if (path == "clear") {
    events_.Clear();
    return {200, "", "text/plain", {}};
  }
  if (path == "toggle") {
    FakeEvent event{FakeEvent::Kind::kToggle};
    event.key = std::strtoull(Parameter(form, "id").c_str(), nullptr, 10);
    event.begin = request.begin;
    event.end = request.end;
    events_.Add(event);
    toggled_.insert(event.key);
    return {200, "", "text/plain", {}};
  }
  return {404, "", "text/plain", {}};
}

}  // namespace

Result<std::string> ServeFake(const Flags& flags) {
  Fake fake;
  auto server =
      HttpServer::Listen(static_cast<std::uint16_t>(flags.Integer("port", 0)),
                         [&](const HttpServer::Request& request) { return fake.Answer(request); });
  if (!server) return tl::unexpected(server.error());
  (*server)->Run();
  return std::string();
}

}  // namespace tocsin::load
