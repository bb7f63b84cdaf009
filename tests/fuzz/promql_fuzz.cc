// The input is an expression, read with all features and with none. It is refused with errors that
// have words and stand within it, or its canonical text is read as the same again.

#include "promql/parser.h"
#include "promql/printer.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using tocsin::promql::Features;
using tocsin::promql::Parse;
using tocsin::promql::Print;

constexpr Features kAll = {
    .experimental_functions = true, .extended_range_selectors = true, .binop_fill_modifiers = true};
constexpr Features kNone = {.duration_expressions = false};

bool IsGood(const tocsin::promql::ParseError& error, std::string_view text) {
  return !error.message.empty() && error.span.begin <= error.span.end &&
         error.span.end <= text.size() && !ToString(error, text).empty() &&
         !Excerpt(error, text).empty();
}

bool IsInside(const tocsin::promql::Expr& inner, const tocsin::promql::Expr& outer) {
  return outer.span.begin <= inner.span.begin && inner.span.end <= outer.span.end &&
         inner.height < outer.height;
}

void Check(std::string_view text, const Features& features) {
  const auto parsed = Parse(text, features);
  if (!parsed) {
    if (parsed.error().empty()) std::abort();
    for (const auto& error : parsed.error()) {
      if (!IsGood(error, text)) std::abort();
    }
    return;
  }
  Walk(**parsed, [](const tocsin::promql::Expr& expr) {
    ForEachChild(expr, [&](const tocsin::promql::Expr& child) {
      if (!IsInside(child, expr)) std::abort();
    });
  });
  const std::string canonical = Print(**parsed);
  const auto again = Parse(canonical, features);
  if (!again || (*again)->type != (*parsed)->type || Print(**again) != canonical) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Check(text, kAll);
  Check(text, kNone);
  return 0;
}
