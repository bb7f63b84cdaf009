#pragma once

// Text in lines: what others wrote (labels, comments, errors, expressions) breaks none, and sends
// nothing to a terminal.

#include <string>
#include <string_view>

namespace tocsin::explain {

// The line and its end. Control characters in it are escaped as in Go: \n, \x1b.
void AppendLine(std::string_view line, std::string* out);

}  // namespace tocsin::explain
