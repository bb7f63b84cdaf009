#include "model/matcher.h"

#include "base/text.h"
#include "model/matcher_parser.h"

#include <algorithm>

namespace tocsin::model {

namespace {

// Can the UTF-8 grammar read this name only in quotes?
bool NeedsQuotes(std::string_view name) {
  while (!name.empty()) {
    const Rune rune = DecodeRune(name);
    if (IsSpace(rune.value)) return true;
    if (rune.size == 1 && std::string_view("{}!=~,\\\"'`").find(name.front()) != name.npos) {
      return true;
    }
    name.remove_prefix(rune.size);
  }
  return false;
}

// Quotes a value so that both grammars read it alike: they share these three escapes.
void AppendCanonicalValue(std::string_view value, std::string* out) {
  *out += '"';
  for (const char c : value) {
    if (c == '\n') {
      *out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') *out += '\\';
    *out += c;
  }
  *out += '"';
}

Result<Matcher> OnlyOne(Result<Matchers> matchers) {
  if (!matchers) return tl::unexpected<Error>(std::move(matchers.error()));
  if (matchers->empty()) return Fail("no matchers");
  if (matchers->size() > 1) {
    return Fail("expected 1 matcher, found " + std::to_string(matchers->size()));
  }
  return std::move(matchers->front());
}

std::string CanonicalList(const Matchers& matchers) {
  std::string out;
  for (const Matcher& matcher : matchers) {
    if (!out.empty()) out += ',';
    out += matcher.ToString();
  }
  return out;
}

std::string IncompatibleWarning(std::string_view text, const Error& reason,
                                const Matchers& classic) {
  return "matchers " + GoQuote(text) + " are not valid in the UTF-8 grammar (" + reason.message +
         ") and were read in the classic one; to be clear to both, write " +
         GoQuote(CanonicalList(classic));
}

std::string DisagreementWarning(std::string_view text, const Matchers& classic) {
  if (classic.empty()) return "matchers " + GoQuote(text) + " are empty and match every alert";
  return "matchers " + GoQuote(text) +
         " mean something else in the UTF-8 grammar and were read in the classic one; to be clear "
         "to both, write " +
         GoQuote(CanonicalList(classic));
}

Result<ParsedMatchers> ParseFallback(std::string_view text) {
  Result<Matchers> utf8 = ParseUtf8Matchers(text);
  Result<Matchers> classic = ParseClassicMatchers(text);
  if (!classic) {
    if (!utf8) return tl::unexpected<Error>(std::move(classic.error()));
    return ParsedMatchers{std::move(*utf8), ""};
  }
  if (!utf8) {
    std::string warning = IncompatibleWarning(text, utf8.error(), *classic);
    return ParsedMatchers{std::move(*classic), std::move(warning)};
  }
  std::string warning;
  if (*utf8 != *classic || classic->empty()) warning = DisagreementWarning(text, *classic);
  return ParsedMatchers{std::move(*classic), std::move(warning)};
}

Result<ParsedMatchers> WithoutWarning(Result<Matchers> matchers) {
  if (!matchers) return tl::unexpected<Error>(std::move(matchers.error()));
  return ParsedMatchers{std::move(*matchers), ""};
}

}  // namespace

std::string_view ToString(MatchOp op) {
  switch (op) {
    case MatchOp::kEqual:
      return "=";
    case MatchOp::kNotEqual:
      return "!=";
    case MatchOp::kRegex:
      return "=~";
    case MatchOp::kNotRegex:
      return "!~";
  }
  return "";
}

Matcher::Matcher(std::string name, MatchOp op, std::string value, std::optional<Regex> regex)
    : name_(std::move(name)), op_(op), value_(std::move(value)), regex_(std::move(regex)) {}

Result<Matcher> Matcher::Create(std::string name, MatchOp op, std::string value) {
  std::optional<Regex> regex;
  if (op == MatchOp::kRegex || op == MatchOp::kNotRegex) {
    Result<Regex> compiled = Regex::Compile(value, Regex::Anchor::kFull);
    if (!compiled) return tl::unexpected<Error>(std::move(compiled.error()));
    regex = std::move(*compiled);
  }
  return Matcher(std::move(name), op, std::move(value), std::move(regex));
}

Result<Matcher> Matcher::Restore(std::string name, MatchOp op, std::string value) {
  if (op != MatchOp::kRegex) return Create(std::move(name), op, std::move(value));
  Regex regex = Regex::CompileLater(value, Regex::Anchor::kFull);
  return Matcher(std::move(name), op, std::move(value), std::move(regex));
}

bool Matcher::MatchesValue(std::string_view value) const {
  switch (op_) {
    case MatchOp::kEqual:
      return value == value_;
    case MatchOp::kNotEqual:
      return value != value_;
    case MatchOp::kRegex:
      return regex_->Matches(value);
    case MatchOp::kNotRegex:
      return !regex_->Matches(value);
  }
  return false;
}

std::string Matcher::ToString() const {
  std::string out;
  if (NeedsQuotes(name_)) {
    AppendGoQuoted(name_, &out);
    out += model::ToString(op_);
    AppendGoQuoted(value_, &out);
    return out;
  }
  out += name_;
  out += model::ToString(op_);
  AppendCanonicalValue(value_, &out);
  return out;
}

std::strong_ordering Matcher::operator<=>(const Matcher& other) const {
  if (const auto order = name_ <=> other.name_; order != 0) return order;
  if (const auto order = value_ <=> other.value_; order != 0) return order;
  return op_ <=> other.op_;
}

bool MatchesAll(const Matchers& matchers, const LabelSet& labels) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&](const Matcher& matcher) { return matcher.Matches(labels); });
}

std::string ToString(const Matchers& matchers) {
  return "{" + CanonicalList(matchers) + "}";
}

Result<ParsedMatchers> ParseMatchers(std::string_view text, MatcherSyntax syntax) {
  switch (syntax) {
    case MatcherSyntax::kClassic:
      return WithoutWarning(ParseClassicMatchers(text));
    case MatcherSyntax::kUtf8Strict:
      return WithoutWarning(ParseUtf8Matchers(text));
    case MatcherSyntax::kFallback:
      break;
  }
  return ParseFallback(text);
}

Result<Matcher> ParseMatcher(std::string_view text, MatcherSyntax syntax) {
  if (syntax == MatcherSyntax::kClassic) return ParseClassicMatcher(text);
  if (text.starts_with('{') || text.ends_with('}')) {
    return Fail("unexpected open or close brace: " + std::string(text));
  }
  Result<Matcher> utf8 = OnlyOne(ParseUtf8Matchers(text));
  if (syntax == MatcherSyntax::kUtf8Strict) return utf8;
  Result<Matcher> classic = ParseClassicMatcher(text);
  // The classic reading wins where both exist, its error where neither does.
  if (!classic && utf8) return utf8;
  return classic;
}

bool IsValidLabelName(std::string_view name, MatcherSyntax syntax) {
  if (syntax == MatcherSyntax::kClassic) return IsClassicLabelName(name);
  return !name.empty() && IsValidUtf8(name);
}

}  // namespace tocsin::model
