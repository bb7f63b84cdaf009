#include "lint/catalogue.h"

#include <algorithm>
#include <array>

namespace tocsin::lint {
namespace {

constexpr auto kError = Severity::kError;
constexpr auto kWarning = Severity::kWarning;
constexpr auto kNotice = Severity::kNotice;

constexpr auto kCatalogue = std::to_array<CatalogueEntry>({
    {"alert/absent-of-several", kWarning, "absent() of several things at once"},
    {"alert/absent-without-for", kWarning, "absent() without `for`"},
    {"alert/alertname-label", kWarning, "a label that the rule's name replaces"},
    {"alert/changing-set", kNotice, "topk() and the like: alerts come and go"},
    {"alert/for-rounded", kNotice, "`for` is no multiple of the interval"},
    {"alert/irate", kNotice, "irate() in an alert"},
    {"alert/label-name", kNotice, "a label that older Alertmanagers refuse"},
    {"alert/label-overridden", kWarning, "a label of the rule hides what tells series apart"},
    {"alert/no-annotations", kNotice, "the page says nothing"},
    {"alert/no-condition", kWarning, "fires whatever the value is"},
    {"alert/no-severity", kNotice, "most others have a severity"},
    {"alert/nothing-by-nothing", kNotice, "0/0 is not below any number"},
    {"alert/raw-counter", kWarning, "a counter compared as it is"},
    {"alert/runbook-link", kNotice, "a runbook_url that is no link"},
    {"alert/secret", kWarning, "a password or token in a label or annotation"},
    {"alert/utc", kNotice, "the hour of UTC"},
    {"alert/vanished-target", kNotice, "a target that is gone has no `up`"},
    {"expr/buckets-without-le", kWarning, "histogram_quantile() of buckets without le"},
    {"expr/delta-of-counter", kWarning, "a function for gauges on a counter"},
    {"expr/empty-selector", kWarning, "matchers that exclude each other"},
    {"expr/float-equality", kWarning, "a computed value compared with == and a fraction"},
    {"expr/glob", kWarning, "a regular expression that was meant to be a file name pattern"},
    {"expr/included-label", kWarning, "group_left() of a label that is not there"},
    {"expr/info-join", kNotice, "a join that fails during a rollout"},
    {"expr/never-joins", kWarning, "two sides whose series never match"},
    {"expr/never-true", kWarning, "a comparison that never holds"},
    {"expr/quantile-range", kWarning, "a quantile beyond 0 to 1"},
    {"expr/rate-of-aggregate", kWarning, "rate() of a sum"},
    {"expr/rate-of-gauge", kWarning, "a function for counters on a gauge"},
    {"expr/type", kError, "neither an instant vector nor a scalar"},
    {"group/interval-beyond-lookback", kWarning, "recorded series with gaps"},
    {"inhibit/everything", kWarning, "an inhibit rule without source or target matchers"},
    {"inhibit/never-matches", kWarning, "matchers that exclude each other"},
    {"inhibit/no-effect", kWarning, "source and target are the same"},
    {"inhibit/no-equal", kWarning, "one alert inhibits targets everywhere"},
    {"inhibit/no-rule", kNotice, "no rule's alerts match"},
    {kLoadError, kError, "the server refuses it"},
    {kLoadWarning, kWarning, "the server takes it, with a remark"},
    {"online/beyond-limit", kWarning, "more alerts than the group's limit"},
    {"online/beyond-retention", kWarning, "older than what the datasource keeps"},
    {"online/fires-now", kNotice, "it would fire now"},
    {"online/flaps", kNotice, "it came and went all day"},
    {"online/for-reset", kWarning, "gaps in the data reset `for`"},
    {"online/native-histogram", kWarning, "classic buckets of a native histogram"},
    {"online/no-label", kWarning, "a label that no series has"},
    {"online/no-series", kWarning, "a selector that nothing matches"},
    {"online/offset-too-small", kWarning, "evaluated before the samples arrive"},
    {"online/query-failed", kWarning, "the datasource refuses the query"},
    {"online/series-gone", kWarning, "a selector that nothing matches any more"},
    {"online/slow", kWarning, "a query that takes most of the interval"},
    {"online/unreachable", kWarning, "a datasource that does not answer"},
    {"online/window-short", kNotice, "a window with few samples"},
    {"online/window-too-short", kWarning, "a window with one sample"},
    {"receiver/unused", kWarning, "no route names it"},
    {"route/default-is-silent", kNotice, "what no route takes is notified to nobody"},
    {"route/glob", kWarning, "a regular expression that was meant to be a file name pattern"},
    {"route/never-matches", kWarning, "matchers that exclude each other"},
    {"route/no-rule", kNotice, "no rule's alerts match"},
    {"route/one-group", kNotice, "no group_by"},
    {"route/unreachable", kWarning, "an earlier route takes everything"},
    {"rule/duplicate", kWarning, "two rules with one name and the same labels"},
    {"rule/not-written", kWarning, "a recording rule without remote_write"},
    {"rule/older-input", kNotice, "reads what is recorded less often"},
    {"template/external-label", kWarning, "an external label that is not configured"},
    {"template/fails", kWarning, "a template that cannot be expanded"},
    {"template/label-missing", kWarning, "a label that the expression does not leave"},
    {"template/query", kWarning, "a query that does not parse"},
    {"template/value-in-label", kWarning, "the value in a label"},
    {"time-interval/unused", kWarning, "no route names it"},
});

}  // namespace

std::string_view ToString(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNotice:
      return "notice";
  }
  return "";
}

std::span<const CatalogueEntry> Catalogue() {
  return kCatalogue;
}

const CatalogueEntry* FindInCatalogue(std::string_view id) {
  const auto* const found = std::lower_bound(
      kCatalogue.begin(), kCatalogue.end(), id,
      [](const CatalogueEntry& entry, std::string_view wanted) { return entry.id < wanted; });
  return found != kCatalogue.end() && found->id == id ? found : nullptr;
}

}  // namespace tocsin::lint
