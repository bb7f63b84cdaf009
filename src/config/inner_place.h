#pragma once

// Places inside the texts that stand in a YAML file, such as templates of several lines.

#include "config/diagnostic.h"

#include <string_view>

namespace tocsin::config {

// Where line `line` and byte `column` (both from 1) of `text` stand in the file. `value` is where
// the YAML value begins that the text was read from. Its lines are looked for from there on, as
// they are; where quoting or folding has changed them, the result is `value`.
Position PlaceInValue(std::string_view file_text, const Position& value, std::string_view text,
                      int line, int column);
// The same, reading the file.
Position PlaceInValue(const Position& value, std::string_view text, int line, int column);

}  // namespace tocsin::config
