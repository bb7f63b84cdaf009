#include "api/array_elements.h"

#include <algorithm>
#include <utility>

namespace tocsin::api {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

void SkipSpace(std::string_view* text) {
  text->remove_prefix(std::min(text->find_first_not_of(kSpace), text->size()));
}

// Where the string ends whose opening quote is at `quote`: behind the closing one.
std::size_t StringEnd(std::string_view text, std::size_t quote) {
  std::size_t i = quote + 1;
  while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

// Behind the bracket that closes the element; of one without brackets, where the next one's begin,
// its comma or the array's end.
std::size_t ElementEnd(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        i = StringEnd(text, i) - 1;
        break;
      case '{':
      case '[':
        if (depth == 0 && i > 0) return i;
        ++depth;
        break;
      case ']':
        if (depth == 0) return i;
        [[fallthrough]];
      case '}':
        if (depth > 0 && --depth == 0) return i + 1;
        break;
      case ',':
        if (depth == 0) return i;
        break;
      default:
        break;
    }
  }
  return text.size();
}

}  // namespace

ArrayElements::ArrayElements(std::string_view text) : rest_(text) {
  SkipSpace(&rest_);
  is_array_ = rest_.starts_with('[');
  if (is_array_) rest_.remove_prefix(1);
}

std::optional<std::string_view> ArrayElements::Next() {
  SkipSpace(&rest_);
  if (!is_array_ || rest_.empty()) return std::nullopt;
  const bool first = std::exchange(first_, false);
  if (rest_.starts_with(']')) {
    closed_ = true;
    rest_ = {};
    return std::nullopt;
  }
  separated_ = first || rest_.starts_with(',');
  if (!first && separated_) rest_.remove_prefix(1);
  SkipSpace(&rest_);
  const std::size_t end = ElementEnd(rest_);
  const std::string_view element = rest_.substr(0, end);
  rest_.remove_prefix(end);
  return element;
}

}  // namespace tocsin::api
