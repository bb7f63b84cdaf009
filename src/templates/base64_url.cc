#include "templates/base64_url.h"

#include <cstddef>
#include <cstdint>

namespace tocsin::templates {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

tl::unexpected<Error> IllegalAt(std::size_t position) {
  return Fail("illegal base64 data at input byte " + std::to_string(position));
}

}  // namespace

void AppendBase64Url(std::string_view bytes, std::string* out) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = (bits << 8) | (j < group.size() ? static_cast<unsigned char>(group[j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out->push_back(j <= group.size() ? kAlphabet[(bits >> (18 - 6 * j)) & 63] : '=');
    }
  }
}

Status DecodeBase64Url(std::string_view text, std::string* out) {
  std::uint32_t bits = 0;
  std::size_t digits = 0, padding = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' || c == '\n') continue;
    if (c == '=') {
      // Padding only completes a group that holds at least one whole byte.
      if (digits % 4 < 2 || ++padding + digits % 4 > 4) return IllegalAt(i);
      continue;
    }
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos || padding > 0) return IllegalAt(i);
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    if (++digits % 4 != 0) continue;
    for (const int shift : {16, 8, 0}) out->push_back(static_cast<char>((bits >> shift) & 0xFF));
    bits = 0;
  }
  const std::size_t rest = digits % 4;
  if (rest + padding != (rest == 0 ? 0U : 4U)) return IllegalAt(text.size());
  if (rest >= 2) out->push_back(static_cast<char>((bits >> (rest == 2 ? 4 : 10)) & 0xFF));
  if (rest == 3) out->push_back(static_cast<char>((bits >> 2) & 0xFF));
  return {};
}

}  // namespace tocsin::templates
