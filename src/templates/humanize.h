#pragma once

// Numbers as people read them, appended to `out`: the humanize functions that rule and notification
// templates share. And Go's reading of numbers from text. Pure functions.

#include "base/result.h"

#include <string>
#include <string_view>

namespace tocsin::templates {

// Go's strconv.ParseFloat: decimal and hexadecimal, `inf`, `nan`, underscores between digits. Error
// texts are Go's.
Result<double> ParseGoFloat(std::string_view text);

// Go's %.4g.
void AppendFourDigits(double value, std::string* out);

void AppendHumanized(double value, std::string* out);            // 1234567 -> 1.235M
void AppendHumanized1024(double value, std::string* out);        // 1536 -> 1.5ki
void AppendHumanizedDuration(double seconds, std::string* out);  // 3661 -> 1h 1m 1s
void AppendHumanizedPercentage(double ratio, std::string* out);  // 0.1234 -> 12.34%

}  // namespace tocsin::templates
