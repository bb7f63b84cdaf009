#include "lint/online.h"

#include "base/duration.h"
#include "base/text.h"
#include "lint/checks.h"
#include "promql/functions.h"
#include "promql/printer.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::lint {
namespace {

using promql::Aggregation;
using promql::Binary;
using promql::BinaryOp;
using promql::Call;
using promql::Expr;
using promql::LabelMatcher;
using promql::Selector;

constexpr std::string_view kPing = "vector(1)";

// An instant vector of these, without range, offset and `@`.
std::string SelectorText(std::string_view name, std::vector<LabelMatcher> matchers) {
  Selector selector;
  if (name.empty() || model::IsClassicMetricName(name)) {
    selector.name = name;
  } else {
    LabelMatcher& named = matchers.emplace_back();
    named.name = "__name__";
    named.value = name;
  }
  selector.matchers = std::move(matchers);
  Expr expr;
  expr.type = promql::ValueType::kVector;
  expr.node = std::move(selector);
  return promql::Print(expr);
}

std::string SelectorText(const Selector& selector) {
  return SelectorText(selector.name, selector.matchers);
}

LabelMatcher Exists(const std::string& label) {
  LabelMatcher matcher;
  matcher.name = label;
  matcher.op = model::MatchOp::kNotEqual;
  return matcher;
}

std::string ToText(const LabelMatcher& matcher) {
  return matcher.name + std::string(model::ToString(matcher.op)) + GoQuote(matcher.value);
}

// The one selector in the expression, if its labels come through unchanged.
const Selector* OnlySelector(const Expr& expr) {
  const Selector* found = nullptr;
  bool plain = true;
  promql::Walk(expr, [&](const Expr& node) {
    if (const auto* const selector = node.As<Selector>()) {
      plain &= found == nullptr;
      found = selector;
    }
    const auto* const call = node.As<Call>();
    const std::string_view name = call != nullptr ? call->function->name : std::string_view();
    plain &= !name.starts_with("label_") && !name.starts_with("absent") && name != "info";
    const auto* const aggregation = node.As<Aggregation>();
    plain &= aggregation == nullptr || aggregation->op != promql::Aggregator::kCountValues;
  });
  return plain ? found : nullptr;
}

class OnlineChecks {
 public:
  OnlineChecks(const Subject& subject, const Answers& answers)
      : subject_(subject), config_(*subject.configuration->config), answers_(answers) {
    for (const RuleFile& file : subject.rule_files) {
      for (const Group& group : file.groups) {
        for (const Rule& rule : group.rules) {
          if (!rule.definition.is_alerting()) recorded_.insert(rule.definition.record);
        }
      }
    }
  }

  OnlineRound Run() {
    ForEachExpr(subject_, [this](const RuleExpr& rule) {
      datasource_ = rule.group.definition.datasource;
      if (datasource_.empty()) datasource_ = config_.datasources.front().name;
      if (!Answering()) return;
      rule_ = &rule;
      CheckResult();
      CheckOffset();
      Visit(rule.expr);
    });
    return std::move(round_);
  }

 private:
  // Null while it is not known.
  const Result<Answer>* Find(std::string query) {
    const Question question{datasource_, std::move(query)};
    const auto found = answers_.find(question);
    if (found != answers_.end()) return &found->second;
    round_.needs.insert(question);
    return nullptr;
  }

  // The value of a query with at most one result; 0 without any. Nothing while it is not known, and
  // where the datasource would not say.
  std::optional<double> Number(std::string query) {
    const Result<Answer>* const answer = Find(std::move(query));
    if (answer == nullptr || !*answer) return std::nullopt;
    return (*answer)->series == 0 ? 0 : (*answer)->value;
  }
  std::optional<double> Count(const std::string& selector) {
    return Number("count(" + selector + ")");
  }

  bool Answering() {
    const Result<Answer>* const ping = Find(std::string(kPing));
    if (ping == nullptr || *ping) return ping != nullptr;
    if (!silent_.insert(datasource_).second) return false;
    for (std::size_t i = 0; i < config_.datasources.size(); ++i) {
      if (config_.datasources[i].name != datasource_) continue;
      round_.findings.Add(
          "online/unreachable",
          PlaceOf(config_.path, ChildItem(subject_.configuration->root, "datasources", i), "url"),
          "datasource " + GoQuote(datasource_) +
              " does not answer, so its rules are checked offline only: " + ping->error().message);
    }
    return false;
  }

  void Add(std::string_view id, promql::Span span, std::string message) {
    rule_->Add(id, span, std::move(message), &round_.findings);
  }

  void CheckResult() {
    const Result<Answer>* const answer = Find(rule_->rule.definition.expr);
    if (answer == nullptr) return;
    const promql::Span span = rule_->expr.span;
    if (!*answer) {
      Add("online/query-failed", span, "the datasource refuses it: " + answer->error().message);
      return;
    }
    const Duration interval = subject_.IntervalOf(rule_->group).value_or(Duration::zero());
    if ((*answer)->took > interval / 2) {
      Add("online/slow", span,
          "this took " + FormatPrometheusDuration((*answer)->took) + " of the " +
              FormatPrometheusDuration(interval) +
              " that the group has: evaluations will be missed; record a part of it");
    }
    if (!rule_->rule.definition.is_alerting()) return;
    CheckFlapping((*answer)->took);
    CheckGaps((*answer)->took);
    if ((*answer)->series == 0) return;
    const std::string count = std::to_string((*answer)->series);
    const int limit = rule_->group.definition.limit;
    if (limit > 0 && (*answer)->series > static_cast<std::size_t>(limit)) {
      Add("online/beyond-limit", span,
          "this gives " + count + " alerts now, and the group's limit is " + std::to_string(limit) +
              ": the evaluation fails, and all of them are dropped");
    } else {
      Add("online/fires-now", span, "this gives " + count + " alert(s) now");
    }
  }

  // As it would have fired within the last day. What takes long once is not asked so often.
  void CheckFlapping(Duration took) {
    constexpr int kTimes = 24 * 12;  // 5m
    constexpr int kMany = 20;
    const rules::RuleDefinition& definition = rule_->rule.definition;
    if (definition.hold != Duration::zero() || definition.keep_firing_for != Duration::zero() ||
        rule_->expr.type != promql::ValueType::kVector || kTimes * took > std::chrono::seconds(5)) {
      return;
    }
    const auto changes = Number("changes(((count(" + promql::Print(rule_->expr) +
                                ") > bool 0) or vector(0))[1d:5m])");
    if (!changes || *changes < 2 * kMany) return;
    Add("online/flaps", rule_->expr.span,
        "this would have begun and ended " + std::to_string(static_cast<int>(*changes / 2)) +
            " times within the last day, each time with a page; give it a `for` or a "
            "`keep_firing_for`");
  }

  // How often within the last week all that the alert compares was gone.
  void CheckGaps(Duration took) {
    constexpr int kTimes = 7 * 24 * 12;  // 5m
    constexpr int kMany = 5;
    const rules::RuleDefinition& definition = rule_->rule.definition;
    const auto on_no_data = definition.on_no_data.value_or(config_.rules.on_no_data);
    if (definition.hold == Duration::zero() || definition.unfiltered.empty() ||
        on_no_data != config::OnNoData::kResolve || kTimes * took > std::chrono::seconds(10)) {
      return;
    }
    const auto changes =
        Number("changes(((count(" + definition.unfiltered + ") > bool 0) or vector(0))[1w:5m])");
    if (!changes || *changes < 2 * kMany) return;
    const std::string hold = FormatPrometheusDuration(definition.hold);
    Add("online/for-reset", rule_->expr.span,
        "there was nothing to compare " + std::to_string(static_cast<int>(*changes / 2)) +
            " times within the last week, and each time `for: " + hold +
            "` begins anew; take a longer window, or on_no_data: keep");
  }

  // Samples may arrive late in a remote store. A scrape may have been an interval ago anyway.
  void CheckOffset() {
    if (!offsets_.insert(&rule_->group).second) return;
    const auto age = Number("min(time() - timestamp(up))");
    const auto scrapes = Number("max(count_over_time(up[10m]))");
    if (!age || !scrapes || *scrapes < 1) return;
    const rules::GroupDefinition& group = rule_->group.definition;
    const Duration offset = group.query_offset.value_or(config_.global.query_offset);
    const auto late = static_cast<std::int64_t>(*age - 600 / *scrapes);
    if (std::chrono::seconds(late) <= offset) return;
    round_.findings.Add(
        "online/offset-too-small", PlaceOf(rule_->file.path, rule_->group.node, "query_offset"),
        "samples are in the datasource " + std::to_string(late) +
            "s after they were taken, or later, and the query_offset is " +
            FormatPrometheusDuration(offset) + ": the group is evaluated without the newest ones");
  }

  // Where series may well be missing (absent(), beside `or`, what `unless` excludes) nothing is
  // asked.
  void Visit(const Expr& expr) {
    if (const auto* const selector = expr.As<Selector>()) CheckSelector(*selector, expr);
    if (const auto* const aggregation = expr.As<Aggregation>()) CheckGrouping(*aggregation, expr);
    if (const auto* const call = expr.As<Call>()) {
      if (call->function->name.starts_with("absent")) return;
      CheckWindow(*call, expr);
    }
    if (const auto* const binary = expr.As<Binary>()) {
      if (binary->op == BinaryOp::kOr) return;
      if (binary->op == BinaryOp::kUnless) return Visit(*binary->left);
    }
    promql::ForEachChild(expr, [this](const Expr& child) { Visit(child); });
  }

  // What the rules write themselves comes with them.
  bool IsOurs(std::string_view metric) const {
    return recorded_.contains(metric) || metric.starts_with("ALERTS");
  }

  void CheckSelector(const Selector& selector, const Expr& expr) {
    const std::string_view metric = selector.MetricName();
    if (IsOurs(metric)) return;
    const std::string text = SelectorText(selector);
    const auto now = Count(text);
    if (!now) return;
    if (*now > 0) return CheckReach(selector, expr);
    const std::optional<double> before = Number("count(present_over_time(" + text + "[1d]))");
    if (!before) return;
    if (*before > 0) {
      Add("online/series-gone", expr.span,
          "no series matches " + text + " now, and " + std::to_string(static_cast<int>(*before)) +
              " did within the last day: is the target gone?");
      return;
    }
    const std::optional<bool> native = IsNativeHistogram(metric);
    if (!native) return;
    if (*native) {
      Add("online/native-histogram", expr.span,
          "there is no " + GoQuote(metric) + ", and " + GoQuote(WithoutBucket(metric)) +
              " is: a native histogram is read as rate(" + std::string(WithoutBucket(metric)) +
              "[5m]), without buckets and `le`");
      return;
    }
    if (const auto why = WhyNothing(selector, metric)) {
      Add("online/no-series", expr.span, *why + ": as it is, this rule can give nothing");
    }
  }

  void CheckReach(const Selector& selector, const Expr& expr) {
    const auto offset = selector.time.offset ? selector.time.offset->Constant() : std::nullopt;
    if (!offset || *offset <= Duration::zero()) return;
    const std::string back = promql::Print(*selector.time.offset);
    const auto then =
        Number("count(present_over_time(" + SelectorText(selector) + "[1d] offset " + back + "))");
    if (!then || *then > 0) return;
    Add("online/beyond-retention", expr.span,
        "nothing of " + SelectorText(selector) + " is there from " + back +
            " ago, nor from the day before: the datasource does not keep it for so long, or it is "
            "younger");
  }

  static std::string_view WithoutBucket(std::string_view metric) {
    return metric.substr(0, metric.rfind("_bucket"));
  }

  // Is there a histogram without the buckets? Nothing while it is not known.
  std::optional<bool> IsNativeHistogram(std::string_view metric) {
    if (!metric.ends_with("_bucket")) return false;
    const auto classic = Count(SelectorText(metric, {}));
    if (!classic || *classic > 0) return classic ? std::optional(false) : std::nullopt;
    const auto native = Count(SelectorText(WithoutBucket(metric), {}));
    if (!native) return std::nullopt;
    return *native > 0;
  }

  // Nothing while it is not known.
  std::optional<std::string> WhyNothing(const Selector& selector, std::string_view metric) {
    const std::string nothing = "no series matches " + SelectorText(selector);
    if (metric.empty()) return nothing;
    const std::string named(metric);
    const auto count = Count(SelectorText(metric, {}));
    if (!count) return std::nullopt;
    if (*count == 0) return "there is no series " + GoQuote(named) + ", nor was there in a day";
    for (const LabelMatcher& matcher : selector.matchers) {
      if (matcher.name == "__name__") continue;
      const auto with = Count(SelectorText(metric, {matcher}));
      if (!with) return std::nullopt;
      if (*with > 0) continue;
      const auto labelled = Count(SelectorText(metric, {Exists(matcher.name)}));
      if (!labelled) return std::nullopt;
      return "no series of " + named +
             (*labelled == 0 ? " has a label " + GoQuote(matcher.name)
                             : " has " + ToText(matcher) + ", though they have that label");
    }
    return nothing + ", though each of the matchers alone matches some";
  }

  void CheckGrouping(const Aggregation& aggregation, const Expr& expr) {
    const Selector* const selector = OnlySelector(*aggregation.operand);
    if (selector == nullptr || aggregation.without || IsOurs(selector->MetricName())) return;
    for (const std::string& label : aggregation.grouping) {
      std::vector<LabelMatcher> matchers = selector->matchers;
      matchers.push_back(Exists(label));
      const auto all = Count(SelectorText(*selector));
      const auto labelled = Count(SelectorText(selector->name, std::move(matchers)));
      if (!all || !labelled || *all == 0 || *labelled > 0) continue;
      Add("online/no-label", expr.span,
          "no series of " + SelectorText(*selector) + " has the label " + GoQuote(label) +
              " that is grouped by");
    }
  }

  void CheckWindow(const Call& call, const Expr& expr) {
    const std::string_view name = call.function->name;
    if (name != "rate" && name != "increase" && name != "irate") return;
    const auto* const selector = promql::WithoutParens(*call.arguments[0]).As<Selector>();
    if (selector == nullptr || !selector->range) return;
    const std::string window = "[" + promql::Print(*selector->range) + "]";
    const auto samples = Number("max(count_over_time(" + SelectorText(*selector) + window + "))");
    if (!samples || *samples == 0 || *samples >= 4) return;
    const std::string count = std::to_string(static_cast<int>(*samples));
    if (*samples < 2) {
      Add("online/window-too-short", expr.span,
          "there is at most one sample in " + window + ", and " + std::string(name) +
              "() needs two: this gives nothing; take at least 4 scrape intervals");
    } else {
      Add("online/window-short", expr.span,
          "there are only " + count + " samples in " + window +
              ": a lost scrape or two, and the alert resolves; take at least 4 scrape intervals");
    }
  }

  const Subject& subject_;
  const config::Config& config_;
  const Answers& answers_;
  std::set<std::string, std::less<>> recorded_;
  std::set<std::string> silent_;
  std::set<const Group*> offsets_;  // Of these groups are checked.
  OnlineRound round_;

  // Being checked.
  const RuleExpr* rule_ = nullptr;
  std::string datasource_;
};

}  // namespace

OnlineRound CheckOnline(const Subject& subject, const Answers& answers) {
  return OnlineChecks(subject, answers).Run();
}

}  // namespace tocsin::lint
