#include "api/unreadable_json.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string_view>

namespace tocsin::api {
namespace {

constexpr std::string_view kReplacementEscape = "\\ufffd";
// Numbers that are no longer can be read.
constexpr std::size_t kReadableDigits = 18;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t DigitsAt(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && IsDigit(text[end])) ++end;
  return end - at;
}

// The length of the number that `text` begins with; 0 if it begins with none, or with more digits
// than one.
std::size_t NumberLength(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = DigitsAt(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return 0;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = DigitsAt(text, at + 1);
    if (fraction == 0) return 0;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = DigitsAt(text, at);
    if (exponent == 0) return 0;
    at += exponent;
  }
  return at;
}

// The unit of UTF-16 that `\uXXXX` at the beginning of `text` stands for; -1 if there is none.
int EscapedUnit(std::string_view text) {
  int unit = -1;
  if (text.size() < kReplacementEscape.size() || !text.starts_with("\\u")) return -1;
  const char* const end = text.data() + kReplacementEscape.size();
  const auto read = std::from_chars(text.data() + 2, end, unit, 16);
  return read.ec == std::errc() && read.ptr == end && unit >= 0 ? unit : -1;
}

bool IsHighSurrogate(int unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
bool IsLowSurrogate(int unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

class Replacer {
 public:
  explicit Replacer(std::string* json) : json_(*json) {}

  bool Run() {
    while (at_ < json_.size()) {
      const char c = json_[at_];
      if (c == '"') {
        ++at_;
        String();
      } else if (c == '-' || IsDigit(c)) {
        Number();
      } else {
        ++at_;
      }
    }
    return replaced_;
  }

 private:
  // From behind the opening quote to behind the closing one.
  void String() {
    while (at_ < json_.size()) {
      const char c = json_[at_];
      if (c == '\\') {
        Escape();
        continue;
      }
      ++at_;
      if (c == '"') return;
    }
  }

  void Escape() {
    const std::string_view rest = std::string_view(json_).substr(at_);
    const int unit = EscapedUnit(rest);
    if (unit < 0) {
      at_ += 2;
      return;
    }
    const std::size_t size = kReplacementEscape.size();
    if (IsHighSurrogate(unit) && IsLowSurrogate(EscapedUnit(rest.substr(size)))) {
      at_ += 2 * size;
      return;
    }
    if (IsHighSurrogate(unit) || IsLowSurrogate(unit)) {
      json_.replace(at_, size, kReplacementEscape);
      replaced_ = true;
    }
    at_ += size;
  }

  void Number() {
    const std::size_t length = NumberLength(std::string_view(json_).substr(at_));
    const std::string_view number = std::string_view(json_).substr(at_, length);
    if (length > kReadableDigits || number.find_first_of("eE") != std::string_view::npos) {
      json_[at_] = '0';
      std::fill_n(json_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, length - 1, ' ');
      replaced_ = true;
    }
    at_ += std::max<std::size_t>(length, 1);
  }

  std::string& json_;
  std::size_t at_ = 0;
  bool replaced_ = false;
};

}  // namespace

bool ReplaceUnreadable(std::string* json) {
  return Replacer(json).Run();
}

}  // namespace tocsin::api
