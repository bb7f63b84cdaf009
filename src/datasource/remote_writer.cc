#include "datasource/remote_writer.h"

#include "base/call_when_all.h"
#include "base/log.h"
#include "config/http_url.h"
#include "datasource/remote_write_queue.h"
#include "datasource/remote_write_request.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tocsin::datasource {
namespace {

// Rules may wait for what is written to the store of their datasource, one after the other.
constexpr Duration kPaceIfAwaited = std::chrono::milliseconds(20);
// Receivers answer with a line of text.
constexpr std::size_t kResponseBytesMax = 1024 * 1024;
constexpr Duration kLoggedEvery = std::chrono::minutes(1);

// Prometheus's counts for each of up to fifty shards, and what finds no room there waits outside:
// its value must not make us lose what it does not lose.
std::uint64_t Capacity(const config::RemoteWriteConfig& config) {
  return std::max(config.capacity, config::RemoteWriteConfig().capacity);
}

RemoteWriteQueue::Limits LimitsOf(const config::RemoteWriteConfig& config, bool awaited) {
  RemoteWriteQueue::Limits limits;
  limits.samples_max = Capacity(config);
  limits.request_samples_max = config.max_samples_per_send;
  limits.pace =
      awaited ? std::min(config.batch_send_deadline, kPaceIfAwaited) : config.batch_send_deadline;
  limits.backoff_min = config.min_backoff;
  limits.backoff_max = config.max_backoff;
  limits.acknowledged_within = std::min(limits.acknowledged_within, config.remote_timeout);
  return limits;
}

}  // namespace

// All state is the core thread's; other threads only carry a pointer back to it.
class RemoteWriter::Endpoint : public std::enable_shared_from_this<Endpoint> {
 public:
  // What a request needs of the configuration of its time.
  struct Setup {
    config::RemoteWriteConfig config;
    model::LabelSet external_labels;
  };

  Endpoint(std::shared_ptr<const Dependencies> deps, const config::RemoteWriteConfig& config)
      : deps_(std::move(deps)), name_(config.name), queue_(LimitsOf(config, false)) {}

  const std::string& name() const { return name_; }
  const std::string& datasource() const { return setup_->config.datasource; }
  RemoteWriteView View() const {
    const config::RemoteWriteConfig& config = setup_->config;
    return {name_, config::WithoutCredentials(config.url), Capacity(config),
            config.max_samples_per_send, stats_};
  }

  // `awaited`: Write may be given a callback.
  void Configure(std::shared_ptr<const Setup> setup, bool awaited) {
    setup_ = std::move(setup);
    queue_.SetLimits(LimitsOf(setup_->config, awaited));
  }

  void Write(SharedSamples samples, Callback done) {
    if (!samples->empty()) stats_->newest_taken = UnixMillis(samples->back().time);
    RemoteWriteQueue::Answers answers;
    queue_.Push(Now(), std::move(samples), std::move(done), &answers);
    Pump();
    // Not inside this call.
    for (auto& [callback, status] : answers) PostAnswer(std::move(callback), status);
  }

  void Drain(std::function<void()> done) {
    drained_ = std::move(done);
    queue_.Hurry();
    Pump();
  }

  void PostAnswer(Callback done, const Status& status) {
    deps_->inbox->Post([done = std::move(done), status] { done(status); });
  }

  // It is not configured any more.
  void Retire() {
    retired_ = true;
    if (queue_.pending() > 0) {
      log::Warn("Remote write endpoint is no longer configured: the samples that wait for it go",
                {{"component", "remote"},
                 {"remote_name", name()},
                 {"samples", std::uint64_t{queue_.pending()}}});
    }
    RemoteWriteQueue::Answers answers;
    queue_.GiveUp("the remote write endpoint is no longer configured", &answers);
    for (auto& [callback, status] : answers) PostAnswer(std::move(callback), status);
  }

 private:
  struct Sent {
    WriteVerdict verdict;
    std::size_t bytes = 0;
    std::size_t relabelled_away = 0;
    bool went_out = false;
  };

  // Monotonic time, in the type that the queue takes.
  Time Now() const { return Time(deps_->monotonic_now()); }

  void Pump() {
    if (retired_) return;
    if (const RemoteWriteQueue::Request* request = queue_.Begin(Now())) Send(*request);
    Publish();
    if (drained_ && (queue_.pending() == 0 || given_up_)) std::exchange(drained_, nullptr)();
    ArmTimer();
  }

  void Send(const RemoteWriteQueue::Request& request) {
    began_ = Now();
    const auto encode = [self = shared_from_this(), request, setup = setup_] {
      WriteBody body = EncodeWriteBody(request.ranges, setup->external_labels,
                                       setup->config.write_relabel_configs);
      Sent sent{{}, body.bytes.size(), body.dropped};
      if (body.samples == 0) return self->Post(std::move(sent));
      self->Transfer(*setup, std::move(body.bytes), request.attempt, std::move(sent));
    };
    if (!deps_->workers->TryRun(encode)) {
      Post({{WriteVerdict::Kind::kRetry, "too much waits to be encoded", {}}, 0, 0});
    }
  }

  // A worker. `sent` is what is known of it so far.
  void Transfer(const Setup& setup, std::string body, int attempt, Sent sent) {
    net::HttpCall call;
    call.request = BuildWriteRequest(setup.config, std::move(body), attempt);
    call.client = setup.config.http_config;
    call.timeout = call.deadline = setup.config.remote_timeout;
    call.response_bytes_max = kResponseBytesMax;
    call.user_agent = deps_->user_agent;
    call.fail_lost_post = true;
    call.turns = {"remote write " + setup.config.name, 1};
    deps_->http->Send(std::move(call),
                      [self = shared_from_this(), sent = std::move(sent),
                       retry_429 = setup.config.retry_on_http_429](net::HttpResult result) mutable {
                        using Kind = net::HttpFailure::Kind;
                        if (result) {
                          sent.verdict = JudgeWriteResponse(*result, retry_429);
                        } else if (result.error().kind == Kind::kTooLarge) {
                          sent.verdict =
                              JudgeWriteResponse({result.error().status, {}, {}}, retry_429);
                        } else {
                          sent.verdict = {WriteVerdict::Kind::kRetry, result.error().message, {}};
                        }
                        sent.went_out = true;
                        self->Post(std::move(sent));
                      });
  }

  // Any thread.
  void Post(Sent sent) {
    deps_->inbox->Post([self = shared_from_this(), sent = std::move(sent)] { self->OnSent(sent); });
  }

  void OnSent(const Sent& sent) {
    if (retired_) return;
    const Time now = Now();
    if (sent.went_out) stats_->requests.Add(now.time_since_epoch(), now - began_);
    RemoteWriteQueue::Answers answers;
    const bool failed_before = queue_.failing();
    const Time newest = queue_.on_wire().newest;
    switch (sent.verdict.kind) {
      case WriteVerdict::Kind::kAccepted:
        stats_->bytes += sent.bytes;
        stats_->newest_accepted = UnixMillis(newest);
        queue_.Accepted(&answers);
        break;
      case WriteVerdict::Kind::kRefused:
        LogRefusal(sent.verdict.error,
                   queue_.Refused(now, sent.verdict.error, sent.verdict.divisible, &answers));
        break;
      case WriteVerdict::Kind::kRetry:
        queue_.Failed(Now(), sent.verdict.error, sent.verdict.retry_after, &answers);
        given_up_ = drained_ != nullptr;
        break;
    }
    if (drained_ && !given_up_) queue_.Hurry();
    if (sent.verdict.kind != WriteVerdict::Kind::kRetry) {
      stats_->relabelled_away += sent.relabelled_away;
    }
    LogChange(failed_before);
    Pump();
    // Last, because they may write again.
    for (auto& [callback, status] : answers) callback(status);
  }

  void LogChange(bool failed_before) const {
    if (queue_.failing() == failed_before) return;
    if (failed_before) {
      log::Info("Remote write works again", {{"component", "remote"}, {"remote_name", name()}});
    } else {
      log::Warn("Remote write fails; it is tried again",
                {{"component", "remote"}, {"remote_name", name()}, {"err", queue_.failure()}});
    }
  }

  void LogRefusal(const std::string& error, std::size_t samples) {
    if (samples == 0) return;
    if (logged_refusal_ && Now() - *logged_refusal_ < kLoggedEvery) return;
    logged_refusal_ = Now();
    log::Err("Remote write refused samples; they are dropped", {{"component", "remote"},
                                                                {"remote_name", name()},
                                                                {"samples", std::uint64_t{samples}},
                                                                {"err", error}});
  }

  void OnTimer(Time armed_for) {
    if (armed_for_ != armed_for) return;  // An earlier one has come in between, and arms the next.
    armed_for_.reset();
    if (retired_) return;
    RemoteWriteQueue::Answers answers;
    const bool failed_before = queue_.failing();
    queue_.Advance(Now(), &answers);
    LogChange(failed_before);
    Pump();
    for (auto& [callback, status] : answers) callback(status);
  }

  void ArmTimer() {
    const std::optional<Time> next = queue_.NextDeadline();
    if (!next || (armed_for_ && *armed_for_ <= *next)) return;
    armed_for_ = next;
    deps_->run_after(std::max(*next - Now(), Duration::zero()),
                     [weak = weak_from_this(), inbox = deps_->inbox, due = *next] {
                       inbox->Post([weak, due] {
                         if (const auto self = weak.lock()) self->OnTimer(due);
                       });
                     });
  }

  void Publish() {
    const RemoteWriteQueue::Counts& counts = queue_.counts();
    stats_->taken = counts.taken;
    stats_->sent = counts.sent;
    stats_->retried = counts.retried;
    stats_->refused = counts.refused;
    stats_->overflowed = counts.overflowed;
    stats_->pending = queue_.pending();
  }

  const std::shared_ptr<const Dependencies> deps_;
  const std::string name_;
  const std::shared_ptr<RemoteWriteStats> stats_ = std::make_shared<RemoteWriteStats>();
  std::shared_ptr<const Setup> setup_;
  RemoteWriteQueue queue_;
  Time began_{};  // The request on its way.
  std::optional<Time> armed_for_;
  std::optional<Time> logged_refusal_;
  bool retired_ = false;
  std::function<void()> drained_;  // Of Drain, until it is called.
  bool given_up_ = false;          // Failed while it was to be drained.
};

RemoteWriter::RemoteWriter(Dependencies dependencies)
    : deps_(std::make_shared<const Dependencies>(std::move(dependencies))) {}

RemoteWriter::~RemoteWriter() = default;

void RemoteWriter::SetEndpoints(const std::vector<config::RemoteWriteConfig>& endpoints,
                                std::string_view default_datasource,
                                const model::LabelSet& external_labels) {
  default_datasource_ = default_datasource;
  std::vector<std::shared_ptr<Endpoint>> before = std::exchange(endpoints_, {});
  auto views = std::make_shared<std::vector<RemoteWriteView>>();
  for (const config::RemoteWriteConfig& config : endpoints) {
    const auto known = std::find_if(before.begin(), before.end(), [&](const auto& endpoint) {
      return endpoint->name() == config.name;
    });
    std::shared_ptr<Endpoint> endpoint;
    if (known == before.end()) {
      endpoint = std::make_shared<Endpoint>(deps_, config);
    } else {
      endpoint = std::move(*known);
      before.erase(known);
    }
    const bool awaited = AwaitedFor(config.datasource) == nullptr;
    endpoint->Configure(
        std::make_shared<const Endpoint::Setup>(Endpoint::Setup{config, external_labels}), awaited);
    views->push_back(endpoint->View());
    endpoints_.push_back(std::move(endpoint));
  }
  for (const auto& endpoint : before) endpoint->Retire();
  views_.Set(std::move(views));
}

void RemoteWriter::Drain(const std::function<void()>& done) {
  const auto all = CallWhenAll(endpoints_.size(), done);
  for (const auto& endpoint : endpoints_) endpoint->Drain(all);
}

RemoteWriter::Endpoint* RemoteWriter::AwaitedFor(std::string_view datasource) const {
  const auto first = std::find_if(
      endpoints_.begin(), endpoints_.end(),
      [datasource](const auto& endpoint) { return endpoint->datasource() == datasource; });
  return first == endpoints_.end() ? nullptr : first->get();
}

void RemoteWriter::Write(rules::SeriesWrite write, Callback done) {
  const Endpoint* awaited =
      AwaitedFor(write.datasource.empty() ? default_datasource_ : write.datasource);
  if (!awaited) deps_->inbox->Post([done] { done({}); });
  const auto samples =
      std::make_shared<const std::vector<rules::SeriesSample>>(std::move(write.samples));
  for (const auto& endpoint : endpoints_) {
    endpoint->Write(samples, endpoint.get() == awaited ? done : nullptr);
  }
}

}  // namespace tocsin::datasource
