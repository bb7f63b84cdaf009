#include "promql/functions.h"

#include <algorithm>

namespace tocsin::promql {

namespace {

constexpr int kAnyNumber = Function::kAnyNumber;

// v: instant vector, m: range vector, s: scalar, t: string.
constexpr ValueType TypeOf(char letter) {
  switch (letter) {
    case 'v':
      return ValueType::kVector;
    case 'm':
      return ValueType::kMatrix;
    case 's':
      return ValueType::kScalar;
    default:
      return ValueType::kString;
  }
}

constexpr Function Fixed(std::string_view name, std::string_view parameters, char result = 'v') {
  Function function;
  function.name = name;
  for (const char type : parameters) {
    function.parameters[function.parameter_count++] = TypeOf(type);
  }
  function.result = TypeOf(result);
  return function;
}

constexpr Function Variadic(std::string_view name, std::string_view parameters, int variadic) {
  Function function = Fixed(name, parameters);
  function.variadic = variadic;
  return function;
}

constexpr Function Experimental(Function function) {
  function.experimental = true;
  return function;
}

// Sorted by name.
constexpr auto kFunctions = std::to_array<Function>({
    Fixed("abs", "v"),
    Fixed("absent", "v"),
    Fixed("absent_over_time", "m"),
    Fixed("acos", "v"),
    Fixed("acosh", "v"),
    Fixed("asin", "v"),
    Fixed("asinh", "v"),
    Fixed("atan", "v"),
    Fixed("atanh", "v"),
    Fixed("avg_over_time", "m"),
    Fixed("ceil", "v"),
    Fixed("changes", "m"),
    Fixed("clamp", "vss"),
    Fixed("clamp_max", "vs"),
    Fixed("clamp_min", "vs"),
    Fixed("cos", "v"),
    Fixed("cosh", "v"),
    Fixed("count_over_time", "m"),
    Variadic("day_of_month", "v", 1),
    Variadic("day_of_week", "v", 1),
    Variadic("day_of_year", "v", 1),
    Variadic("days_in_month", "v", 1),
    Fixed("deg", "v"),
    Fixed("delta", "m"),
    Fixed("deriv", "m"),
    Experimental(Fixed("double_exponential_smoothing", "mss")),
    Experimental(Fixed("end", "", 's')),
    Fixed("exp", "v"),
    Fixed("first_over_time", "m"),
    Fixed("floor", "v"),
    Fixed("histogram_avg", "v"),
    Fixed("histogram_count", "v"),
    Fixed("histogram_fraction", "ssv"),
    Fixed("histogram_quantile", "sv"),
    Experimental(Variadic("histogram_quantiles", "vtss", 9)),
    Fixed("histogram_stddev", "v"),
    Fixed("histogram_stdvar", "v"),
    Fixed("histogram_sum", "v"),
    Variadic("hour", "v", 1),
    Fixed("idelta", "m"),
    Fixed("increase", "m"),
    Experimental(Variadic("info", "vv", 1)),
    Fixed("irate", "m"),
    Variadic("label_join", "vttt", kAnyNumber),
    Fixed("label_replace", "vtttt"),
    Fixed("last_over_time", "m"),
    Fixed("ln", "v"),
    Fixed("log10", "v"),
    Fixed("log2", "v"),
    Experimental(Fixed("mad_over_time", "m")),
    Experimental(Fixed("max_of", "ss", 's')),
    Fixed("max_over_time", "m"),
    Experimental(Fixed("min_of", "ss", 's')),
    Fixed("min_over_time", "m"),
    Variadic("minute", "v", 1),
    Variadic("month", "v", 1),
    Fixed("pi", "", 's'),
    Fixed("predict_linear", "ms"),
    Fixed("present_over_time", "m"),
    Fixed("quantile_over_time", "sm"),
    Fixed("rad", "v"),
    Experimental(Fixed("range", "", 's')),
    Fixed("rate", "m"),
    Fixed("resets", "m"),
    Variadic("round", "vs", 1),
    Fixed("scalar", "v", 's'),
    Fixed("sgn", "v"),
    Fixed("sin", "v"),
    Fixed("sinh", "v"),
    Fixed("sort", "v"),
    Experimental(Variadic("sort_by_label", "vt", kAnyNumber)),
    Experimental(Variadic("sort_by_label_desc", "vt", kAnyNumber)),
    Fixed("sort_desc", "v"),
    Fixed("sqrt", "v"),
    Experimental(Fixed("start", "", 's')),
    Experimental(Fixed("start_timestamp", "v")),
    Fixed("stddev_over_time", "m"),
    Fixed("stdvar_over_time", "m"),
    Experimental(Fixed("step", "", 's')),
    Fixed("sum_over_time", "m"),
    Fixed("tan", "v"),
    Fixed("tanh", "v"),
    Fixed("time", "", 's'),
    Fixed("timestamp", "v"),
    Experimental(Fixed("ts_of_first_over_time", "m")),
    Experimental(Fixed("ts_of_last_over_time", "m")),
    Experimental(Fixed("ts_of_max_over_time", "m")),
    Experimental(Fixed("ts_of_min_over_time", "m")),
    Fixed("vector", "s"),
    Variadic("year", "v", 1),
});

constexpr bool ByName(const Function& a, const Function& b) {
  return a.name < b.name;
}

static_assert(std::is_sorted(kFunctions.begin(), kFunctions.end(), ByName));

}  // namespace

const Function* FindFunction(std::string_view name) {
  const auto* found = std::lower_bound(
      kFunctions.begin(), kFunctions.end(), name,
      [](const Function& function, std::string_view wanted) { return function.name < wanted; });
  return found != kFunctions.end() && found->name == name ? found : nullptr;
}

}  // namespace tocsin::promql
