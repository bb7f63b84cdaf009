#pragma once

// Numbers as people read them: the humanize functions that rule and notification templates share,
// and Go's reading of numbers from text. Pure functions.

#include "base/result.h"

#include <string>
#include <string_view>

namespace tocsin::templates {

// Go's strconv.ParseFloat: decimal and hexadecimal, `inf`, `nan`, underscores between digits. Error
// texts are Go's.
Result<double> ParseGoFloat(std::string_view text);

// Go's %.4g.
std::string FormatFourDigits(double value);

std::string Humanize(double value);            // 1234567 -> 1.235M
std::string Humanize1024(double value);        // 1536 -> 1.5ki
std::string HumanizeDuration(double seconds);  // 3661 -> 1h 1m 1s
std::string HumanizePercentage(double ratio);  // 0.1234 -> 12.34%

}  // namespace tocsin::templates
