#pragma once

// Label matchers with Alertmanager's meaning: a missing label has the value "" everywhere, regular
// expressions are anchored, dot does not match newline. Parsing follows the three modes of
// Alertmanager (UTF-8, classic, and fallback between them). Values; safe from any thread.

#include "base/result.h"
#include "model/label_set.h"
#include "model/regex.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::model {

enum class MatchOp { kEqual, kNotEqual, kRegex, kNotRegex };
std::string_view ToString(MatchOp op);  // = != =~ !~

class Matcher {
 public:
  // Fails only for a bad regular expression.
  static Result<Matcher> Create(std::string name, MatchOp op, std::string value);
  // Of one that Create made before. The regular expression of `=~` is compiled when it is first
  // needed; should it be bad after all, it matches nothing (that of `!~` would match everything).
  static Result<Matcher> Restore(std::string name, MatchOp op, std::string value);

  const std::string& name() const { return name_; }
  MatchOp op() const { return op_; }
  const std::string& value() const { return value_; }

  bool MatchesValue(std::string_view value) const;
  bool Matches(const LabelSet& labels) const { return MatchesValue(labels.Get(name_)); }

  // Instructions that its regular expression is compiled to; 0 if it has none.
  std::size_t program_size() const { return regex_ ? regex_->program_size() : 0; }

  // Canonical text: `name="value"`; with both sides Go-quoted where the name needs quotes.
  std::string ToString() const;

  // Order of canonical lists: name, then value, then operator.
  std::strong_ordering operator<=>(const Matcher& other) const;
  bool operator==(const Matcher& other) const { return (*this <=> other) == 0; }

 private:
  Matcher(std::string name, MatchOp op, std::string value, std::optional<Regex> regex);

  std::string name_;
  MatchOp op_;
  std::string value_;
  std::optional<Regex> regex_;
};

// ANDed; sorted by whoever needs the canonical form.
using Matchers = std::vector<Matcher>;

bool MatchesAll(const Matchers& matchers, const LabelSet& labels);
// `{m1,m2}` in the given order.
std::string ToString(const Matchers& matchers);

enum class MatcherSyntax { kFallback, kClassic, kUtf8Strict };

struct ParsedMatchers {
  Matchers matchers;
  // Set where the fallback parser took the classic reading although the UTF-8 grammar refuses the
  // text or reads it differently: what to tell the user, once, with the canonical form.
  std::string warning;
};

// A list as in a configuration's `matchers:` entry: zero or more matchers.
Result<ParsedMatchers> ParseMatchers(std::string_view text, MatcherSyntax syntax);
// Exactly one, as in the API's `filter` and amtool's arguments.
Result<Matcher> ParseMatcher(std::string_view text, MatcherSyntax syntax);

// Is this a label name in that mode? Classic: IsClassicLabelName; else any non-empty valid UTF-8.
bool IsValidLabelName(std::string_view name, MatcherSyntax syntax);

}  // namespace tocsin::model
