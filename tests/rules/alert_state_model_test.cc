#include "tests/rules/alert_state_model.h"

#include "base/random.h"
#include "rules/stale_nan.h"
#include "tests/rules/ruler_fixture.h"

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace tocsin::rules {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kSeeds = 1000;
constexpr int kTicks = 300;

// One rule in the ruler and in the model, with the same answers, failures, reloads and restarts.
class Duel : public RulerTest {
 protected:
  void Run(std::uint64_t seed) {
    Random random(seed);
    ruler_ = Ruler();
    stored_.clear();
    options_ = {};
    options_.write_series = true;
    options_.resend_delay = seconds(random.Below(120));
    Draw(&random);
    Install({Definition()}, kStart);
    AlertStateModel model(settings_);
    Time ts = FirstTick("g");
    for (int tick = 0; tick < kTicks && !HasFailure(); ++tick, ts += kInterval) {
      Tick(&random, ts, &model);
      ASSERT_EQ(TakeLog(), model.TakeLog()) << "seed " << seed << ", tick " << tick;
      if (random.Chance(0.02)) {
        Draw(&random);
        Install({Definition()}, ts + seconds(1));
        Take(installed_);
        model.Reload(settings_);
      }
      if (random.Chance(0.02)) {
        Restart(ts + seconds(1));
        model.Restart(ts + seconds(1));
        ASSERT_EQ(TakeLog(), model.TakeLog()) << "seed " << seed << ", restart at tick " << tick;
      }
    }
  }

 private:
  void Draw(Random* random) {
    settings_.interval = kInterval;
    settings_.resend_delay = options_.resend_delay;
    settings_.query_timeout = seconds(10);
    settings_.hold = seconds(random->Below(4) * 13);
    settings_.keep_firing_for = seconds(random->Chance(0.5) ? 0 : random->Below(100));
    settings_.limit = random->Chance(0.1) ? 3 : 0;
    settings_.resolve_on_error = random->Chance(0.2);
  }
  GroupDefinition Definition() const {
    GroupDefinition group = Group("g", {"A"}, settings_.hold);
    group.limit = settings_.limit;
    group.rules[0].keep_firing_for = settings_.keep_firing_for;
    group.rules[0].resolve_on_error = settings_.resolve_on_error;
    group.rules[0].labels["copy"];  // Without this label two samples are one alert.
    return group;
  }
  void Tick(Random* random, Time ts, AlertStateModel* model) {
    const Query query = Advance(ts).queries.at(0);
    if (random->Chance(0.08)) {
      Take(Answer(ts, query, Fail("away")));
      return model->QueryFailed(ts);
    }
    // Long stretches of the same, so that alerts fire, hold and end.
    for (char instance = 'a'; instance <= 'd'; ++instance) {
      if (random->Chance(0.12)) present_[instance] = !present_[instance];
    }
    AlertStateModel::Vector vector;
    QueryResult result;
    for (const auto& [name, present] : present_) {
      if (!present) continue;
      const std::string instance(1, name);
      const auto value = static_cast<double>(random->Below(100));
      for (const char* copy : {"1", "2"}) {
        if (*copy == '2' && !random->Chance(0.01)) continue;
        vector.emplace_back(instance, value);
        result.vector.push_back({{{"copy", copy}, {"instance", instance}}, value});
      }
    }
    Take(Answer(ts, query, std::move(result)));
    model->Evaluate(ts, vector);
  }
  void Restart(Time now) {
    RulesState state;
    for (const auto& [labels, alert] : stored_) state.alerts.push_back(alert);
    ruler_ = Ruler();
    ruler_.Restore(std::move(state));
    Install({Definition()}, now);
    Take(installed_);
  }
  void Take(const Output& out) {
    for (const StateChange& change : out.changes) {
      if (const auto* alert = std::get_if<AlertStored>(&change)) {
        stored_[alert->alert.labels.ToString()] = *alert;
      } else {
        stored_.erase(std::get<AlertRemoved>(change).labels.ToString());
      }
    }
    for (const model::AlertPtr& alert : out.alerts) {
      log_.push_back("sent " + std::string(alert->labels.Get("instance")) + " " +
                     FormatRfc3339Nano(alert->starts_at) + " " + FormatRfc3339Nano(alert->ends_at) +
                     "\n");
    }
    for (const SeriesWrite& write : out.writes) {
      for (const SeriesSample& sample : write.samples) {
        std::string line = "wrote";
        for (const char* name : {"__name__", "instance", "alertstate"}) {
          if (sample.labels.Has(name)) line.append(" ").append(sample.labels.Get(name));
        }
        const auto number = static_cast<long long>(IsStaleNan(sample.value) ? 0 : sample.value);
        line += IsStaleNan(sample.value) ? " stale" : " " + std::to_string(number);
        log_.push_back(line + "\n");
      }
    }
  }
  std::string TakeLog() {
    std::sort(log_.begin(), log_.end());
    std::string text;
    for (const std::string& line : std::exchange(log_, {})) text += line;
    std::vector<std::string> states;
    const GroupView view = ruler_.Snapshot().at(0);
    for (const RuleAlert& alert : view.rules[0].alerts) {
      states.push_back(
          "is " + std::string(alert.labels.Get("instance")) + " " +
          std::string(ToString(alert.state)) + " " + std::to_string(alert.value) + " " +
          FormatRfc3339Nano(alert.active_at) + " " +
          (IsZero(alert.keep_firing_since) ? "-" : FormatRfc3339Nano(alert.keep_firing_since)) +
          "\n");
    }
    std::sort(states.begin(), states.end());
    for (const std::string& state : states) text += state;
    return text;
  }

  AlertStateModel::Settings settings_;
  std::map<char, bool> present_;
  std::map<std::string, AlertStored> stored_;
  std::vector<std::string> log_;
};

TEST_F(Duel, TheRulerDoesWhatIsSpecified) {
  const char* one = std::getenv("TOCSIN_SIMULATION_SEED");
  if (one != nullptr) return Run(std::strtoull(one, nullptr, 10));
  const char* many = std::getenv("TOCSIN_SIMULATION_SEEDS");
  const std::uint64_t seeds = many != nullptr ? std::strtoull(many, nullptr, 10) : kSeeds;
  for (std::uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) Run(seed);
}

}  // namespace
}  // namespace tocsin::rules
