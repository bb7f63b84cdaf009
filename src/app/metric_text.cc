#include "app/metric_text.h"

#include <cstdio>

namespace tocsin::app {

void AppendMetric(std::string_view name, std::string_view type, std::string_view help, double value,
                  std::string* text, std::string_view labels) {
  char number[64];
  std::snprintf(number, sizeof number, "%.17g", value);
  text->append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
  text->append(name).append(" ").append(type).append("\n").append(name);
  if (!labels.empty()) text->append("{").append(labels).append("}");
  text->append(" ").append(number).append("\n");
}

}  // namespace tocsin::app
