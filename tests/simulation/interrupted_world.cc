#include "tests/simulation/interrupted_world.h"

#include "storage/load_state.h"
#include "tests/simulation/generation.h"
#include "tests/simulation/happening.h"
#include "tests/simulation/random_setup.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tocsin::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kSources = 8;
// A process that is stopped is gone within this.
constexpr Duration kSendLatencyMax = milliseconds(60);
constexpr Duration kQueryLatency = milliseconds(40);
constexpr Duration kCommitMax = milliseconds(30);
// Before a process is killed. What ends by itself gets that much more, and no flush falls into it.
constexpr Duration kLifeSignMax = milliseconds(60);
// Before and after a kill.
constexpr Duration kEndsInDoubt = seconds(7);
constexpr Duration kEnd = milliseconds(510);  // Within a second.
const Time kStart = Time(hours(24 * 365 * 56));

Duration Between(Random* random, Duration low, Duration high) {
  return low + Duration(static_cast<Duration::rep>(
                   random->Below(static_cast<std::uint64_t>((high - low).count()))));
}

std::string TextOf(const model::Notification& notification) {
  std::vector<std::string> alerts;
  for (const model::NotifiedAlert& notified : notification.alerts) {
    const model::Alert& alert = *notified.alert;
    std::string text = (notified.resolved ? "-" : "+") + LabelText(alert.labels) + " since " +
                       FormatRfc3339Nano(alert.starts_at);
    alerts.push_back(std::move(text));
  }
  std::sort(alerts.begin(), alerts.end());
  std::string text;
  for (const std::string& alert : alerts) text += " " + alert + ";";
  return text;
}

rules::GroupDefinition RuleGroup() {
  rules::GroupDefinition group;
  group.name = "g";
  group.file = "rules.yml";
  group.interval = seconds(15);
  rules::RuleDefinition rule;
  rule.alert = "A";
  rule.expr = "up == 0";
  rule.hold = minutes(1);
  rules::RuleDefinition keeps = rule;
  keeps.alert = "B";
  keeps.hold = seconds(0);
  keeps.keep_firing_for = seconds(50);
  group.rules = {rule, keeps};
  return group;
}

}  // namespace

class InterruptedWorld::Series final : public core::Datasource {
 public:
  explicit Series(InterruptedWorld* world) : world_(world) {}

  void Query(const rules::Query& query, Callback done) override {
    ++world_->queries_;
    rules::QueryResult result;
    for (std::size_t i = 0; i < kSeries; ++i) {
      const std::vector<Time>& toggles = world_->toggles_[i];
      const auto before = std::upper_bound(toggles.begin(), toggles.end(), query.time);
      if ((before - toggles.begin()) % 2 == 0) continue;
      model::LabelSetBuilder labels;
      labels.Set("instance", "s" + std::to_string(i)).Set("team", i % 2 == 0 ? "x" : "y");
      result.vector.push_back({labels.Build(), 1.0});
    }
    world_->After(kQueryLatency,
                  [this, result = std::move(result), done = std::move(done)]() mutable {
                    --world_->queries_;
                    done(std::move(result));
                  });
  }

 private:
  InterruptedWorld* const world_;
};

InterruptedWorld::InterruptedWorld(std::uint64_t seed, Interruptions interruptions)
    : seed_(seed),
      random_(seed),
      interruptions_(~seed),
      now_(kStart),
      setup_(RandomSetup(&random_, now_)),
      rules_(RuleGroup()),
      series_(std::make_shared<Series>(this)),
      last_durable_(now_) {
  // Which alerts a limit refuses is decided by who is first with a place, and rules say at a start
  // what fires. An end that is forgotten within the time in which rules repeat it is told again.
  setup_.alerts_per_alertname = 0;
  setup_.alerts_gc_interval = minutes(30);
  StartProcess();
  for (std::size_t i = 0; i < kSources; ++i) SourceLater(RandomAlertLabels(&random_));
  for (std::size_t i = 0; i < kSeries; ++i) ToggleLater(i);
  for (const std::string& receiver : ReceiverNames(setup_)) DisturbLater(receiver);
  SilenceLater();
  if (interruptions != Interruptions::kNone) ReloadLater();
  if (interruptions == Interruptions::kReloadsAndRestarts) RestartLater();
}

InterruptedWorld::~InterruptedWorld() = default;

void InterruptedWorld::After(Duration delay, std::function<void()> event) {
  events_.Set(now_ + delay, std::move(event));
}

void InterruptedWorld::AfterAbout(Duration delay, std::function<void()> event) {
  events_.Set(std::chrono::ceil<seconds>(now_ + delay), std::move(event));
}

void InterruptedWorld::SourceLater(const model::LabelSet& labels) {
  AfterAbout(Between(&random_, seconds(1), minutes(40)), [this, labels] {
    SourcePosts(labels, now_, now_ + Between(&random_, seconds(5), minutes(40)),
                Between(&random_, seconds(20), minutes(3)));
  });
}

void InterruptedWorld::SourcePosts(const model::LabelSet& labels, Time starts_at, Time until,
                                   Duration refresh) {
  if (now_ >= until) {
    // Some just stop, some say it late.
    if (random_.Chance(0.7)) Post(labels, starts_at, now_);
    if (random_.Chance(0.3)) {
      AfterAbout(Between(&random_, seconds(10), minutes(5)),
                 [this, labels, starts_at, ended = now_] { Post(labels, starts_at, ended); });
    }
    return SourceLater(labels);
  }
  // Some end before they are sent again. After a restart that may be by kLifeSignMax later.
  const Duration lasts =
      random_.Chance(0.05) ? Between(&random_, seconds(2), refresh) : Duration(3 * refresh);
  Post(labels, starts_at, std::chrono::floor<seconds>(now_ + lasts) + kEnd);
  AfterAbout(refresh, [this, labels, starts_at, until, refresh] {
    SourcePosts(labels, starts_at, until, refresh);
  });
}

void InterruptedWorld::Post(const model::LabelSet& labels, Time starts_at, Time ends_at) {
  auto alert = std::make_shared<model::Alert>();
  alert->labels = labels;
  alert->starts_at = starts_at;
  alert->ends_at = ends_at;
  alert->updated_at = now_;
  control_->Ingest(now_, std::vector<model::AlertPtr>{alert});
}

void InterruptedWorld::SilenceLater() {
  AfterAbout(Between(&random_, minutes(1), minutes(30)), [this] {
    SilenceLater();
    const std::size_t index = silence_ids_.size();
    if (index > 0 && random_.Chance(0.3)) {
      const std::string& id = silence_ids_[random_.Below(index)];
      if (!id.empty()) control_->ExpireSilence(now_, id, [](const auto&) {});
      return;
    }
    silence_ids_.emplace_back();
    model::Silence silence;
    silence.created_by = "somebody";
    silence.starts_at = now_;
    if (random_.Chance(0.3)) silence.starts_at += Between(&random_, seconds(1), minutes(10));
    silence.ends_at = silence.starts_at + Between(&random_, seconds(30), minutes(40));
    silence.matcher_sets = {RandomMatchers(&random_)};
    control_->SetSilence(now_, silence, [this, index](const auto& set) {
      if (set) silence_ids_[index] = set->id;
    });
  });
}

// An outage with retries is over before the second attempt: when the later ones are made is left to
// chance.
void InterruptedWorld::DisturbLater(const std::string& receiver) {
  AfterAbout(Between(&random_, minutes(1), hours(1)), [this, receiver] {
    const bool refuses = random_.Chance(0.5);
    health_[receiver] = refuses ? Health::kRefuses : Health::kFails;
    const Duration lasts = Between(&random_, seconds(5), minutes(20));
    const auto over = [this, receiver] {
      health_[receiver] = Health::kAnswers;
      DisturbLater(receiver);
    };
    refuses ? AfterAbout(lasts, over) : After(milliseconds(150), over);
  });
}

void InterruptedWorld::ToggleLater(std::size_t series) {
  AfterAbout(Between(&random_, seconds(20), minutes(40)), [this, series] {
    toggles_[series].push_back(now_);
    ToggleLater(series);
  });
}

void InterruptedWorld::ReloadLater() {
  After(Between(&interruptions_, seconds(1), minutes(30)), [this] {
    ReloadLater();
    if (stopping_) return;
    ++reloads_;
    Note("reload");
    Install();
  });
}

void InterruptedWorld::RestartLater() {
  After(Between(&interruptions_, seconds(1), minutes(30)),
        [this] { StopWhenItMay(/*kill=*/interruptions_.Chance(0.5)); });
}

void InterruptedWorld::StopWhenItMay(bool kill) {
  if (kill ? !MayBeKilled() : !MayStop()) {
    return After(Between(&interruptions_, milliseconds(1), milliseconds(400)),
                 [this, kill] { StopWhenItMay(kill); });
  }
  RestartLater();
  if (kill) {
    ++kills_;
    Note("killed");
    return StartProcess();
  }
  ++stops_;
  Note("stopped");
  stopping_ = true;
  control_->WindDown(now_, [this] { After(Duration(0), [this] { Stop(); }); });
}

bool InterruptedWorld::MayStop() const {
  const Duration fraction = now_ - std::chrono::floor<seconds>(now_);
  return fraction > milliseconds(200) && fraction < milliseconds(800) &&
         control_->counts().deliveries == sends_;
}

bool InterruptedWorld::MayBeKilled() const {
  return MayStop() && sends_ == 0 && queries_ == 0 && unwritten_.empty() &&
         last_ends_written_ > last_received_ && now_ - last_written_at_ < kLifeSignMax &&
         std::none_of(
             ends_.begin(), ends_.end(),
             [this](const auto& end) {
               return end.second > now_ - kEndsInDoubt && end.second < now_ + kEndsInDoubt;
             });
}

void InterruptedWorld::Stop() {
  control_->WriteDown(now_);
  for (core::StoreBatch& batch : unwritten_) disk_.Commit(std::move(batch));
  stopping_ = false;
  StartProcess();
}

void InterruptedWorld::StartProcess() {
  control_.reset();
  unwritten_.clear();
  queries_ = sends_ = 0;
  control_ = std::make_unique<core::Control>(this, std::vector<core::EventSink*>{this},
                                             /*store=*/this, seed_ + (++process_number_ << 32));
  control_->SetNow(now_);
  if (process_number_ > 1) {
    storage::LoadedState stored = disk_.Load();
    rules::RulesState of_rules = std::move(stored.rules);
    control_->Restore(storage::RouterStateOf(std::move(stored)), std::move(of_rules));
  }
  Install();
}

void InterruptedWorld::Install() {
  core::Generation generation = GenerationOf(setup_);
  generation.ruler_options.datasources = {{"default", "http://graph", seconds(30)}};
  generation.datasources = {{"default", series_}};
  config::Diagnostics diagnostics;
  generation.groups = rules::Ruler::Compile({rules_}, &diagnostics);
  control_->Install(now_, std::move(generation));
}

void InterruptedWorld::Send(notifiers::IntegrationPtr integration,
                            model::NotificationPtr notification, Duration,
                            core::NotificationSender::Callback done) {
  ++sends_;
  const model::IntegrationId id = integration->id();
  // Always as long to the same one.
  const Duration took = milliseconds(1 + 23 * id.index) + milliseconds(id.receiver.back() - '0');
  After(std::min(took, kSendLatencyMax), [this, id, notification = std::move(notification),
                                          done = std::move(done), process = process_number_] {
    if (process == process_number_) --sends_;
    notifiers::Outcome outcome;
    switch (health_[id.receiver]) {
      case Health::kAnswers:
        arrivals_[id.ToString() + " " + notification->group_key].push_back(
            {now_, TextOf(*notification)});
        break;
      case Health::kFails:
        outcome = notifiers::TransportFailure("connection reset");
        break;
      case Health::kRefuses:
        outcome.kind = notifiers::Outcome::Kind::kGiveUp;
        outcome.error = "refused";
    }
    done(outcome);
  });
}

void InterruptedWorld::Write(core::StoreBatch batch, core::Store::Callback done) {
  const bool of_ends = std::any_of(
      batch.changes.begin(), batch.changes.end(),
      [](const auto& change) { return std::holds_alternative<router::AlertEndsMoved>(change); });
  if (of_ends) last_ends_written_ = now_;
  last_written_at_ = now_;
  unwritten_.push_back(std::move(batch));
  last_durable_ = std::max(last_durable_, now_ + Between(&interruptions_, Duration(1), kCommitMax));
  After(last_durable_ - now_, [this, process = process_number_, done = std::move(done)] {
    if (process != process_number_) return;
    disk_.Commit(std::move(unwritten_.front()));
    unwritten_.pop_front();
    if (done) done({});
  });
}

void InterruptedWorld::OnDecision(Time now, const router::Decision& decision) {
  if (const auto* received = std::get_if<router::AlertReceived>(&decision)) {
    last_received_ = now;
    ends_[received->alert->labels] = received->alert->ends_at;
  }
}

void InterruptedWorld::Run(Duration duration) {
  const Time end = now_ + duration;
  while (true) {
    const Time next =
        std::min(control_->NextDeadline(), events_.NextDeadline().value_or(Time::max()));
    if (next > end) return;
    now_ = std::max(now_, next);
    control_->SetNow(now_);
    while (const auto event = events_.PopDue(now_)) event->second();
    control_->Advance(now_);
  }
}

void InterruptedWorld::Note(const char* what) {
  notes_ += FormatRfc3339Nano(now_) + " " + what + "\n";
}

std::string InterruptedWorld::Describe() const {
  return simulation::Describe(setup_) + notes_;
}

}  // namespace tocsin::simulation
