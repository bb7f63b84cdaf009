#pragma once

// One sample in the text exposition format, for numbers that are kept elsewhere and read when they
// are asked for.

#include <string>
#include <string_view>

namespace tocsin::app {

// `labels` is empty or what stands between the braces.
void AppendMetric(std::string_view name, std::string_view type, std::string_view help, double value,
                  std::string* text, std::string_view labels = {});

}  // namespace tocsin::app
