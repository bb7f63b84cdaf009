#pragma once

// Whether an error is news after another one.

#include <algorithm>
#include <string_view>

namespace tocsin {

// Errors tell how long something took, or number what they are about: those that differ in digits
// alone are the same.
inline bool IsSameError(std::string_view a, std::string_view b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  auto in_a = a.begin();
  auto in_b = b.begin();
  for (;; ++in_a, ++in_b) {
    in_a = std::find_if_not(in_a, a.end(), is_digit);
    in_b = std::find_if_not(in_b, b.end(), is_digit);
    if (in_a == a.end() || in_b == b.end()) return in_a == a.end() && in_b == b.end();
    if (*in_a != *in_b) return false;
  }
}

}  // namespace tocsin
