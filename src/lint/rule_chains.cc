// Rules that read what other rules write, or that need another rule beside them.

#include "base/duration.h"
#include "base/text.h"
#include "lint/checks.h"
#include "promql/functions.h"

#include <map>
#include <string>
#include <string_view>

namespace tocsin::lint {
namespace {

using promql::Expr;
using promql::Selector;

class ChainChecks {
 public:
  ChainChecks(const Subject& subject, Findings* findings)
      : subject_(subject), findings_(findings) {}

  void Run() {
    ForEachExpr(subject_, [this](const RuleExpr& rule) { Learn(rule); });
    ForEachExpr(subject_, [this](const RuleExpr& rule) {
      promql::Walk(rule.expr, [&](const Expr& expr) {
        if (const auto* const selector = expr.As<Selector>()) CheckInput(rule, *selector, expr);
      });
      if (rule.rule.definition.is_alerting()) CheckVanished(rule);
    });
  }

 private:
  void Learn(const RuleExpr& rule) {
    const rules::RuleDefinition& definition = rule.rule.definition;
    if (!definition.is_alerting()) recorded_by_.try_emplace(definition.record, &rule.group);
    promql::Walk(rule.expr, [this](const Expr& expr) {
      const auto* const call = expr.As<promql::Call>();
      if (call == nullptr || !call->function->name.starts_with("absent")) return;
      promql::Walk(expr, [this](const Expr& inner) {
        const auto* const selector = inner.As<Selector>();
        has_absent_up_ |= selector != nullptr && selector->MetricName() == "up";
      });
    });
  }

  void CheckInput(const RuleExpr& rule, const Selector& selector, const Expr& expr) {
    const auto recorded = recorded_by_.find(std::string(selector.MetricName()));
    if (recorded == recorded_by_.end() || recorded->second == &rule.group) return;
    const auto writes = subject_.IntervalOf(*recorded->second);
    const auto reads = subject_.IntervalOf(rule.group);
    if (!writes || !reads || *writes <= *reads) return;
    rule.Add("rule/older-input", expr.span,
             recorded->first + " is recorded every " + FormatPrometheusDuration(*writes) +
                 ", and this group reads it every " + FormatPrometheusDuration(*reads) +
                 ": it sees one value several times, and a new one late",
             findings_);
  }

  // `up == 0`, also with labels.
  void CheckVanished(const RuleExpr& rule) {
    const auto comparison = AsNumberComparison(promql::WithoutParens(rule.expr));
    if (has_absent_up_ || !comparison || comparison->number != 0) return;
    if (comparison->op != promql::BinaryOp::kEqual) return;
    const auto* const selector = comparison->compared.As<Selector>();
    if (selector == nullptr || selector->MetricName() != "up" || selector->range) return;
    rule.Add("alert/vanished-target", rule.expr.span,
             "a target that is no longer discovered has no `up` at all, and this resolves; let "
             "another alert ask for what must be there: absent(up{job=\"...\"})",
             findings_);
  }

  const Subject& subject_;
  Findings* const findings_;
  std::map<std::string, const Group*, std::less<>> recorded_by_;
  bool has_absent_up_ = false;
};

}  // namespace

void CheckRuleChains(const Subject& subject, Findings* findings) {
  ChainChecks(subject, findings).Run();
}

}  // namespace tocsin::lint
