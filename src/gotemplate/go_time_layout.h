#pragma once

// Go's layouts: the parts of the reference time Mon Jan 2 15:04:05 MST 2006 in a text.

#include <cstdint>
#include <string_view>

namespace tocsin::gotemplate {

enum class LayoutPart : std::uint8_t {
  kNone,
  kLongMonth,
  kMonth,
  kNumMonth,
  kZeroMonth,
  kLongWeekday,
  kWeekday,
  kDay,
  kUnderDay,
  kZeroDay,
  kUnderYearDay,
  kZeroYearDay,
  kHour,
  kHour12,
  kZeroHour12,
  kMinute,
  kZeroMinute,
  kSecond,
  kZeroSecond,
  kLongYear,
  kYear,
  kUpperPm,
  kLowerPm,
  kZone,          // MST
  kOffset,        // -0700 and its like; the text says which.
  kZuluOffset,    // Z0700 …
  kFraction,      // .000
  kTrimFraction,  // .999
};

struct LayoutChunk {
  std::string_view before;  // Literal text.
  LayoutPart part = LayoutPart::kNone;
  std::string_view text;  // The part as the layout has it.
};

// Takes the literal text and the part that come next off the front of `layout`. kNone at the end.
LayoutChunk NextChunk(std::string_view* layout);

}  // namespace tocsin::gotemplate
