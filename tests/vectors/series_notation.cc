#include "tests/vectors/series_notation.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace tocsin::vectors {
namespace {

constexpr Duration kLookback = std::chrono::minutes(5);

void SkipSpace(std::string_view* text) {
  while (text->starts_with(' ')) text->remove_prefix(1);
}

bool Take(std::string_view word, std::string_view* text) {
  SkipSpace(text);
  if (!text->starts_with(word)) return false;
  text->remove_prefix(word.size());
  return true;
}

std::string TakeName(std::string_view* text) {
  SkipSpace(text);
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  const auto end = std::find_if_not(text->begin(), text->end(), is_part);
  std::string name(text->begin(), end);
  text->remove_prefix(name.size());
  return name;
}

template <class T>
std::optional<T> TakeNumber(std::string_view* text) {
  SkipSpace(text);
  T number{};
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc()) return std::nullopt;
  text->remove_prefix(static_cast<std::size_t>(end - text->data()));
  return number;
}

// `1`, `1x3`, `1+2x3`, `_x3`, `stale`. A number with a count stands for one more than the count.
bool AddItem(std::string_view item, std::vector<std::optional<InputSeries::Point>>* points) {
  if (item == "stale") {
    points->push_back(InputSeries::Point{0, true});
    return true;
  }
  const bool gap = Take("_", &item);
  const auto first = gap ? 0.0 : TakeNumber<double>(&item);
  if (!first) return false;
  double step = 0;
  if (item.starts_with('+') || item.starts_with('-')) {
    if (item.front() == '+') item.remove_prefix(1);
    const auto given = TakeNumber<double>(&item);
    if (!given) return false;
    step = *given;
  }
  int count = gap ? 1 : 0;
  if (Take("x", &item)) {
    const auto given = TakeNumber<int>(&item);
    if (!given) return false;
    count = *given;
  }
  if (!item.empty()) return false;
  if (gap) {
    points->insert(points->end(), static_cast<std::size_t>(count), std::nullopt);
    return true;
  }
  double value = *first;
  for (int i = 0; i <= count; ++i, value += step) {
    points->push_back(InputSeries::Point{value, false});
  }
  return true;
}

// The newest point that still counts.
std::optional<double> ValueAt(const InputSeries& series, Duration step, Duration at) {
  if (at < Duration::zero()) return std::nullopt;
  auto index = std::min<std::ptrdiff_t>(at / step, std::ssize(series.points) - 1);
  for (; index >= 0 && at - index * step < kLookback; --index) {
    const auto& point = series.points[static_cast<std::size_t>(index)];
    if (!point) continue;
    if (point->stale) return std::nullopt;
    return point->value;
  }
  return std::nullopt;
}

bool Passes(const SimpleExpression& expression, double value) {
  if (expression.comparison == '>') return value > expression.number;
  return expression.comparison == 0 || value == expression.number;
}

}  // namespace

std::optional<InputSeries> ParseInputSeries(std::string_view series, std::string_view values) {
  InputSeries parsed;
  model::LabelSetBuilder labels;
  labels.Set("__name__", TakeName(&series));
  if (Take("{", &series)) {
    do {
      const std::string name = TakeName(&series);
      if (!Take("=\"", &series)) return std::nullopt;
      const std::size_t end = series.find('"');
      if (end == std::string_view::npos) return std::nullopt;
      labels.Set(name, series.substr(0, end));
      series.remove_prefix(end + 1);
    } while (Take(",", &series));
    if (!Take("}", &series)) return std::nullopt;
  }
  if (!series.empty()) return std::nullopt;
  parsed.labels = labels.Build();
  for (const std::string_view item : Split(values, ' ')) {
    if (!item.empty() && !AddItem(item, &parsed.points)) return std::nullopt;
  }
  return parsed;
}

std::optional<SimpleExpression> ParseSimpleExpression(std::string_view text) {
  SimpleExpression parsed;
  if (Take("sum by (", &text)) {
    parsed.sum_by = TakeName(&text);
    if (!Take(")", &text) || !Take("(", &text)) return std::nullopt;
  }
  parsed.metric = TakeName(&text);
  if (parsed.metric.empty()) return std::nullopt;
  if (parsed.sum_by && !Take(")", &text)) return std::nullopt;
  for (const std::string_view sign : {">", "=="}) {
    if (!Take(sign, &text)) continue;
    parsed.comparison = sign.front();
    const auto number = TakeNumber<double>(&text);
    if (!number) return std::nullopt;
    parsed.number = *number;
  }
  SkipSpace(&text);
  if (!text.empty()) return std::nullopt;
  return parsed;
}

rules::Vector Evaluate(const SimpleExpression& expression, const std::vector<InputSeries>& series,
                       Duration step, Duration since_start) {
  std::vector<std::pair<model::LabelSet, double>> values;
  std::map<std::string, double, std::less<>> sums;
  for (const InputSeries& input : series) {
    if (input.labels.Get("__name__") != expression.metric) continue;
    const auto value = ValueAt(input, step, since_start);
    if (!value) continue;
    if (expression.sum_by) {
      sums[std::string(input.labels.Get(*expression.sum_by))] += *value;
    } else {
      values.emplace_back(input.labels, *value);
    }
  }
  for (const auto& [label, sum] : sums) {
    values.emplace_back(model::LabelSetBuilder().Set(*expression.sum_by, label).Build(), sum);
  }
  rules::Vector vector;
  for (auto& [labels, value] : values) {
    if (Passes(expression, value)) vector.push_back({std::move(labels), value});
  }
  return vector;
}

}  // namespace tocsin::vectors
