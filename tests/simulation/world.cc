#include "tests/simulation/world.h"

#include "rules/rule_file.h"
#include "tests/simulation/stub_integration.h"

#include <algorithm>
#include <array>
#include <optional>

namespace tocsin::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const Time kStart = Time(hours(24 * 365 * 56));
constexpr std::size_t kSeries = 6;
constexpr const char* kRuleName = "FromRule";
// The rule before it, whose templates query.
constexpr const char* kTemplatedName = "FromTemplates";
constexpr const char* kTemplatedExpr = "down";
constexpr const char* kZoneQuery = "zone";
constexpr const char* kLevelQuery = "level ";
constexpr Duration kRuleHold = minutes(1);
// Of virtual time between two looks at everything.
constexpr Duration kCheckInterval = seconds(10);

notifiers::Outcome OutcomeOf(Health health) {
  using notifiers::Outcome;
  switch (health) {
    case Health::kAnswers:
      return {};
    case Health::kRefuses:
      return {
          Outcome::Kind::kGiveUp, notifiers::FailureReason::kClientError, "refused", 400, {}, {}};
    case Health::kFails:
    case Health::kHangs:
      break;
  }
  return notifiers::TransportFailure(health == Health::kFails ? "connection reset" : "timed out");
}

}  // namespace

// The datasource: a few series that come and go, and queries that sometimes fail or take long. Two
// rules ask for them, one of which has templates that query.
class World::Series final : public core::Datasource {
 public:
  explicit Series(World* world) : world_(world) {
    for (std::size_t i = 0; i < kSeries; ++i) Toggle(i);
    Outage();
  }

  void Query(const rules::Query& query, Callback done) override {
    const bool of_template = query.expr == kZoneQuery || query.expr.starts_with(kLevelQuery);
    const std::uint64_t run = run_;
    world_->checker_.OnAsked(world_->now_, query.expr, of_template, on_the_way_);
    ++on_the_way_;
    if (of_template) ++templates_on_the_way_;
    // Never so many that the labels' query is not asked any more.
    const bool slow = slow_on_the_way_ < 2 && world_->random_.Chance(0.02);
    if (slow) ++slow_on_the_way_;
    const bool fails = slow || away_ || world_->random_.Chance(0.05);
    // A label that is an error would be another alert.
    const bool well = query.expr == kZoneQuery || !fails;
    const Duration took =
        slow && !well ? query.timeout : world_->Between(milliseconds(1), milliseconds(300));
    const Time ts = query.time + world_->set_back_;
    world_->After(took, [this, run, query, ts, slow, well, of_template, done = std::move(done)] {
      if (run != run_) return done(Fail("nobody waits for it"));
      --on_the_way_;
      if (slow) --slow_on_the_way_;
      if (of_template) --templates_on_the_way_;
      Result<rules::QueryResult> result;
      if (!well) result = Fail(slow ? "query timed out" : "server answered 500");
      if (of_template) {
        AnswerTemplate(query.expr, &result);
      } else {
        AnswerRule(query, ts, &result);
      }
      done(std::move(result));
      if (templates_on_the_way_ == 0) EndEvaluation();
    });
  }

  // Nobody waits for what is on its way.
  void Abandon() {
    ++run_;
    on_the_way_ = slow_on_the_way_ = templates_on_the_way_ = 0;
    evaluation_.reset();
  }

 private:
  struct Evaluation {
    bool templated = false;
    Time ts{};  // By a clock that was never set back.
    std::array<bool, kSeries> present{};
  };

  static model::LabelSetBuilder Labels(std::size_t i) {
    model::LabelSetBuilder labels;
    labels.Set("instance", "s" + std::to_string(i)).Set("team", i % 2 ? "x" : "y");
    return labels;
  }
  void AnswerRule(const rules::Query& query, Time ts, Result<rules::QueryResult>* result) {
    if (!*result) return;
    evaluation_ = Evaluation{query.expr == kTemplatedExpr, ts, present_};
    for (std::size_t i = 0; i < kSeries; ++i) {
      if (present_[i]) (*result)->vector.push_back({Labels(i).Build(), 1.0});
    }
  }
  void AnswerTemplate(const std::string& query, Result<rules::QueryResult>* result) {
    if (query == kZoneQuery) {
      (*result)->vector = {{{{"zone", "z1"}}, 1.0}};
      return;
    }
    const std::string instance = query.substr(std::string_view(kLevelQuery).size());
    if (!*result) {
      world_->checker_.OnTemplateAnswer(instance, tl::unexpected(result->error()));
      return;
    }
    level_ = (level_ + 1) % 100'000;
    (*result)->vector = {{{}, static_cast<double>(level_)}};
    world_->checker_.OnTemplateAnswer(instance, std::to_string(level_));
  }
  void EndEvaluation() {
    if (!evaluation_) return;
    for (std::size_t i = 0; i < kSeries; ++i) {
      model::LabelSetBuilder alert = Labels(i);
      alert.Set("alertname", evaluation_->templated ? kTemplatedName : kRuleName);
      if (evaluation_->templated) alert.Set("zone", "z1");
      world_->checker_.OnEvaluated(world_->now_, evaluation_->ts - world_->set_back_, alert.Build(),
                                   evaluation_->present[i], kRuleHold);
    }
    evaluation_.reset();
  }
  void Outage() {
    world_->After(world_->Between(minutes(20), hours(5)), [this] {
      away_ = true;
      world_->After(world_->Between(minutes(1), minutes(50)), [this] {
        away_ = false;
        Outage();
      });
    });
  }
  void Toggle(std::size_t i) {
    world_->After(world_->Between(seconds(30), minutes(40)), [this, i] {
      present_[i] = !present_[i];
      Toggle(i);
    });
  }

  World* const world_;
  std::array<bool, kSeries> present_{};
  bool away_ = false;
  std::uint64_t run_ = 0;  // Between two calls of Abandon.
  std::size_t on_the_way_ = 0;
  std::size_t slow_on_the_way_ = 0;
  std::size_t templates_on_the_way_ = 0;
  std::optional<Evaluation> evaluation_;  // Until its rule has ended.
  int level_ = 0;
};

World::World(std::uint64_t seed) : random_(seed), seed_(seed), now_(kStart), next_check_(now_) {
  MakeTopology();
  checker_.Configure(routes_, integrations_, now_);
  series_ = std::make_shared<Series>(this);
  control_ = NewControl();
  control_->Install(now_, MakeGeneration());
  for (std::size_t i = 0; i < sources_.size(); ++i) SourceLater(i);
  for (const auto& integration : integrations_) DisturbLater(integration->id());
  ReloadSoon();
  if (random_.Chance(0.5)) ClockJumpsLater();
  if (random_.Chance(0.5)) RestartLater();
}

World::~World() = default;

void World::AbandonQueries() {
  series_->Abandon();
  checker_.ForgetTemplateAnswers();
}

void World::MakeTopology() {
  auto config = std::make_shared<config::Config>();
  const std::size_t receivers = 1 + random_.Below(3);
  for (std::size_t r = 0; r < receivers; ++r) {
    config::ReceiverConfig& receiver = config->receivers.emplace_back();
    receiver.name = "r" + std::to_string(r);
    const std::size_t count = 1 + random_.Below(2);
    for (std::uint32_t i = 0; i < count; ++i) {
      integrations_.push_back(std::make_shared<StubIntegration>(
          model::IntegrationId{receiver.name, "webhook", i}, random_.Chance(0.7)));
    }
  }
  const auto random_route = [&](config::RouteConfig* route) {
    route->receiver = "r" + std::to_string(random_.Below(receivers));
    switch (random_.Below(4)) {
      case 0:
        route->group_by = std::vector<std::string>{};
        break;
      case 1:
        route->group_by_all = true;
        break;
      default:
        route->group_by = std::vector<std::string>{"alertname"};
    }
    route->group_wait = seconds(random_.Below(31));
    route->group_interval = seconds(5 + random_.Below(296));
    route->repeat_interval = minutes(1 + random_.Below(240));
  };
  random_route(&config->route);
  for (const char* team : {"x", "y", "z"}) {
    if (random_.Chance(0.5)) continue;
    config::RouteConfig& child = config->route.routes.emplace_back();
    random_route(&child);
    child.matchers.push_back(*model::Matcher::Create("team", model::MatchOp::kEqual, team));
    child.continue_matching = random_.Chance(0.3);
  }
  config_ = config;
  routes_ = std::make_shared<const router::RouteTree>(config->route);
  for (const char* name : {"A", "B"}) {
    for (const char* team : {"x", "z"}) {
      for (const char* instance : {"1", "2"}) {
        sources_.push_back({{"alertname", name}, {"team", team}, {"instance", instance}});
      }
    }
  }
}

core::Generation World::MakeGeneration() {
  core::Generation generation;
  generation.config = config_;
  generation.routes = routes_;
  generation.integrations = integrations_;
  for (const auto& receiver : config_->receivers) generation.receivers.push_back(receiver.name);
  generation.ruler_options.datasources = {{"default", "http://graph", seconds(30)}};
  generation.datasources = {{"default", series_}};
  rules::GroupDefinition group;
  group.name = "g";
  group.file = "rules.yml";
  group.interval = seconds(15);
  rules::RuleDefinition rule;
  rule.alert = kRuleName;
  rule.expr = "up == 0";
  rule.hold = kRuleHold;
  rules::RuleDefinition templated = rule;
  templated.alert = kTemplatedName;
  templated.expr = kTemplatedExpr;
  templated.labels = {{"zone", "{{ query \"zone\" | first | label \"zone\" }}"}};
  templated.annotations = {
      {kQueriedAnnotation, "{{ printf \"level %s\" $labels.instance | query | first | value }}"}};
  if (rules_differ_) rule.annotations = {{"summary", "other words"}};
  group.rules = {templated, rule};
  config::Diagnostics diagnostics;
  generation.groups = rules::Ruler::Compile({group}, &diagnostics);
  return generation;
}

void World::ReloadSoon() {
  After(Between(minutes(5), hours(3)), [this] {
    // The same configuration, or one whose rules fire as before: a reload must not be noticed.
    if (random_.Chance(0.5)) {
      rules_differ_ = !rules_differ_;
      AbandonQueries();
    }
    if (control_) {
      control_->Install(now_, MakeGeneration());
      checker_.Configure(routes_, integrations_, now_);
    }
    ReloadSoon();
  });
}

// The clocks of whoever posts are set with it.
void World::ClockJumpsLater() {
  After(Between(minutes(20), hours(5)), [this] {
    // While no process runs nobody can know by how much.
    if (!control_) return ClockJumpsLater();
    const Duration by = Between(seconds(1), minutes(40));
    if (random_.Chance(0.3)) {
      // Further, and the time for the queries of templates is up.
      now_ += std::min<Duration>(by, seconds(20));
      // What is overdue at once is on its way in no time.
      next_check_ = now_ + kCheckInterval;
      control_->SetNow(now_);
    } else {
      now_ -= by;
      set_back_ += by;
      next_check_ -= by;
      events_.Shift(-by);
      last_durable_ -= by;
      checker_.OnClockWentBack(now_, by);
      control_->ClockWentBack(now_, by);
    }
    ClockJumpsLater();
  });
}

void World::After(Duration delay, std::function<void()> event) {
  events_.Set(now_ + delay, std::move(event));
}

Duration World::Between(Duration low, Duration high) {
  return low + Duration(static_cast<Duration::rep>(
                   random_.Below(static_cast<std::uint64_t>((high - low).count()))));
}

void World::SourceLater(std::size_t source) {
  After(Between(seconds(10), hours(1)),
        [this, source] { SourcePosts(source, now_ + Between(seconds(5), hours(1))); });
}

void World::SourcePosts(std::size_t source, Time until) {
  if (now_ >= until) {
    // Some say that it is over, some more than once, some just stop.
    if (random_.Chance(0.8)) Post(sources_[source], now_ - seconds(1), now_);
    if (random_.Chance(0.5)) {
      After(Between(seconds(1), minutes(10)),
            [this, source, ended = now_] { Post(sources_[source], ended - seconds(1), ended); });
    }
    SourceLater(source);
    return;
  }
  const Duration refresh = Between(seconds(20), minutes(2));
  Post(sources_[source], now_, now_ + 4 * refresh);
  After(refresh, [this, source, until] { SourcePosts(source, until); });
}

void World::Post(const model::LabelSet& labels, Time starts_at, Time ends_at) {
  if (!control_) return;
  auto alert = std::make_shared<model::Alert>();
  alert->labels = labels;
  alert->starts_at = starts_at;
  alert->ends_at = ends_at;
  alert->updated_at = now_;
  control_->Ingest(now_, std::vector<model::AlertPtr>{alert});
}

void World::DisturbLater(const model::IntegrationId& integration) {
  After(Between(minutes(10), hours(3)), [this, integration] {
    const Health health = static_cast<Health>(1 + random_.Below(3));
    health_[integration] = health;
    checker_.OnHealth(now_, integration, health);
    After(Between(seconds(5), minutes(40)), [this, integration] {
      health_[integration] = Health::kAnswers;
      checker_.OnHealth(now_, integration, Health::kAnswers);
      DisturbLater(integration);
    });
  });
}

void World::Send(notifiers::IntegrationPtr integration, model::NotificationPtr notification,
                 Duration timeout, core::NotificationSender::Callback done) {
  unlogged_.insert(router::LogKey(notification->group_key, notification->integration));
  const Health health = health_[integration->id()];
  const Duration took = health == Health::kHangs
                            ? timeout
                            : std::min(timeout, Between(milliseconds(1), milliseconds(400)));
  After(took, [this, health, notification, done = std::move(done), process = process_number_] {
    if (health == Health::kAnswers) {
      checker_.OnArrived(now_, *notification, /*by_this_process=*/process == process_number_);
    }
    done(OutcomeOf(health));
  });
}

void World::Run(Duration duration) {
  const Time end = now_ + duration;
  while (checker_.violations().empty()) {
    const Time next = std::min(control_ ? control_->NextDeadline() : Time::max(),
                               events_.NextDeadline().value_or(Time::max()));
    if (next > end) return;
    now_ = std::max(now_, next);
    if (control_) control_->SetNow(now_);
    while (const auto event = events_.PopDue(now_)) event->second();
    if (control_) control_->Advance(now_);
    if (now_ >= next_check_) {
      if (control_) checker_.Check(now_);
      next_check_ = now_ + kCheckInterval;
    }
  }
}

std::string World::Describe() const {
  std::string text;
  for (const router::Route& route : routes_->routes()) {
    text += "route " + route.id + " -> " + route.receiver + " wait " +
            std::to_string(Seconds(route.group_wait)) + " interval " +
            std::to_string(Seconds(route.group_interval)) + " repeat " +
            std::to_string(Seconds(route.repeat_interval)) + "\n";
  }
  return text + checker_.Trace();
}

}  // namespace tocsin::simulation
