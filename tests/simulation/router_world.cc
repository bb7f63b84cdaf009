#include "tests/simulation/router_world.h"

#include "tests/simulation/generation.h"
#include "tests/simulation/random_setup.h"

#include <algorithm>
#include <utility>

namespace tocsin::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kSources = 9;

Time StartOf(Random* random) {
  return Time(hours(24 * 365 * 56)) + seconds(random->Below(4ULL * 365 * 24 * 3600));
}

}  // namespace

RouterWorld::RouterWorld(std::uint64_t seed, core::EventSink* also, Process process)
    : random_(seed),
      seed_(seed),
      also_(also),
      process_(process),
      now_(StartOf(&random_)),
      start_(now_),
      control_(NewControl()) {
  setup_ = RandomSetup(&random_, start_);
  Install(/*changed=*/false);
  while (sources_.size() < kSources) {
    sources_.emplace_back().labels = RandomAlertLabels(&random_);
    FiresLater(sources_.size() - 1);
  }
  for (const std::string& receiver : ReceiverNames(setup_)) DisturbLater(receiver);
  ReloadLater();
  ClockJumpsLater();
  SilenceLater();
  if (process_ == Process::kRestarts) RestartLater();
}

RouterWorld::~RouterWorld() = default;

void RouterWorld::After(Duration delay, std::function<void()> event) {
  events_.Set(now_ + delay, std::move(event));
}

Duration RouterWorld::Between(Duration low, Duration high) {
  return low + Duration(static_cast<Duration::rep>(
                   random_.Below(static_cast<std::uint64_t>((high - low).count()))));
}

void RouterWorld::Install(bool changed) {
  // Which of two groups of one name finds its place in another configuration, or is made first, is
  // left open: from then on the two sides cannot be compared.
  over_ = over_ || (changed && checker_.model().HasNamesakes());
  checker_.OnLoad(now_, setup_);
  over_ = over_ || (changed && checker_.model().HasNamesakes());
  if (over_) return;
  one_write_ = true;
  control_->Install(now_, MakeGeneration());
  EndOfWrite();
}

core::Generation RouterWorld::MakeGeneration() const {
  core::Generation generation = GenerationOf(setup_);
  generation.router_options.dispatch_from = dispatch_from_;
  return generation;
}

void RouterWorld::ReloadLater() {
  After(Between(seconds(10), minutes(50)), [this] {
    Reload(/*changed=*/random_.Chance(0.4));
    ReloadLater();
  });
}

void RouterWorld::Reload(bool changed) {
  if (changed) ChangeAtRandom(&random_, now_, &setup_);
  if (!control_) return;
  checker_.Trace(now_, changed ? "reload, changed" : "reload");
  Install(changed);
}

void RouterWorld::FiresLater(std::size_t source) {
  After(Between(seconds(1), minutes(40)), [this, source] { Fires(source); });
}

void RouterWorld::Fires(std::size_t index) {
  Source& source = sources_[index];
  source.starts_at = now_;
  if (random_.Chance(0.15)) source.starts_at -= Between(seconds(1), minutes(10));
  source.until = now_ + Between(seconds(5), minutes(40));
  source.refresh = Between(seconds(20), minutes(3));
  source.timeout = random_.Chance(0.3);
  Refreshes(index);
}

void RouterWorld::Refreshes(std::size_t index) {
  Source& source = sources_[index];
  if (now_ >= source.until) return Ends(index);
  // Some say each time that it starts now, as a careless source does.
  if (random_.Chance(0.05)) source.starts_at = now_;
  Duration lasts = source.refresh * 3;
  if (random_.Chance(0.05)) lasts = Between(seconds(1), source.refresh);  // It ends in between.
  Post({MakeAlert(source, source.starts_at, now_ + lasts)});
  After(source.refresh, [this, index] { Refreshes(index); });
}

void RouterWorld::Ends(std::size_t index) {
  const Source& source = sources_[index];
  const Time ended = now_ - (random_.Chance(0.3) ? Between(seconds(0), minutes(2)) : Duration(0));
  const model::AlertPtr end = MakeAlert(source, std::min(source.starts_at, ended), ended);
  // Some just stop. Some say more than once that it is over, or say it late.
  if (random_.Chance(0.8)) Post({end});
  for (Duration later = seconds(30); random_.Chance(0.5);
       later += Between(seconds(1), minutes(8))) {
    After(later, [this, end] {
      auto again = std::make_shared<model::Alert>(*end);
      again->updated_at = now_;
      Post({again});
    });
  }
  FiresLater(index);
}

model::AlertPtr RouterWorld::MakeAlert(const Source& source, Time starts_at, Time ends_at) const {
  auto alert = std::make_shared<model::Alert>();
  alert->labels = source.labels;
  alert->starts_at = starts_at;
  alert->ends_at = ends_at;
  alert->updated_at = now_;
  alert->timeout = source.timeout && ends_at > now_;
  return alert;
}

void RouterWorld::Post(std::vector<model::AlertPtr> alerts) {
  // Sources send in batches, and some send the same alert twice.
  while (random_.Chance(0.15)) {
    const Source& other = sources_[random_.Below(sources_.size())];
    const Duration lasts = Between(seconds(-60), minutes(5));
    alerts.push_back(MakeAlert(other, now_ + std::min(lasts, Duration(0)), now_ + lasts));
  }
  if (!control_) return;
  checker_.model().Post(now_, alerts);
  control_->Ingest(now_, alerts);
}

void RouterWorld::DisturbLater(const std::string& receiver) {
  After(Between(minutes(1), hours(1)), [this, receiver] {
    health_[receiver] = static_cast<Health>(1 + random_.Below(3));
    After(Between(seconds(5), minutes(20)), [this, receiver] {
      health_[receiver] = Health::kAnswers;
      DisturbLater(receiver);
    });
  });
}

void RouterWorld::Send(notifiers::IntegrationPtr integration, model::NotificationPtr,
                       Duration timeout, core::NotificationSender::Callback done) {
  using notifiers::Outcome;
  const Health health = health_[integration->id().receiver];
  const bool late = health == Health::kHangs && random_.Chance(0.7);
  // Some answer at once, so that what is due in an interval is due at that very instant.
  const Duration latency =
      random_.Chance(0.3) ? Duration(0) : Between(milliseconds(1), seconds(20));
  const Duration took = late ? timeout : std::min(timeout, latency);
  Outcome outcome;
  if (health == Health::kFails || late) {
    outcome = notifiers::TransportFailure(late ? "timed out" : "connection reset");
  } else if (health == Health::kRefuses) {
    outcome.kind = Outcome::Kind::kGiveUp;
    outcome.error = "refused";
  } else if (random_.Chance(0.2)) {
    outcome.data = model::ReceiverData{{"thread", std::to_string(random_.Below(100))}};
  }
  // Reloads are worst while something is in flight.
  if (random_.Chance(0.02)) {
    After(Between(Duration(0), seconds(20)), [this] { Reload(/*changed=*/random_.Chance(0.1)); });
  }
  After(took, [outcome, done = std::move(done)] { done(outcome); });
}

void RouterWorld::SilenceLater() {
  After(Between(seconds(30), minutes(20)), [this] {
    if (silences_fail_ || !control_) {
      // What becomes of changes to one that is not durable yet is another matter.
    } else if (!silence_ids_.empty() && random_.Chance(0.3)) {
      Expires(silence_ids_[random_.Below(silence_ids_.size())]);
    } else {
      Silences();
    }
    SilenceLater();
  });
}

void RouterWorld::Expires(const std::string& id) {
  silences_changed_ = true;
  silences_before_ = checker_.model().silences();
  // A refusal is answered at once, the rest when it is durable.
  const auto found = std::make_shared<bool>(true);
  setting_silence_ = true;
  control_->ExpireSilence(now_, id, [found](const auto& expired) { *found = expired.has_value(); });
  setting_silence_ = false;
  if (*found != checker_.model().ExpireSilence(now_, id)) {
    checker_.Violated(now_, "silence " + id + (*found ? " is found" : " is not found"));
  }
  RememberModel();
}

void RouterWorld::Silences() {
  silences_changed_ = true;
  silences_before_ = checker_.model().silences();
  model::Silence silence;
  silence.created_by = "somebody";
  silence.starts_at = now_;
  if (random_.Chance(0.3)) silence.starts_at += Between(seconds(1), minutes(10));
  silence.ends_at = silence.starts_at + Between(seconds(30), minutes(40));
  silence.matcher_sets = {RandomMatchers(&random_)};
  if (!silence_ids_.empty() && random_.Chance(0.4)) EditsOne(&silence);
  if (random_.Chance(0.03)) silence.id = "unknown";
  // Whether it is durable is answered later.
  setting_silence_ = true;
  control_->SetSilence(now_, silence, [this](const auto& set) {
    if (set) acknowledged_.insert(set->id);
  });
  setting_silence_ = false;
  const std::string id = checker_.TakeSilenceId();
  if (!id.empty()) silence_ids_.push_back(id);
  if (!checker_.model().SetSilence(now_, silence, id)) {
    checker_.Violated(now_, "the wrong answer to " + silence.id + ": " + id);
  }
  RememberModel();
}

// Instead of a new one: its end, or more.
void RouterWorld::EditsOne(model::Silence* silence) {
  const auto known = silences_before_.find(silence_ids_[random_.Below(silence_ids_.size())]);
  if (known == silences_before_.end()) return;
  const model::Silence other = std::exchange(*silence, known->second);
  silence->ends_at = std::max(other.ends_at, silence->starts_at + seconds(1));
  if (random_.Chance(0.2)) silence->matcher_sets = other.matcher_sets;
  if (random_.Chance(0.2)) silence->starts_at = now_;
}

void RouterWorld::Write(core::StoreBatch batch, core::Store::Callback done) {
  if (random_.Chance(0.02)) disk_is_slow_ = !disk_is_slow_;
  last_write_ = std::max(last_write_,
                         now_ + Between(Duration(1), disk_is_slow_ ? Duration(seconds(40))
                                                                   : Duration(milliseconds(50))));
  // Not where all state is written down once more: then nobody waits for a silence.
  const bool of_silences =
      setting_silence_ &&
      std::any_of(batch.changes.begin(), batch.changes.end(),
                  [](const router::StateChange& change) {
                    return std::holds_alternative<router::SilenceStored>(change);
                  });
  const bool fails = process_ == Process::kStays && random_.Chance(0.05);
  silences_fail_ = silences_fail_ || (of_silences && fails);
  auto waiting = checker_.OnWrite(batch);
  const std::uint64_t number = process_ == Process::kRestarts ? Remember(std::move(batch)) : 0;
  After(last_write_ - now_, [this, of_silences, fails, number, process = process_number_,
                             waiting = std::move(waiting), done = std::move(done)] {
    if (process != process_number_) return;
    CommitUpTo(number);
    // What was sent counts, written or not. A silence that is not is none.
    checker_.OnWritten(now_, waiting);
    if (done) done(fails ? Status(Fail("the disk is full")) : Status());
    if (!fails || !of_silences) return;
    checker_.model().PutBackSilences(now_, silences_before_);
    silences_fail_ = false;
  });
}

void RouterWorld::ClockJumpsLater() {
  if (random_.Chance(0.5)) return;
  After(Between(minutes(5), hours(3)), [this] {
    ClockJumps();
    ClockJumpsLater();
  });
}

void RouterWorld::ClockJumps() {
  const Duration by =
      random_.Chance(0.5) ? Between(seconds(1), minutes(1)) : Between(minutes(1), minutes(40));
  if (random_.Chance(0.5)) {
    checker_.Trace(now_, "the clock is put forward by " + std::to_string(Seconds(by)));
    const Time since = std::exchange(now_, now_ + by);
    if (!control_) return;
    control_->SetNow(now_);
    // Sometimes it is too little to be noticed.
    if (by > seconds(10)) {
      checker_.model().NotHeardSince(now_, since);
      control_->NotHeardSince(now_, since);
    }
    Turn();
    return;
  }
  checker_.Trace(now_, "the clock is put back by " + std::to_string(Seconds(by)));
  now_ -= by;
  last_write_ -= by;
  events_.Shift(-by);
  if (!control_) return;
  control_->SetNow(now_);
  checker_.model().ClockWentBack(now_, by);
  SetClockBack(now_, by, &silences_before_);
  control_->ClockWentBack(now_, by);
  Turn();
}

void RouterWorld::Run(Duration duration) {
  const Time end = now_ + duration;
  while (checker_.difference().empty()) {
    Time next = events_.NextDeadline().value_or(end);
    if (control_) {
      next = std::min({next, control_->NextDeadline(), checker_.model().NextDeadline()});
    }
    if (next > end) return;
    now_ = std::max(now_, next);
    if (control_) control_->SetNow(now_);
    while (const auto event = events_.PopDue(now_)) {
      event->second();
      if (over_) return;
    }
    if (control_) Turn();
  }
}

void RouterWorld::Turn() {
  // Whether a silence that somebody ends counts at that very instant is nobody's concern.
  if (std::exchange(silences_changed_, false)) now_ += Duration(1);
  control_->SetNow(now_);
  one_write_ = true;
  checker_.model().Advance(now_);
  control_->Advance(now_);
  EndOfWrite();
  checker_.model().CollectGarbage(now_);
  checker_.Compare(now_);
  if (control_->NextDeadline() > checker_.model().NextDeadline()) {
    checker_.Violated(
        now_, "the router sleeps until " + FormatRfc3339Nano(control_->NextDeadline()) +
                  ", but should not after " + FormatRfc3339Nano(checker_.model().NextDeadline()));
  }
}

std::string RouterWorld::Describe() const {
  return simulation::Describe(setup_) + checker_.Trace();
}

}  // namespace tocsin::simulation
