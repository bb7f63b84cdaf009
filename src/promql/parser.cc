#include "promql/parser.h"

#include "base/excerpt.h"
#include "promql/grammar.h"
#include "promql/type_check.h"

#include <algorithm>
#include <utility>

namespace tocsin::promql {

tl::expected<ExprPtr, ParseErrors> Parse(std::string_view text, const Features& features) {
  if (text.size() > kMaxExpressionBytes) {
    return tl::unexpected(ParseErrors{{{}, "expression is longer than 1 MiB"}});
  }
  Grammar grammar(text, features);
  ExprPtr expr = grammar.ParseAll();
  ParseErrors errors = grammar.TakeErrors();
  if (errors.empty()) CheckTypes(*expr, &errors);
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return expr;
}

tl::expected<ExprPtr, ParseErrors> ParseSelector(std::string_view text) {
  if (text.size() > kMaxExpressionBytes) {
    return tl::unexpected(ParseErrors{{{}, "selector is longer than 1 MiB"}});
  }
  Grammar grammar(text, {});
  ExprPtr expr = grammar.ParseSelectorAlone();
  if (!grammar.errors().empty()) return tl::unexpected(grammar.TakeErrors());
  return expr;
}

LineColumn PlaceOf(std::string_view text, std::uint32_t byte) {
  const std::string_view before = text.substr(0, byte);
  const auto breaks = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_begin = before.rfind('\n') + 1;
  return {static_cast<int>(breaks) + 1, static_cast<int>(before.size() - line_begin) + 1};
}

std::string ToString(const ParseError& error, std::string_view text) {
  if (text.empty()) return "unknown position: parse error: " + error.message;
  const LineColumn place = PlaceOf(text, error.span.begin);
  return std::to_string(place.line) + ":" + std::to_string(place.column) +
         ": parse error: " + error.message;
}

std::string Excerpt(const ParseError& error, std::string_view text) {
  const LineColumn place = PlaceOf(text, error.span.begin);
  const std::size_t begin = error.span.begin - static_cast<std::size_t>(place.column - 1);
  const std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  return tocsin::Excerpt(line, place.column);
}

}  // namespace tocsin::promql
