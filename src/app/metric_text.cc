#include "app/metric_text.h"

#include <cmath>
#include <cstdio>

namespace tocsin::app {

namespace {

void AppendHead(std::string_view name, std::string_view type, std::string_view help,
                std::string* text) {
  text->append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
  text->append(name).append(" ").append(type).append("\n");
}

}  // namespace

void AppendSample(std::string_view name, const Sample& sample, std::string* text) {
  char number[64] = "NaN";
  if (!std::isnan(sample.value)) std::snprintf(number, sizeof number, "%.17g", sample.value);
  text->append(name);
  if (!sample.labels.empty()) text->append("{").append(sample.labels).append("}");
  text->append(" ").append(number).append("\n");
}

void AppendMetric(std::string_view name, std::string_view type, std::string_view help, double value,
                  std::string* text, std::string_view labels) {
  AppendMetric(name, type, help, {{labels, value}}, text);
}

void AppendMetric(std::string_view name, std::string_view type, std::string_view help,
                  std::initializer_list<Sample> samples, std::string* text) {
  AppendHead(name, type, help, text);
  for (const Sample& sample : samples) AppendSample(name, sample, text);
}

std::string EscapedLabelValue(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void AppendSummary(std::string_view name, std::string_view help, double sum, std::uint64_t count,
                   std::string* text) {
  AppendHead(name, "summary", help, text);
  AppendSample(std::string(name) + "_sum", {{}, sum}, text);
  AppendSample(std::string(name) + "_count", {{}, static_cast<double>(count)}, text);
}

}  // namespace tocsin::app
