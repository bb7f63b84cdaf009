#include "base/json_writer.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>

namespace tocsin {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

// Bytes that stand for themselves inside a JSON string as Go writes it.
constexpr std::array<bool, 256> MakePlainTable() {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x80; ++c) plain[c] = true;
  for (const char c : {'"', '\\', '<', '>', '&'}) plain[static_cast<unsigned char>(c)] = false;
  return plain;
}
constexpr std::array<bool, 256> kPlain = MakePlainTable();

template <class Word>
std::uint64_t Load(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// A high bit somewhere if one of the eight bytes does not stand for itself. They are looked at
// together, in whatever order: a byte less than the one that is taken off it borrows, and has its
// high bit set.
inline std::uint64_t Special(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const std::uint64_t quote_or_and = (word | kOnes * ('"' ^ '&')) ^ kOnes * '&';
  const std::uint64_t angle = (word | kOnes * ('<' ^ '>')) ^ kOnes * '>';
  const std::uint64_t backslash = word ^ kOnes * '\\';
  return word | (word - kOnes * 0x20) | (quote_or_and - kOnes) | (angle - kOnes) |
         (backslash - kOnes);
}

// Whether all bytes stand for themselves. What is left at the end is looked at together with what
// was before it: most strings are short.
inline bool IsPlain(std::string_view text) {
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  const char* const bytes = text.data();
  const std::size_t size = text.size();
  if (size >= 8) {
    std::uint64_t special = Special(Load<std::uint64_t>(bytes + size - 8));
    for (std::size_t i = 0; i + 8 < size; i += 8) {
      special |= Special(Load<std::uint64_t>(bytes + i));
    }
    return (special & kHigh) == 0;
  }
  if (size >= 4) {
    const std::uint64_t both = Load<std::uint32_t>(bytes) | Load<std::uint32_t>(bytes + size - 4)
                                                                << 32;
    return (Special(both) & kHigh) == 0;
  }
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return kPlain[static_cast<unsigned char>(c)]; });
}

void AppendUnicodeEscape(unsigned value, std::string* out) {
  *out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) *out += kHexDigits[(value >> shift) & 15];
}

void AppendEscapedAscii(char c, std::string* out) {
  switch (c) {
    case '"':
      *out += "\\\"";
      return;
    case '\\':
      *out += "\\\\";
      return;
    case '\b':
      *out += "\\b";
      return;
    case '\f':
      *out += "\\f";
      return;
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default:
      AppendUnicodeEscape(static_cast<unsigned char>(c), out);
  }
}

// The rune at the front of `text`, which is not ASCII; returns the bytes consumed.
std::size_t AppendRuneEscaped(std::string_view text, std::string* out) {
  const Rune rune = DecodeRune(text);
  const bool invalid = rune.value == kReplacementRune && rune.size == 1;
  if (invalid || rune.value == 0x2028 || rune.value == 0x2029) {
    AppendUnicodeEscape(static_cast<unsigned>(rune.value), out);
  } else {
    out->append(text.substr(0, rune.size));
  }
  return rune.size;
}

// Digits without a point, and the decimal exponent of the first one.
struct Decimal {
  std::string digits;
  int exponent;
};

Decimal ShortestDecimal(double magnitude) {
  std::array<char, 32> text;
  const auto result = std::to_chars(text.data(), text.data() + text.size(), magnitude,
                                    std::chars_format::scientific);
  const std::string_view view(text.data(), static_cast<std::size_t>(result.ptr - text.data()));
  const std::size_t e = view.find('e');
  Decimal decimal{std::string(view.substr(0, 1)), 0};
  if (e > 2) decimal.digits += view.substr(2, e - 2);
  // from_chars takes no plus sign.
  const std::size_t sign = view[e + 1] == '+' ? 1 : 0;
  std::from_chars(view.data() + e + 1 + sign, view.data() + view.size(), decimal.exponent);
  return decimal;
}

void AppendScientific(const Decimal& d, std::string* out) {
  *out += d.digits[0];
  if (d.digits.size() > 1) {
    *out += '.';
    out->append(d.digits, 1);
  }
  *out += 'e';
  // Go writes e-7, but e+21.
  *out += d.exponent < 0 ? '-' : '+';
  *out += std::to_string(std::abs(d.exponent));
}

void AppendPositional(const Decimal& d, std::string* out) {
  if (d.exponent < 0) {
    *out += "0.";
    out->append(static_cast<std::size_t>(-d.exponent - 1), '0');
    *out += d.digits;
    return;
  }
  const auto whole = static_cast<std::size_t>(d.exponent) + 1;
  if (d.digits.size() <= whole) {
    *out += d.digits;
    out->append(whole - d.digits.size(), '0');
    return;
  }
  out->append(d.digits, 0, whole);
  *out += '.';
  out->append(d.digits, whole);
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  if (IsPlain(text)) {
    const std::size_t at = out->size();
    out->resize(at + text.size() + 2, '"');
    if (!text.empty()) std::memcpy(out->data() + at + 1, text.data(), text.size());
    return;
  }
  *out += '"';
  std::size_t i = 0;
  while (i < text.size()) {
    std::size_t end = i;
    while (end < text.size() && kPlain[static_cast<unsigned char>(text[end])]) ++end;
    out->append(text, i, end - i);
    i = end;
    if (i == text.size()) break;
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      AppendEscapedAscii(text[i], out);
      ++i;
    } else {
      i += AppendRuneEscaped(text.substr(i), out);
    }
  }
  *out += '"';
}

void AppendJsonNumber(double value, std::string* out) {
  assert(std::isfinite(value));
  if (std::signbit(value)) *out += '-';
  const double magnitude = std::abs(value);
  const Decimal decimal = ShortestDecimal(magnitude);
  if (magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21)) {
    AppendScientific(decimal, out);
  } else {
    AppendPositional(decimal, out);
  }
}

void JsonWriter::Separate() {
  if (need_comma_) *out_ += ',';
}

JsonWriter& JsonWriter::BeginObject() {
  Separate();
  *out_ += '{';
  need_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::EndObject() {
  assert(!out_->empty() && out_->back() != ':' && "a key without a value");
  *out_ += '}';
  need_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::BeginArray() {
  Separate();
  *out_ += '[';
  need_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::EndArray() {
  assert(!out_->empty() && out_->back() != ':' && "a key inside an array");
  *out_ += ']';
  need_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  assert((out_->empty() || out_->back() != ':') && "two keys in a row");
  Separate();
  AppendJsonString(key, out_);
  *out_ += ':';
  need_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::PlainKey(std::string_view key) {
  assert((out_->empty() || out_->back() != ':') && "two keys in a row");
  Separate();
  out_->append(1, '"').append(key).append("\":");
  need_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view value) {
  Separate();
  AppendJsonString(value, out_);
  need_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::Int(std::int64_t value) {
  std::array<char, 24> text;
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return Raw({text.data(), static_cast<std::size_t>(result.ptr - text.data())});
}

JsonWriter& JsonWriter::Double(double value) {
  Separate();
  AppendJsonNumber(value, out_);
  need_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) {
  return Raw(value ? "true" : "false");
}

JsonWriter& JsonWriter::Null() {
  return Raw("null");
}

JsonWriter& JsonWriter::Raw(std::string_view json) {
  Separate();
  *out_ += json;
  need_comma_ = true;
  return *this;
}

}  // namespace tocsin
