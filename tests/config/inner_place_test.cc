#include "config/inner_place.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::config {
namespace {

// The value begins at the first `v` after the key's colon in these.
constexpr const char* kFile =
    "a:\n"
    "  plain: say {{ one }} here\n"
    "  quoted: \"say {{ two }} \\\"here\\\"\"\n"
    "  block: |\n"
    "    same {{ x }}\n"
    "      deeper {{ three }}\n"
    "    same {{ x }}\n"
    "  folded: >-\n"
    "    first part\n"
    "    {{ four }} second part\n"
    "single: 'it''s a'\n"
    "escapes: \"a\\nb \\\"c\\\"\"\n"
    "other: \"\\xe4  {{ six }}\"\n";

TEST(PlaceInValue, FindsTheLineAsItStands) {
  struct Case {
    const char* name;
    int value_line, value_column;
    const char* text;
    int line, column;
    int want_line, want_column;
  };
  const std::vector<Case> cases = {
      {"plain", 2, 10, "say {{ one }} here", 1, 8, 2, 17},
      {"quoted", 3, 11, "say {{ two }} \"here\"", 1, 8, 3, 19},
      {"second line of a block", 4, 10, "same {{ x }}\n  deeper {{ three }}\nsame {{ x }}\n", 2, 13,
       6, 17},
      {"the later of two equal lines", 4, 10, "same {{ x }}\n  deeper {{ three }}\nsame {{ x }}\n",
       3, 9, 7, 13},
      {"folded", 8, 11, "first part {{ four }} second part", 1, 15, 10, 8},
      {"the other side of a fold", 8, 11, "first part {{ four }} second part", 1, 7, 9, 11},
      {"the end of a fold", 8, 11, "first part {{ four }} second part", 1, 34, 10, 27},
      {"single quotes", 11, 9, "it's a", 1, 6, 11, 16},
      {"escapes", 12, 10, "a\nb \"c\"", 2, 3, 12, 16},
      {"an escape of any character", 13, 9, "ä {{ six }}", 1, 4, 13, 15},
      {"not there", 2, 10, "{{ five }}", 1, 4, 2, 10},
      {"a line beyond the text", 2, 10, "say {{ one }} here", 9, 8, 2, 17},
      {"a column beyond the line", 2, 10, "say {{ one }} here", 1, 99, 2, 28},
      {"no place", 2, 10, "say {{ one }} here", 0, 0, 2, 10},
      {"a value without a place", 0, 0, "say {{ one }} here", 1, 8, 0, 0},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(PlaceInValue(kFile, {"f", c.value_line, c.value_column}, c.text, c.line, c.column),
              (Position{"f", c.want_line, c.want_column}))
        << c.name;
  }
}

TEST(PlaceInValue, WithoutTheFileItIsTheValue) {
  const Position value{"/nonexistent/file", 3, 4};
  EXPECT_EQ(PlaceInValue(value, "{{ x }}", 1, 4), value);
}

}  // namespace
}  // namespace tocsin::config
