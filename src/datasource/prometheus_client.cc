#include "datasource/prometheus_client.h"

#include "base/duration.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include "base/retry_after.h"
#include "base/timer_queue.h"
#include "datasource/query_request.h"
#include "datasource/query_response.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace tocsin::datasource {
namespace {

// A vector of a million series is far beyond what a rule should give, and fits.
constexpr std::size_t kResponseBytesMax = 256 * 1024 * 1024;
// To decode up to this much takes less time than to wake another thread for it.
constexpr std::size_t kDecodedAtOnceMax = 4 * 1024;

// A query that is asked three times, and yet late enough to be the last.
constexpr int kAttempts = 3;
constexpr Duration kFirstPause = std::chrono::milliseconds(100);
// Of retries: each takes one, each good answer gives back a tenth.
constexpr double kTokensMax = 10, kTokensPerAnswer = 0.1;
// Texts that have been logged once.
constexpr std::size_t kLoggedMax = 1000;

std::string TimedOut(Duration timeout) {
  return "query timed out after " + FormatPrometheusDuration(timeout);
}

// What is said in words is logged and shown.
void Redact(const Redaction& secrets, Result<rules::QueryResult>* result) {
  if (!*result) {
    result->error().message = secrets.Apply(std::move(result->error().message));
    return;
  }
  for (std::string& text : (*result)->warnings) text = secrets.Apply(std::move(text));
  for (std::string& text : (*result)->infos) text = secrets.Apply(std::move(text));
}

}  // namespace

// All state is the core thread's; other threads only carry a pointer back to it.
class PrometheusClient::Calls : public std::enable_shared_from_this<Calls> {
 public:
  Calls(config::DatasourceConfig config, Dependencies dependencies)
      : config_(std::move(config)), deps_(std::move(dependencies)) {
    if (!deps_.stats) deps_.stats = std::make_shared<DatasourceStats>();
  }

  void Add(const rules::Query& query, Callback done) {
    const std::uint64_t id = next_id_++;
    const Time deadline = SaturatingAdd(Now(), query.timeout);
    calls_.emplace(id, Call{query, std::move(done), deadline, {}, 0});
    timers_.Set(deadline, {id, Timer::Kind::kDeadline});
    waiting_.push_back(id);
    ++deps_.stats->queries;
    StartWaiting();
    ArmTimer();
  }

 private:
  struct Call {
    rules::Query query;
    Callback done;
    Time deadline;
    net::CallHandle handle;
    int attempts = 0;  // Begun.
  };
  struct Timer {
    std::uint64_t call = 0;
    enum class Kind { kDeadline, kRetry } kind = Kind::kDeadline;
  };
  // How an attempt ended.
  struct Ended {
    Result<rules::QueryResult> result;
    bool transient = false;
    std::optional<Duration> retry_after;
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
    deps_.stats->on_wire = static_cast<std::uint64_t>(on_wire_);
    deps_.stats->waiting = waiting_.size();
  }

  void Start(std::uint64_t id, Call* call) {
    ++on_wire_;
    ++call->attempts;
    const Duration left = std::max(call->deadline - Now(), Duration(1));
    net::HttpCall http;
    http.request = BuildQueryRequest(config_, call->query, left);
    http.client = config_.http_config;
    http.timeout = http.deadline = left;
    http.response_bytes_max = kResponseBytesMax;
    http.user_agent = deps_.user_agent;
    http.accept_encoding = true;
    http.fail_lost_post = true;
    // Neither the client's limit for a host nor whatever else goes there may lower ours.
    http.turns = {"datasource " + config_.name, static_cast<std::size_t>(config_.max_concurrency)};
    call->handle = deps_.http->Send(
        std::move(http),
        [self = shared_from_this(), id, timeout = call->query.timeout,
         wanted = call->query.is_range ? Wanted::kLastSamples : Wanted::kVector](
            net::HttpResult result) { self->OnHttp(id, timeout, wanted, std::move(result)); });
  }

  // The HTTP client's thread.
  void OnHttp(std::uint64_t id, Duration timeout, Wanted wanted, net::HttpResult result) {
    if (!result) {
      using Kind = net::HttpFailure::Kind;
      const net::HttpFailure& failure = result.error();
      const std::string what = failure.kind == Kind::kTimeout
                                   ? TimedOut(timeout)
                                   : "datasource \"" + config_.name + "\": " + failure.message;
      const bool lost = failure.kind == Kind::kConnect || failure.kind == Kind::kOther;
      return Post(id, {Fail(what), lost, std::nullopt});
    }
    auto response = std::make_shared<HttpResponse>(std::move(*result));
    const bool at_once = response->body.size() <= kDecodedAtOnceMax;
    const auto decode = [self = shared_from_this(), id, wanted, response] {
      Ended ended{DecodeQueryResponse(std::move(response->body), response->status,
                                      FindHeader(response->headers, "Content-Type"),
                                      self->config_.partial_answers ? PartialAnswers::kAreWarnings
                                                                    : PartialAnswers::kAreErrors,
                                      wanted),
                  false, RetryAfter(*response)};
      if (response->sent_secrets) Redact(*response->sent_secrets, &ended.result);
      ended.transient =
          !ended.result && IsTransientError(response->status, ended.result.error().message);
      self->Post(id, std::move(ended));
    };
    // To lose an evaluation because others keep the workers busy would be worse than to hold up
    // this thread for the moment that it takes.
    if (at_once || !deps_.workers->TryRun(decode)) decode();
  }

  void Post(std::uint64_t id, Ended ended) {
    deps_.inbox->Post(
        [self = shared_from_this(), id, shared = std::make_shared<Ended>(std::move(ended))] {
          self->Finish(id, std::move(*shared));
        });
  }

  // Each attempt that was started comes here once.
  void Finish(std::uint64_t id, Ended ended) {
    --on_wire_;
    if (ended.transient && TryAgain(id, ended.retry_after)) return StartWaiting();
    if (ended.result) tokens_ = std::min(tokens_ + kTokensPerAnswer, kTokensMax);
    std::optional<Call> call = Take(id);
    StartWaiting();
    if (!call) return;
    if (ended.result) {
      LogAnnotations(call->query, *ended.result);
    } else {
      ++deps_.stats->failures;
    }
    // Last, because it may ask the next query.
    call->done(std::move(ended.result));
  }

  // Whether it is.
  bool TryAgain(std::uint64_t id, std::optional<Duration> retry_after) {
    const auto it = calls_.find(id);
    if (it == calls_.end() || it->second.attempts >= kAttempts || tokens_ < 1) return false;
    const Call& call = it->second;
    // Not all who lost a connection come back at the same instant.
    const double jitter = 0.5 + Random(id).Unit();
    const auto pause = std::chrono::duration_cast<Duration>(
        kFirstPause * (jitter * static_cast<double>(1 << (call.attempts - 1))));
    const Time next = SaturatingAdd(Now(), std::max(pause, retry_after.value_or(pause)));
    if (next > call.deadline - call.query.timeout / 5) return false;
    tokens_ -= 1;
    ++deps_.stats->retries;
    timers_.Set(next, {id, Timer::Kind::kRetry});
    ArmTimer();
    return true;
  }

  // Each text of each query once: they come with every evaluation.
  void LogAnnotations(const rules::Query& query, const rules::QueryResult& result) {
    deps_.stats->warnings += result.warnings.size();
    const auto log_once = [&](log::Level level, const std::string& text) {
      if (logged_.size() >= kLoggedMax) return;
      if (!logged_.insert(XxHash64(query.expr + '\0' + text)).second) return;
      log::Write(level, "The datasource says about a query",
                 {{"component", "datasource"},
                  {"datasource", config_.name},
                  {"query", query.expr},
                  {"what", text}});
    };
    for (const std::string& text : result.warnings) log_once(log::Level::kWarn, text);
    for (const std::string& text : result.infos) log_once(log::Level::kInfo, text);
  }

  // Nothing if it was answered already.
  std::optional<Call> Take(std::uint64_t id) {
    const auto it = calls_.find(id);
    if (it == calls_.end()) return std::nullopt;
    Call call = std::move(it->second);
    calls_.erase(it);
    return call;
  }

  void OnTimer(Time armed_for) {
    if (armed_for_ != armed_for) return;  // An earlier one has come in between, and arms the next.
    armed_for_.reset();
    std::vector<Call> late;
    while (const auto due = timers_.PopDue(Now())) {
      const Timer& timer = due->second;
      if (timer.kind == Timer::Kind::kRetry) {
        // Before those who came later.
        waiting_.push_front(timer.call);
      } else if (std::optional<Call> call = Take(timer.call)) {
        call->handle.Cancel();
        late.push_back(*std::move(call));
      }
    }
    StartWaiting();
    ArmTimer();
    deps_.stats->failures += late.size();
    for (Call& call : late) call.done(Fail(TimedOut(call.query.timeout)));
  }

  // One timer at a time, for the earliest deadline, rather than one for each query. It keeps this:
  // a call that waits for another attempt has nothing else to do so when the client goes away.
  void ArmTimer() {
    const std::optional<Time> next = timers_.NextDeadline();
    if (!next || (armed_for_ && *armed_for_ <= *next)) return;
    armed_for_ = next;
    deps_.run_after(std::max(*next - Now(), Duration::zero()),
                    [self = shared_from_this(), inbox = deps_.inbox, due = *next] {
                      inbox->Post([self, due] { self->OnTimer(due); });
                    });
  }

  // Constant after construction.
  const config::DatasourceConfig config_;
  Dependencies deps_;

  boost::unordered_flat_map<std::uint64_t, Call> calls_;  // Not answered yet.
  std::deque<std::uint64_t> waiting_;
  TimerQueue<Timer> timers_;  // Of calls, answered ones included.
  std::optional<Time> armed_for_;
  std::uint64_t next_id_ = 1;
  int on_wire_ = 0;
  double tokens_ = kTokensMax;
  boost::unordered_flat_set<std::uint64_t> logged_;
};

PrometheusClient::PrometheusClient(config::DatasourceConfig config, Dependencies dependencies)
    : calls_(std::make_shared<Calls>(std::move(config), std::move(dependencies))) {}

PrometheusClient::~PrometheusClient() = default;

void PrometheusClient::Query(const rules::Query& query, Callback done) {
  calls_->Add(query, std::move(done));
}

}  // namespace tocsin::datasource
