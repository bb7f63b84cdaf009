#pragma once

// A line of a text with a caret under a place in it, as compilers show errors.

#include <string>
#include <string_view>

namespace tocsin {

// Two lines, indented, each ending in a newline. `column` is in bytes, from 1; one beyond the end
// of the line is allowed. Of a long line only the part around the place is shown.
std::string Excerpt(std::string_view line, int column);

}  // namespace tocsin
