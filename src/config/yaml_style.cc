#include "config/yaml_style.h"

#include "base/text.h"
#include "config/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

namespace tocsin::config {
namespace {

enum class Style { kPlain, kSingleQuoted, kDoubleQuoted, kLiteral };

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsBreak(char32_t rune) {
  return rune == '\n' || rune == '\r' || rune == 0x85 || rune == 0x2028 || rune == 0x2029;
}

bool IsBlank(char32_t rune) {
  return rune == ' ' || rune == '\t' || IsBreak(rune);
}

// Shown as it is.
bool IsPrintable(char32_t rune) {
  if (rune < 0x20) return rune == '\n';
  if (rune >= 0x7F && rune < 0xA0) return false;
  return rune < 0x10000 && rune != 0xFEFF && rune != 0xFFFE && rune != 0xFFFF;
}

std::u32string Runes(std::string_view text) {
  std::u32string runes;
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    runes += rune.value;
    text.remove_prefix(rune.size);
  }
  return runes;
}

// `1:30` is a number to the base of sixty in YAML 1.1, though not to everybody.
bool LooksLikeBase60(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !IsDigit(text.front())) return false;
  const std::vector<std::string_view> places = Split(text.substr(0, text.find('.')), ':');
  const auto is_place = [](std::string_view place) {
    if (place.empty() || place.size() > 2 || !IsDigit(place.back())) return false;
    return place.size() == 1 || (place.front() >= '0' && place.front() <= '5');
  };
  return places.size() > 1 && std::all_of(places.begin() + 1, places.end(), is_place) &&
         places.front().find_first_not_of("0123456789_") == std::string_view::npos;
}

// Would somebody read something else than this string if it stood there unquoted?
bool IsOtherType(std::string_view text, bool key) {
  const ScalarType type = ResolveScalar(text);
  if (type == ScalarType::kMerge) return key;
  return type != ScalarType::kString || LooksLikeBase60(text);
}

// What the characters of a text rule out.
struct Limits {
  bool plain_in_flow = true;
  bool plain_in_block = true;
  bool single_quoted = true;
  bool literal = true;
  bool multiline = false;
};

class Scan {
 public:
  explicit Scan(const std::u32string& runes) : runes_(runes) {}

  Limits Run() {
    const bool marker = runes_.starts_with(U"---") || runes_.starts_with(U"...");
    if (marker) limits_.plain_in_flow = limits_.plain_in_block = false;
    for (std::size_t i = 0; i < runes_.size(); ++i) {
      Indicators(i);
      if (!IsPrintable(runes_[i])) special_ = true;
      if (IsBreak(runes_[i])) limits_.multiline = true;
      if (i == 0) continue;
      if (runes_[i - 1] == ' ' && IsBreak(runes_[i])) special_ = true;
      // Single quotes would fold it away.
      if (IsBreak(runes_[i - 1]) && runes_[i] == ' ') limits_.single_quoted = false;
    }
    Ends();
    if (special_) limits_.single_quoted = limits_.literal = false;
    if (special_ || limits_.multiline) limits_.plain_in_flow = limits_.plain_in_block = false;
    return limits_;
  }

 private:
  bool BlankAt(std::size_t i) const { return i >= runes_.size() || IsBlank(runes_[i]); }
  bool OneOf(char32_t rune, std::u32string_view set) const {
    return set.find(rune) != std::u32string_view::npos;
  }
  void RuleOutPlain(bool in_block) {
    limits_.plain_in_flow = false;
    if (in_block) limits_.plain_in_block = false;
  }

  void Indicators(std::size_t i) {
    const char32_t rune = runes_[i];
    if (i == 0) {
      if (OneOf(rune, U"#,[]{}&*!|>'\"%@`")) RuleOutPlain(true);
      if (OneOf(rune, U"?:")) RuleOutPlain(BlankAt(1));
      if (rune == '-' && BlankAt(1)) RuleOutPlain(true);
      return;
    }
    if (OneOf(rune, U",?[]{}")) RuleOutPlain(false);
    if (rune == ':') RuleOutPlain(BlankAt(i + 1));
    if (rune == '#' && IsBlank(runes_[i - 1])) RuleOutPlain(true);
  }

  void Ends() {
    if (runes_.empty()) {
      limits_.plain_in_flow = limits_.literal = false;
      return;
    }
    const auto blank = [](char32_t rune) { return rune == ' ' || IsBreak(rune); };
    if (blank(runes_.front()) || blank(runes_.back())) RuleOutPlain(true);
    if (runes_.back() == ' ') limits_.literal = false;
  }

  const std::u32string& runes_;
  Limits limits_;
  bool special_ = false;  // Only escapes can show it.
};

Style StyleOf(std::string_view text, const Limits& limits, const YamlPlace& place) {
  if (place.one_line && limits.multiline) return Style::kDoubleQuoted;
  if (text.find('\n') != std::string_view::npos) {
    return limits.literal && !place.flow && !place.one_line ? Style::kLiteral
                                                            : Style::kDoubleQuoted;
  }
  if (IsOtherType(text, place.one_line)) return Style::kDoubleQuoted;
  if (place.flow ? limits.plain_in_flow : limits.plain_in_block) return Style::kPlain;
  return limits.single_quoted ? Style::kSingleQuoted : Style::kDoubleQuoted;
}

// Writes rune by rune, and knows where in the line it is.
class Pen {
 public:
  Pen(const std::u32string& runes, const YamlPlace& place, std::string* out)
      : runes_(runes), place_(place), out_(out), column_(YamlColumn(*out)) {}

  void Plain() {
    for (std::size_t i = 0; i < runes_.size(); ++i) {
      const bool may_break = i > 0 && i + 1 < runes_.size() && runes_[i + 1] != ' ';
      if (!FoldAt(i, may_break)) Put(runes_[i]);
    }
  }

  void SingleQuoted() {
    Put('\'');
    for (std::size_t i = 0; i < runes_.size(); ++i) {
      const bool may_break = i > 0 && i + 1 < runes_.size() && runes_[i + 1] != ' ';
      if (FoldAt(i, may_break)) continue;
      if (IsBreak(runes_[i])) {
        PutBreak(runes_[i]);
        continue;
      }
      if (i > 0 && IsBreak(runes_[i - 1])) Pad();
      if (runes_[i] == '\'') Put('\'');
      Put(runes_[i]);
    }
    Put('\'');
  }

  void DoubleQuoted() {
    Put('"');
    for (std::size_t i = 0; i < runes_.size(); ++i) {
      if (FoldAt(i, i > 0 && i + 1 < runes_.size())) {
        if (runes_[i + 1] == ' ') Put('\\');
        continue;
      }
      const char32_t rune = runes_[i];
      if (!IsPrintable(rune) || IsBreak(rune) || rune == '"' || rune == '\\') {
        PutEscape(rune);
      } else {
        Put(rune);
      }
    }
    Put('"');
  }

  void Literal() {
    Put('|');
    if (runes_.front() == ' ' || IsBreak(runes_.front())) Put('2');
    if (!IsBreak(runes_.back())) {
      Put('-');
    } else if (runes_.size() == 1 || IsBreak(runes_[runes_.size() - 2])) {
      Put('+');
    }
    PutBreak('\n');
    for (std::size_t i = 0; i < runes_.size(); ++i) {
      if (IsBreak(runes_[i])) {
        PutBreak(runes_[i]);
        continue;
      }
      if (i == 0 || IsBreak(runes_[i - 1])) Pad();
      Put(runes_[i]);
    }
  }

 private:
  void Put(char32_t rune) {
    AppendRune(rune, out_);
    ++column_;
  }
  void PutBreak(char32_t rune) {
    AppendRune(rune, out_);
    column_ = 0;
  }
  void Pad() {
    while (column_ < place_.indent) Put(' ');
  }

  // The line is long enough, and this is the first of some spaces: a new line in its place.
  bool FoldAt(std::size_t i, bool may_break) {
    if (runes_[i] != ' ' || !may_break || place_.one_line || column_ <= kYamlWidth) return false;
    if (runes_[i - 1] == ' ') return false;
    PutBreak('\n');
    Pad();
    return true;
  }

  void PutEscape(char32_t rune) {
    constexpr std::u32string_view kNamed = U"\a\b\t\n\v\f\r\x1B\"\\\u0085\u00A0\u2028\u2029";
    constexpr std::string_view kNames = "abtnvfre\"\\N_LP";
    std::array<char, 16> escape{};
    const std::size_t named = rune == 0 ? std::u32string_view::npos : kNamed.find(rune);
    if (rune == 0) {
      std::snprintf(escape.data(), escape.size(), "\\0");
    } else if (named != std::u32string_view::npos) {
      std::snprintf(escape.data(), escape.size(), "\\%c", kNames[named]);
    } else {
      const char* format = rune <= 0xFF ? "\\x%02X" : rune <= 0xFFFF ? "\\u%04X" : "\\U%08X";
      std::snprintf(escape.data(), escape.size(), format, static_cast<unsigned>(rune));
    }
    for (const char* c = escape.data(); *c != 0; ++c) Put(static_cast<unsigned char>(*c));
  }

  const std::u32string& runes_;
  const YamlPlace& place_;
  std::string* out_;
  std::size_t column_;
};

}  // namespace

std::size_t YamlColumn(std::string_view out) {
  const std::string_view line = out.substr(out.rfind('\n') + 1);
  // Each rune has one byte that does not go on with another.
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

void AppendYamlScalar(std::string_view text, const YamlPlace& place, std::string* out) {
  const std::u32string runes = Runes(text);
  const Limits limits = Scan(runes).Run();
  Pen pen(runes, place, out);
  switch (StyleOf(text, limits, place)) {
    case Style::kPlain:
      return pen.Plain();
    case Style::kSingleQuoted:
      return pen.SingleQuoted();
    case Style::kDoubleQuoted:
      return pen.DoubleQuoted();
    case Style::kLiteral:
      return pen.Literal();
  }
}

}  // namespace tocsin::config
