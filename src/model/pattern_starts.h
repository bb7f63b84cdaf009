#pragma once

// What the texts that match a regular expression can begin with, found by reading the pattern: so
// that an index can tell which expressions a text need not be tried against. Errs on the safe side:
// where a pattern is more than it understands, any beginning is possible. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::model {

struct PatternStarts {
  // Every text that matches begins with one of these; sorted, none twice, and none begins with
  // another. Never empty: "" says that nothing is known.
  std::vector<std::string> texts;
  // Every text that matches is one of these; they may begin with each other.
  bool whole = false;
};

// Precondition: Regex::Compile takes the pattern with both ends anchored.
PatternStarts FindPatternStarts(std::string_view pattern);

}  // namespace tocsin::model
