#include "gotemplate/go_time_layout.h"

#include <array>
#include <cstddef>

namespace tocsin::gotemplate {
namespace {

struct Pattern {
  std::string_view text;
  LayoutPart part;
};

// Of patterns that begin alike, the longer comes first.
constexpr std::array<Pattern, 33> kPatterns{{
    {"January", LayoutPart::kLongMonth},
    {"Jan", LayoutPart::kMonth},
    {"Monday", LayoutPart::kLongWeekday},
    {"Mon", LayoutPart::kWeekday},
    {"MST", LayoutPart::kZone},
    {"002", LayoutPart::kZeroYearDay},
    {"01", LayoutPart::kZeroMonth},
    {"02", LayoutPart::kZeroDay},
    {"03", LayoutPart::kZeroHour12},
    {"04", LayoutPart::kZeroMinute},
    {"05", LayoutPart::kZeroSecond},
    {"06", LayoutPart::kYear},
    {"15", LayoutPart::kHour},
    {"1", LayoutPart::kNumMonth},
    {"2006", LayoutPart::kLongYear},
    {"2", LayoutPart::kDay},
    {"__2", LayoutPart::kUnderYearDay},
    {"_2", LayoutPart::kUnderDay},
    {"3", LayoutPart::kHour12},
    {"4", LayoutPart::kMinute},
    {"5", LayoutPart::kSecond},
    {"PM", LayoutPart::kUpperPm},
    {"pm", LayoutPart::kLowerPm},
    {"-070000", LayoutPart::kOffset},
    {"-07:00:00", LayoutPart::kOffset},
    {"-0700", LayoutPart::kOffset},
    {"-07:00", LayoutPart::kOffset},
    {"-07", LayoutPart::kOffset},
    {"Z070000", LayoutPart::kZuluOffset},
    {"Z07:00:00", LayoutPart::kZuluOffset},
    {"Z0700", LayoutPart::kZuluOffset},
    {"Z07:00", LayoutPart::kZuluOffset},
    {"Z07", LayoutPart::kZuluOffset},
}};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// `.000` or `,999`: zeros or nines up to what is no digit.
std::size_t FractionLength(std::string_view text) {
  if (text.size() < 2 || (text[0] != '.' && text[0] != ',')) return 0;
  if (text[1] != '0' && text[1] != '9') return 0;
  std::size_t end = text.find_first_not_of(text[1], 1);
  if (end == std::string_view::npos) return text.size();
  return IsDigit(text[end]) ? 0 : end;
}

Pattern PatternAt(std::string_view text) {
  if (std::size_t length = FractionLength(text); length > 0) {
    return {text.substr(0, length),
            text[1] == '0' ? LayoutPart::kFraction : LayoutPart::kTrimFraction};
  }
  for (const Pattern& pattern : kPatterns) {
    if (!text.starts_with(pattern.text)) continue;
    bool word = pattern.part == LayoutPart::kMonth || pattern.part == LayoutPart::kWeekday;
    std::string_view after = text.substr(pattern.text.size());
    // "Jan" is no month in "Janet".
    if (word && !after.empty() && after[0] >= 'a' && after[0] <= 'z') continue;
    // In "_2006" the underscore is literal.
    if (pattern.part == LayoutPart::kUnderDay && text.starts_with("_2006")) continue;
    return pattern;
  }
  return {{}, LayoutPart::kNone};
}

}  // namespace

LayoutChunk NextChunk(std::string_view* layout) {
  for (std::size_t i = 0; i < layout->size(); ++i) {
    Pattern pattern = PatternAt(layout->substr(i));
    if (pattern.part == LayoutPart::kNone) continue;
    LayoutChunk chunk{.before = layout->substr(0, i),
                      .part = pattern.part,
                      .text = layout->substr(i, pattern.text.size())};
    layout->remove_prefix(i + pattern.text.size());
    return chunk;
  }
  LayoutChunk rest{.before = *layout, .part = LayoutPart::kNone, .text = {}};
  layout->remove_prefix(layout->size());
  return rest;
}

}  // namespace tocsin::gotemplate
