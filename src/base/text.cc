#include "base/text.h"

#include <algorithm>
#include <numeric>

namespace tocsin {

namespace {

constexpr std::string_view kEllipsis = "\u2026";

unsigned char ByteAt(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// What the first byte of a sequence promises, and the bounds of the second, which exclude overlong
// forms, surrogates and what lies beyond U+10FFFF. Size 0: no such first byte.
struct Lead {
  std::size_t size;
  unsigned char low;
  unsigned char high;
};

Lead LeadOf(unsigned char byte) {
  if (byte < 0xC2 || byte > 0xF4) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte < 0xF0) {
    return {3, static_cast<unsigned char>(byte == 0xE0 ? 0xA0 : 0x80),
            static_cast<unsigned char>(byte == 0xED ? 0x9F : 0xBF)};
  }
  return {4, static_cast<unsigned char>(byte == 0xF0 ? 0x90 : 0x80),
          static_cast<unsigned char>(byte == 0xF4 ? 0x8F : 0xBF)};
}

bool IsInvalid(const Rune& rune) {
  return rune.value == kReplacementRune && rune.size == 1;
}

// Bytes taken by at most `n` runes from the front.
std::size_t PrefixOfRunes(std::string_view text, std::size_t n) {
  std::size_t size = 0;
  for (; n > 0 && size < text.size(); --n) size += DecodeRune(text.substr(size)).size;
  return size;
}

// Letters to insert, delete, replace or swap with their neighbour to turn one word into the other.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last = std::move(last);
    last = std::move(row);
  }
  return last.back();
}

}  // namespace

Rune DecodeRune(std::string_view text) {
  constexpr Rune kInvalid{kReplacementRune, 1};
  const unsigned char first = ByteAt(text, 0);
  if (first < 0x80) return {first, 1};
  const Lead lead = LeadOf(first);
  if (lead.size == 0 || text.size() < lead.size) return kInvalid;
  if (ByteAt(text, 1) < lead.low || ByteAt(text, 1) > lead.high) return kInvalid;
  char32_t value = first & (0x7Fu >> lead.size);
  for (std::size_t i = 1; i < lead.size; ++i) {
    if ((ByteAt(text, i) & 0xC0) != 0x80) return kInvalid;
    value = value << 6 | (ByteAt(text, i) & 0x3Fu);
  }
  return {value, lead.size};
}

void AppendRune(char32_t rune, std::string* out) {
  if (rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) rune = kReplacementRune;
  const auto put = [&](char32_t byte) { *out += static_cast<char>(byte); };
  if (rune < 0x80) {
    put(rune);
    return;
  }
  if (rune < 0x800) {
    put(0xC0 | rune >> 6);
  } else if (rune < 0x10000) {
    put(0xE0 | rune >> 12);
    put(0x80 | (rune >> 6 & 0x3F));
  } else {
    put(0xF0 | rune >> 18);
    put(0x80 | (rune >> 12 & 0x3F));
    put(0x80 | (rune >> 6 & 0x3F));
  }
  put(0x80 | (rune & 0x3F));
}

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (IsInvalid(rune)) return false;
    text.remove_prefix(rune.size);
  }
  return true;
}

std::string ToValidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    AppendRune(rune.value, &out);
    text.remove_prefix(rune.size);
  }
  return out;
}

std::size_t RuneCount(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(DecodeRune(text).size);
  return count;
}

std::string TruncateRunes(std::string_view text, std::size_t n) {
  const std::size_t fitting = PrefixOfRunes(text, n);
  if (fitting == text.size()) return std::string(text);
  if (n <= 3) return std::string(text.substr(0, fitting));
  return std::string(text.substr(0, PrefixOfRunes(text, n - 1))) += kEllipsis;
}

std::string TruncateBytes(std::string_view text, std::size_t n) {
  if (text.size() <= n) return std::string(text);
  if (n < kEllipsis.size()) return std::string(n, '.');
  const std::size_t room = n - kEllipsis.size();
  std::size_t size = 0;
  while (true) {
    const std::size_t next = size + DecodeRune(text.substr(size)).size;
    if (next > room) break;
    size = next;
  }
  return std::string(text.substr(0, size)) += kEllipsis;
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return x == y || lower(x) == lower(y); });
}

std::string AsciiLower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view TrimSpace(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (!IsSpace(rune.value)) break;
    text.remove_prefix(rune.size);
  }
  while (!text.empty()) {
    // Steps back to the byte that starts the last rune; a broken tail decodes to U+FFFD, no space.
    std::size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 && (ByteAt(text, start) & 0xC0) == 0x80) --start;
    const Rune rune = DecodeRune(text.substr(start));
    if (start + rune.size != text.size() || !IsSpace(rune.value)) break;
    text.remove_suffix(rune.size);
  }
  return text;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view NearestWord(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view nearest;
  std::size_t smallest = 0;
  for (const std::string_view candidate : known) {
    const std::size_t distance = EditDistance(word, candidate);
    if (distance * 3 > std::max(word.size(), candidate.size())) continue;
    if (nearest.empty() || distance < smallest) {
      nearest = candidate;
      smallest = distance;
    }
  }
  return nearest;
}

}  // namespace tocsin
