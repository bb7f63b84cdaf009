#pragma once

// The two grammars behind ParseMatchers and ParseMatcher, one file each; not for others.

#include "base/result.h"
#include "model/matcher.h"

#include <string_view>

namespace tocsin::model {

// Errors carry `start:end:` columns, counted in runes.
Result<Matchers> ParseUtf8Matchers(std::string_view text);

Result<Matchers> ParseClassicMatchers(std::string_view text);
// Here a comma is part of the value: nothing is split.
Result<Matcher> ParseClassicMatcher(std::string_view text);

}  // namespace tocsin::model
