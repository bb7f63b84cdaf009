#include "base/excerpt.h"

#include "base/text.h"

#include <algorithm>
#include <cstddef>

namespace tocsin {
namespace {

constexpr std::string_view kIndent = "    ";
constexpr std::string_view kCut = "...";
// Bytes shown before and after the place.
constexpr std::size_t kBefore = 60;
constexpr std::size_t kAfter = 60;

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Terminals show control characters in their own ways; each stands for one column here.
std::string Shown(std::string_view text) {
  std::string shown = ToValidUtf8(text);
  for (char& c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = ' ';
  }
  return shown;
}

}  // namespace

std::string Excerpt(std::string_view line, int column) {
  std::size_t place = std::min(static_cast<std::size_t>(std::max(column, 1) - 1), line.size());
  while (place > 0 && place < line.size() && IsContinuation(line[place])) --place;
  std::size_t begin = place > kBefore ? place - kBefore : 0;
  while (begin < place && IsContinuation(line[begin])) ++begin;
  std::size_t end = std::min(place + kAfter, line.size());
  while (end < line.size() && IsContinuation(line[end])) ++end;
  const std::string before =
      std::string(begin > 0 ? kCut : "") + Shown(line.substr(begin, place - begin));
  std::string out(kIndent);
  out.append(before).append(Shown(line.substr(place, end - place)));
  if (end < line.size()) out.append(kCut);
  out.append("\n").append(kIndent).append(RuneCount(before), ' ').append("^\n");
  return out;
}

}  // namespace tocsin
