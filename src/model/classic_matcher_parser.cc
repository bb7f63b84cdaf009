#include "base/text.h"
#include "model/matcher_parser.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace tocsin::model {

namespace {

// What the classic grammar skips: ASCII only, and without the vertical tab.
constexpr std::string_view kBlanks = "\t\n\f\r ";

std::string_view TrimLeadingBlanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

std::string_view TrimBlanks(std::string_view text) {
  text = TrimLeadingBlanks(text);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::string_view TakeName(std::string_view* text) {
  std::size_t size = 0;
  while (size < text->size() && IsClassicMetricName(text->substr(0, size + 1))) ++size;
  const std::string_view name = text->substr(0, size);
  text->remove_prefix(size);
  return name;
}

std::optional<MatchOp> TakeOperator(std::string_view* text) {
  // Longest first: `=~` begins like `=`.
  for (const MatchOp op :
       {MatchOp::kRegex, MatchOp::kEqual, MatchOp::kNotEqual, MatchOp::kNotRegex}) {
    const std::string_view symbol = ToString(op);
    if (!text->starts_with(symbol)) continue;
    text->remove_prefix(symbol.size());
    return op;
  }
  return std::nullopt;
}

// Decodes a value with or without quotes. Any backslash that escapes nothing stands for itself.
Result<std::string> DecodeValue(std::string_view raw) {
  if (!IsValidUtf8(raw)) return Fail("matcher value not valid UTF-8: " + std::string(raw));
  const auto unescaped_quote = [&] {
    return Fail("matcher value contains unescaped double quote: " + std::string(raw));
  };
  const bool quoted = raw.starts_with('"');
  std::string value;
  bool closed = false;
  for (std::size_t i = quoted ? 1 : 0; i < raw.size(); ++i) {
    const char c = raw[i];
    const char next = i + 1 < raw.size() ? raw[i + 1] : '\0';
    if (c == '"') {
      if (!quoted || i + 1 != raw.size()) return unescaped_quote();
      closed = true;
    } else if (c == '\\' && (next == 'n' || next == '"' || next == '\\')) {
      value += next == 'n' ? '\n' : next;
      ++i;
    } else {
      value += c;
    }
  }
  if (quoted && !closed) return unescaped_quote();
  return value;
}

// Splits at commas that are not between double quotes.
std::vector<std::string_view> SplitPieces(std::string_view text) {
  std::vector<std::string_view> pieces;
  bool in_quotes = false;
  bool escaped = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ',' && !in_quotes) {
      pieces.push_back(text.substr(start, i - start));
      start = i + 1;
    }
    if (c == '"' && !escaped) in_quotes = !in_quotes;
    escaped = c == '\\' && !escaped;
  }
  pieces.push_back(text.substr(start));
  return pieces;
}

}  // namespace

Result<Matcher> ParseClassicMatcher(std::string_view text) {
  std::string_view rest = TrimLeadingBlanks(text);
  const std::string_view name = TakeName(&rest);
  rest = TrimLeadingBlanks(rest);
  const std::optional<MatchOp> op = TakeOperator(&rest);
  if (name.empty() || !op) return Fail("bad matcher format: " + std::string(text));
  Result<std::string> value = DecodeValue(TrimBlanks(rest));
  if (!value) return tl::unexpected<Error>(std::move(value.error()));
  return Matcher::Create(std::string(name), *op, std::move(*value));
}

Result<Matchers> ParseClassicMatchers(std::string_view text) {
  if (text.starts_with('{')) text.remove_prefix(1);
  if (text.ends_with('}')) text.remove_suffix(1);
  // A list is read rune by rune, which turns broken bytes into U+FFFD before they are judged.
  const std::string valid = ToValidUtf8(text);
  std::vector<std::string_view> pieces = SplitPieces(valid);
  if (TrimSpace(pieces.back()).empty()) pieces.pop_back();
  Matchers matchers;
  matchers.reserve(pieces.size());
  for (const std::string_view piece : pieces) {
    Result<Matcher> matcher = ParseClassicMatcher(TrimSpace(piece));
    if (!matcher) return tl::unexpected<Error>(std::move(matcher.error()));
    matchers.push_back(std::move(*matcher));
  }
  return matchers;
}

}  // namespace tocsin::model
