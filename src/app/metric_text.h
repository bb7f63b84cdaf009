#pragma once

// Samples in the text exposition format, for numbers that are kept elsewhere and read when they
// are asked for.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tocsin::app {

struct Sample {
  std::string_view labels;  // Empty, or what stands between the braces.
  double value = 0;
};

void AppendMetric(std::string_view name, std::string_view type, std::string_view help, double value,
                  std::string* text, std::string_view labels = {});
void AppendMetric(std::string_view name, std::string_view type, std::string_view help,
                  std::initializer_list<Sample> samples, std::string* text);
// One more of the family that was begun last.
void AppendSample(std::string_view name, const Sample& sample, std::string* text);
// As a label's value is written between its quotes.
std::string EscapedLabelValue(std::string_view value);
// A summary without quantiles.
void AppendSummary(std::string_view name, std::string_view help, double sum, std::uint64_t count,
                   std::string* text);

}  // namespace tocsin::app
