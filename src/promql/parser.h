#pragma once

// Reads and checks PromQL as Prometheus 3 does (spec/rules.md §9), without a server: what
// Prometheus refuses is refused here, with its words and its place. Pure functions; safe from any
// thread.

#include "promql/ast.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::promql {

// What Prometheus has behind --enable-feature.
struct Features {
  bool experimental_functions = false;    // promql-experimental-functions
  bool extended_range_selectors = false;  // promql-extended-range-selectors: anchored, smoothed
  bool binop_fill_modifiers = false;  // promql-binop-fill-modifiers: fill, fill_left, fill_right
  // Arithmetic in brackets and after `offset`: on since 3.14, promql-duration-expr before.
  bool duration_expressions = true;
};

struct ParseError {
  Span span;
  std::string message;
  bool operator==(const ParseError&) const = default;
};

// In the order in which Prometheus finds them: it shows the first. Never empty.
using ParseErrors = std::vector<ParseError>;

inline constexpr std::size_t kMaxExpressionBytes = 1 << 20;

// The checked tree, or everything that is wrong. After an error of syntax nothing more is looked
// for. Refuses texts above kMaxExpressionBytes and trees above kMaxHeight.
tl::expected<ExprPtr, ParseErrors> Parse(std::string_view text, const Features& features = {});

// A series selector and nothing behind it, as Prometheus's API takes it in `match[]`. It may match
// series without labels.
tl::expected<ExprPtr, ParseErrors> ParseSelector(std::string_view text);

// Both from 1, the column in bytes.
struct LineColumn {
  int line = 1;
  int column = 1;
};
LineColumn PlaceOf(std::string_view text, std::uint32_t byte);

// `1:5: parse error: unexpected identifier "bar"`
std::string ToString(const ParseError& error, std::string_view text);
// The line with a caret under the place (base/excerpt.h).
std::string Excerpt(const ParseError& error, std::string_view text);

}  // namespace tocsin::promql
