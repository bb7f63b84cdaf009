#pragma once

// Numbers as PromQL writes them.

#include "base/result.h"

#include <string>
#include <string_view>

namespace tocsin::promql {

// Decimal, hexadecimal (0x1F), octal where the digits allow it (0755, but 08 is 8), Inf and NaN in
// any case; `_` between digits. Fails where the value is out of range, with Prometheus's words.
Result<double> ParseNumber(std::string_view text);

// The shortest text that gives the number back, without an exponent: 1000, 0.001, +Inf, NaN.
std::string FormatNumber(double value);

}  // namespace tocsin::promql
