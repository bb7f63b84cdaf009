#include "explain/lines.h"

namespace tocsin::explain {

void AppendLine(std::string_view line, std::string* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      *out += c;
    } else if (c == '\n') {
      *out += "\\n";
    } else if (c == '\r') {
      *out += "\\r";
    } else if (c == '\t') {
      *out += "\\t";
    } else {
      *out += "\\x";
      *out += kDigits[byte >> 4];
      *out += kDigits[byte & 0xf];
    }
  }
  *out += '\n';
}

}  // namespace tocsin::explain
