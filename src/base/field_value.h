#pragma once

// What may be the value of a header. Pure; safe from any thread.

#include <algorithm>
#include <string_view>

namespace tocsin {

// Nothing in it could end a header line (RFC 9110, 5.5).
inline bool IsFieldValue(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
}

}  // namespace tocsin
