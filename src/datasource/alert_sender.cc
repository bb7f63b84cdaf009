#include "datasource/alert_sender.h"

#include "base/call_when_all.h"
#include "base/log.h"
#include "base/retry_after.h"
#include "base/same_error.h"
#include "base/text.h"
#include "config/http_url.h"
#include "datasource/alert_queue.h"
#include "datasource/alert_request.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tocsin::datasource {
namespace {

// So many at least go together, as Prometheus sends them; more up to half of what a proxy usually
// lets through.
constexpr AlertQueue::Batch kBatch{256, 1024, std::size_t{512} * 1024};
// To encode up to this many takes less time than to wake another thread for it.
constexpr std::size_t kEncodedAtOnceMax = 16;
constexpr std::size_t kResponseBytesMax = 1024 * 1024;
constexpr std::size_t kExcerptBytes = 200;

struct Ended {
  bool accepted = false;
  bool refused = false;    // Else it is worth another try.
  bool too_large = false;  // Refused for that.
  bool sent = false;       // To the Alertmanager: what became of it says how it does.
  std::string error = {};
  std::optional<Duration> retry_after = {};
};

Ended Judge(const net::HttpResult& result) {
  Ended ended;
  ended.sent = true;
  if (!result && result.error().kind != net::HttpFailure::Kind::kTooLarge) {
    ended.error = result.error().message;
    return ended;
  }
  const int status = result ? result->status : result.error().status;
  ended.accepted = status >= 200 && status < 300;
  if (ended.accepted) return ended;
  ended.too_large = status == 413;
  ended.refused = status < 500 && status != 408 && status != 429;
  ended.error = "HTTP status " + std::to_string(status);
  if (!result) return ended;
  ended.retry_after = RetryAfter(*result);
  const std::string_view body(result->body);
  const std::string_view line = TrimSpace(body.substr(0, body.find('\n')));
  if (!line.empty()) ended.error += ": " + ToValidUtf8(line.substr(0, kExcerptBytes));
  return ended;
}

}  // namespace

// All state is the core thread's; other threads only carry a pointer back to it.
class AlertSender::Target : public std::enable_shared_from_this<Target> {
 public:
  // `changed` is called when it answers otherwise than before.
  Target(std::shared_ptr<const Dependencies> deps, const AlertmanagerTarget& target,
         std::function<void()> changed)
      : deps_(std::move(deps)),
        target_(target),
        changed_(std::move(changed)),
        state_{config::WithoutCredentials(target.url), core::AlertTarget::Answer::kNone, {}},
        shown_(state_.url) {}

  const AlertmanagerTarget& target() const { return target_; }
  void Configure(const AlertmanagerTarget& target) { target_ = target; }
  AlertSenderView View() const { return {shown_, stats_}; }
  const core::AlertTarget& state() const { return state_; }
  void Retire() { retired_ = true; }
  // It is not configured any more, or not found.
  void Remove() {
    Retire();
    if (queue_.size() == 0) return;
    log::Warn("Alertmanager is no longer configured, or found: the alerts that wait for it go",
              {{"component", "notifier"},
               {"alertmanager", shown_},
               {"alerts", std::uint64_t{queue_.size()}}});
  }

  void Drain(std::function<void()> done) {
    drained_ = std::move(done);
    queue_.Hurry();
    Pump();
  }

  void Push(std::span<const model::AlertPtr> alerts) {
    for (const model::AlertPtr& alert : alerts) queue_.Push(alert);
    Pump();
  }

 private:
  // Monotonic time, in the type that the queue takes.
  Time Now() const { return Time(deps_->monotonic_now()); }

  void Pump() {
    if (retired_) return;
    if (const auto& batch = queue_.Begin(Now()); !batch.empty()) Send(batch);
    const AlertQueue::Counts& counts = queue_.counts();
    stats_->sent = counts.sent;
    stats_->failed = counts.failed;
    stats_->dropped = counts.dropped;
    stats_->waiting = queue_.size();
    if (drained_ && (queue_.size() == 0 || given_up_)) std::exchange(drained_, nullptr)();
    ArmTimer();
  }

  void Send(const std::vector<model::AlertPtr>& batch) {
    began_ = Now();
    auto send = [self = shared_from_this(), batch, config = target_.config, url = target_.url] {
      AlertBody body = EncodeAlerts(batch, config->alert_relabel_configs);
      if (body.alerts == 0) return self->Post({.accepted = true});
      self->Transfer(*config, url, std::move(body.json));
    };
    if (batch.size() <= kEncodedAtOnceMax) return send();
    if (!deps_->workers->TryRun(std::move(send))) {
      Post({.error = "too much waits to be encoded"});
    }
  }

  // The core thread, or a worker.
  void Transfer(const config::AlertmanagerConfig& config, const std::string& url,
                std::string body) {
    net::HttpCall call;
    call.request.method = "POST";
    call.request.url = Secret(url);
    call.request.headers = {{"Content-Type", "application/json"}};
    call.request.body = std::move(body);
    call.client = config.http_config;
    call.timeout = call.deadline = config.timeout;
    call.response_bytes_max = kResponseBytesMax;
    call.user_agent = deps_->user_agent;
    call.fail_lost_post = true;
    call.turns = {"alertmanager " + url, 1};
    deps_->http->Send(std::move(call), [self = shared_from_this()](const net::HttpResult& result) {
      self->Post(Judge(result));
    });
  }

  // Any thread.
  void Post(Ended ended) {
    deps_->inbox->Post(
        [self = shared_from_this(), ended = std::move(ended)] { self->OnSent(ended); });
  }

  void OnSent(const Ended& ended) {
    if (retired_) return;
    const Time now = Now();
    if (ended.sent) stats_->requests.Add(now.time_since_epoch(), now - began_);
    if (ended.accepted) {
      queue_.Accepted();
    } else if (ended.too_large) {
      queue_.TooLarge();
    } else if (ended.refused) {
      queue_.Refused();
    } else {
      queue_.Failed(Now(), ended.retry_after);
      given_up_ = drained_ != nullptr;
    }
    LogChange(ended);
    if (ended.sent) SetAnswer(ended);
    Pump();
  }

  void SetAnswer(const Ended& ended) {
    using Answer = core::AlertTarget::Answer;
    const Answer answer = ended.accepted  ? Answer::kTaken
                          : ended.refused ? Answer::kRefused
                                          : Answer::kFailed;
    if (answer == state_.answer && IsSameError(ended.error, state_.error)) return;
    state_.answer = answer;
    state_.error = ended.error;
    changed_();
  }

  // Not every attempt: it may be away for long.
  void LogChange(const Ended& ended) {
    if (ended.accepted && !logged_error_.empty()) {
      log::Info("Alertmanager takes alerts again",
                {{"component", "notifier"}, {"alertmanager", shown_}});
    } else if (!ended.accepted && !IsSameError(ended.error, logged_error_)) {
      log::Err(ended.refused ? "Alertmanager refused alerts" : "Alertmanager cannot be reached",
               {{"component", "notifier"}, {"alertmanager", shown_}, {"err", ended.error}});
    }
    logged_error_ = ended.error;
  }

  void ArmTimer() {
    const std::optional<Time> next = queue_.NextDeadline();
    if (!next || armed_) return;
    armed_ = true;
    deps_->run_after(std::max(*next - Now(), Duration::zero()),
                     [weak = weak_from_this(), inbox = deps_->inbox] {
                       inbox->Post([weak] {
                         if (const auto self = weak.lock()) self->OnTimer();
                       });
                     });
  }

  void OnTimer() {
    armed_ = false;
    Pump();
  }

  const std::shared_ptr<const Dependencies> deps_;
  AlertmanagerTarget target_;
  const std::function<void()> changed_;
  core::AlertTarget state_;
  const std::string shown_;
  const std::shared_ptr<AlertSenderStats> stats_ = std::make_shared<AlertSenderStats>();
  AlertQueue queue_{kAlertsWaitingMax, kBatch};
  Time began_{};  // The request on its way.
  bool armed_ = false;
  bool retired_ = false;
  std::function<void()> drained_;  // Of Drain, until it is called.
  bool given_up_ = false;          // Failed while it was to be drained.
  std::string logged_error_;
};

AlertSender::AlertSender(Dependencies dependencies)
    : deps_(std::make_shared<const Dependencies>(std::move(dependencies))) {}

AlertSender::~AlertSender() {
  for (const auto& target : targets_) target->Retire();
}

void AlertSender::Observe() const {
  if (!deps_->observe) return;
  std::vector<core::AlertTarget> states;
  for (const auto& target : targets_) states.push_back(target->state());
  deps_->observe(std::move(states));
}

void AlertSender::SetTargets(const AlertmanagerTargets& targets) {
  TakeOver(targets.active);
  auto views = std::make_shared<AlertSenderViews>();
  for (const auto& target : targets_) views->active.push_back(target->View());
  for (const std::string& url : targets.dropped) {
    views->dropped.push_back(config::WithoutCredentials(url));
  }
  views_.Set(std::move(views));
  Observe();
}

void AlertSender::TakeOver(const std::vector<AlertmanagerTarget>& active) {
  std::vector<std::shared_ptr<Target>> before =
      std::exchange(targets_, std::vector<std::shared_ptr<Target>>(active.size()));
  const auto take = [&](bool same_set) {
    for (std::size_t i = 0; i < active.size(); ++i) {
      if (targets_[i]) continue;
      const auto known = std::find_if(before.begin(), before.end(), [&](const auto& other) {
        return other->target().url == active[i].url &&
               (!same_set || other->target().set == active[i].set);
      });
      if (known == before.end()) continue;
      (*known)->Configure(active[i]);
      targets_[i] = std::move(*known);
      before.erase(known);
    }
  };
  take(/*same_set=*/true);
  // An entry that was put before others gives all of them another number.
  take(/*same_set=*/false);
  for (std::size_t i = 0; i < active.size(); ++i) {
    if (targets_[i]) continue;
    targets_[i] = std::make_shared<Target>(deps_, active[i], [this] { Observe(); });
  }
  for (const auto& target : before) target->Remove();
}

void AlertSender::Forward(std::span<const model::AlertPtr> alerts) {
  for (const auto& target : targets_) target->Push(alerts);
}

void AlertSender::Drain(const std::function<void()>& done) {
  const auto all = CallWhenAll(targets_.size(), done);
  for (const auto& target : targets_) target->Drain(all);
}

}  // namespace tocsin::datasource
