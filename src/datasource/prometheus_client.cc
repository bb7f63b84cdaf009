#include "datasource/prometheus_client.h"

#include "base/duration.h"
#include "base/text.h"
#include "base/timer_queue.h"
#include "datasource/query_response.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <optional>
#include <utility>

namespace tocsin::datasource {
namespace {

// A vector of a million series is far beyond what a rule should give, and fits.
constexpr std::size_t kResponseBytesMax = 256 * 1024 * 1024;

// `1435781451.781`
std::string FormatUnixMillis(Time t) {
  const long long millis = UnixMillis(t);
  const long long magnitude = millis < 0 ? -millis : millis;
  char text[48];
  std::snprintf(text, sizeof text, "%s%lld.%03lld", millis < 0 ? "-" : "", magnitude / 1000,
                magnitude % 1000);
  return text;
}

void AppendParam(std::string_view name, std::string_view value, std::string* out) {
  if (!out->empty()) *out += '&';
  *out += QueryEscape(name);
  *out += '=';
  *out += QueryEscape(value);
}

// `base` with the API's path, and with `query` behind whatever query it has already.
std::string QueryUrl(std::string_view base, std::string_view query) {
  const std::size_t mark = std::min(base.find('?'), base.size());
  std::string url(base.substr(0, mark));
  url += "/api/v1/query";
  std::string all(mark < base.size() ? base.substr(mark + 1) : std::string_view());
  if (!all.empty() && !query.empty()) all += '&';
  all += query;
  if (!all.empty()) url += "?" + all;
  return url;
}

std::string TimedOut(Duration timeout) {
  return "query timed out after " + FormatPrometheusDuration(timeout);
}

}  // namespace

HttpRequest BuildQueryRequest(const config::DatasourceConfig& config, const rules::Query& query,
                              Duration timeout) {
  std::string fixed;
  for (const auto& [name, value] : config.params) AppendParam(name, value, &fixed);
  std::string form;
  AppendParam("query", query.expr, &form);
  AppendParam("time", FormatUnixMillis(query.time), &form);
  // Zero would mean none.
  const Duration at_least = std::max<Duration>(timeout, std::chrono::milliseconds(1));
  AppendParam("timeout", FormatPrometheusDuration(at_least), &form);

  HttpRequest request;
  request.headers.push_back({"Accept", "application/json"});
  if (config.use_get) {
    request.method = "GET";
    request.url = Secret(QueryUrl(config.url, fixed.empty() ? form : fixed + "&" + form));
  } else {
    request.method = "POST";
    // The configured parameters stay in the URL, where proxies on the way look for them.
    request.url = Secret(QueryUrl(config.url, fixed));
    request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
    request.body = std::move(form);
  }
  for (const auto& [name, value] : config.headers) request.headers.push_back({name, value});
  return request;
}

// All state is the core thread's; other threads only carry a pointer back to it.
class PrometheusClient::Calls : public std::enable_shared_from_this<Calls> {
 public:
  Calls(config::DatasourceConfig config, Dependencies dependencies)
      : config_(std::move(config)), deps_(std::move(dependencies)) {}

  void Add(const rules::Query& query, Callback done) {
    const std::uint64_t id = next_id_++;
    const Time deadline = SaturatingAdd(Now(), query.timeout);
    calls_.emplace(id, Call{query, std::move(done), deadline, {}});
    deadlines_.Set(deadline, id);
    waiting_.push_back(id);
    StartWaiting();
    ArmTimer();
  }

 private:
  struct Call {
    rules::Query query;
    Callback done;
    Time deadline;
    net::CallHandle handle;
  };

  // Monotonic time, in the type that the timer queue takes.
  Time Now() const { return Time(deps_.monotonic_now()); }

  void StartWaiting() {
    while (on_wire_ < config_.max_concurrency && !waiting_.empty()) {
      const std::uint64_t id = waiting_.front();
      waiting_.pop_front();
      const auto call = calls_.find(id);
      if (call != calls_.end()) Start(id, &call->second);
    }
  }

  void Start(std::uint64_t id, Call* call) {
    ++on_wire_;
    const Duration left = std::max(call->deadline - Now(), Duration(1));
    net::HttpCall http;
    http.request = BuildQueryRequest(config_, call->query, left);
    http.client = config_.http_config;
    http.timeout = http.deadline = left;
    http.response_bytes_max = kResponseBytesMax;
    http.user_agent = deps_.user_agent;
    http.accept_encoding = true;
    // Neither the client's limit for a host nor whatever else goes there may lower ours.
    http.turns = {"datasource " + config_.name, static_cast<std::size_t>(config_.max_concurrency)};
    call->handle = deps_.http->Send(
        std::move(http),
        [self = shared_from_this(), id, timeout = call->query.timeout](net::HttpResult result) {
          self->OnHttp(id, timeout, std::move(result));
        });
  }

  // The HTTP client's thread.
  void OnHttp(std::uint64_t id, Duration timeout, net::HttpResult result) {
    if (!result) {
      const net::HttpFailure& failure = result.error();
      const bool late = failure.kind == net::HttpFailure::Kind::kTimeout;
      Post(id, Fail(late ? TimedOut(timeout)
                         : "datasource \"" + config_.name + "\": " + failure.message));
      return;
    }
    auto response = std::make_shared<HttpResponse>(std::move(*result));
    const auto decode = [self = shared_from_this(), id, response] {
      self->Post(id, DecodeQueryResponse(std::move(response->body), response->status,
                                         FindHeader(response->headers, "Content-Type")));
    };
    // To lose an evaluation because others keep the workers busy would be worse than to hold up
    // this thread for the moment that it takes.
    if (!deps_.workers->TryRun(decode)) decode();
  }

  void Post(std::uint64_t id, Result<rules::QueryResult> result) {
    deps_.inbox->Post([self = shared_from_this(), id,
                       shared = std::make_shared<Result<rules::QueryResult>>(std::move(result))] {
      self->Finish(id, std::move(*shared));
    });
  }

  // Each call that was started comes here once.
  void Finish(std::uint64_t id, Result<rules::QueryResult> result) {
    --on_wire_;
    std::optional<Callback> done = Take(id);
    StartWaiting();
    // Last, because it may ask the next query.
    if (done) (*done)(std::move(result));
  }

  // Nothing if it was answered already.
  std::optional<Callback> Take(std::uint64_t id) {
    const auto call = calls_.find(id);
    if (call == calls_.end()) return std::nullopt;
    Callback done = std::move(call->second.done);
    calls_.erase(call);
    return done;
  }

  void OnTimer() {
    armed_for_.reset();
    std::vector<std::pair<Callback, Duration>> late;
    while (const auto due = deadlines_.PopDue(Now())) {
      const auto call = calls_.find(due->second);
      if (call == calls_.end()) continue;
      call->second.handle.Cancel();
      late.emplace_back(std::move(call->second.done), call->second.query.timeout);
      calls_.erase(call);
    }
    ArmTimer();
    for (auto& [done, timeout] : late) done(Fail(TimedOut(timeout)));
  }

  // One timer at a time, for the earliest deadline, rather than one for each query.
  void ArmTimer() {
    const std::optional<Time> next = deadlines_.NextDeadline();
    if (!next || (armed_for_ && *armed_for_ <= *next)) return;
    armed_for_ = next;
    deps_.run_after(std::max(*next - Now(), Duration::zero()),
                    [weak = weak_from_this(), inbox = deps_.inbox] {
                      inbox->Post([weak] {
                        if (const auto self = weak.lock()) self->OnTimer();
                      });
                    });
  }

  // Constant after construction.
  const config::DatasourceConfig config_;
  const Dependencies deps_;

  boost::unordered_flat_map<std::uint64_t, Call> calls_;  // Not answered yet.
  std::deque<std::uint64_t> waiting_;
  TimerQueue<std::uint64_t> deadlines_;  // Of calls, answered ones included.
  std::optional<Time> armed_for_;
  std::uint64_t next_id_ = 1;
  int on_wire_ = 0;
};

PrometheusClient::PrometheusClient(config::DatasourceConfig config, Dependencies dependencies)
    : calls_(std::make_shared<Calls>(std::move(config), std::move(dependencies))) {}

PrometheusClient::~PrometheusClient() = default;

void PrometheusClient::Query(const rules::Query& query, Callback done) {
  calls_->Add(query, std::move(done));
}

}  // namespace tocsin::datasource
