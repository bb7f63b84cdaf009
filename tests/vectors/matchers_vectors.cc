#include "model/matcher.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace tocsin::vectors {

namespace {

using model::Matcher;
using model::Matchers;
using model::MatcherSyntax;
using model::MatchOp;

struct Mode {
  std::string_view name;
  MatcherSyntax syntax;
};
constexpr std::array<Mode, 3> kModes = {{
    {"classic", MatcherSyntax::kClassic},
    {"utf8-strict", MatcherSyntax::kUtf8Strict},
    {"fallback", MatcherSyntax::kFallback},
}};

MatchOp OpOf(std::string_view symbol) {
  for (const MatchOp op : {MatchOp::kEqual, MatchOp::kNotEqual, MatchOp::kRegex}) {
    if (symbol == model::ToString(op)) return op;
  }
  return MatchOp::kNotRegex;
}

// The words for a bad regular expression are RE2's choice of culprit; every other error is ours.
void CheckError(Case& c, std::string_view what, const Line& expected, const Error& got) {
  static constexpr std::string_view kRegexError = "error parsing regexp: ";
  const std::string want = Text(expected, "error_text");
  const std::size_t at = want.find(kRegexError);
  if (at == std::string::npos) return c.Expect(what, want, got.message);
  const std::size_t size = at + kRegexError.size();
  c.Expect(what, want.substr(0, size), got.message.substr(0, size));
}

template <class T>
bool SameVerdict(Case& c, std::string_view what, const Line& expected, const Result<T>& got) {
  if (Flag(expected, "error") != !got.has_value()) {
    c.Differ(std::string(what) + (got ? ": accepted" : ": " + got.error().message));
    return false;
  }
  if (!got) CheckError(c, what, expected, got.error());
  return got.has_value();
}

void CheckMatcher(Case& c, std::string_view what, const Line& expected, const Matcher& got) {
  c.Expect(what, Text(expected, "name"), got.name());
  c.Expect(what, Text(expected, "op"), model::ToString(got.op()));
  c.Expect(what, Text(expected, "value"), got.value());
  c.Expect(what, Text(expected, "string"), got.ToString());
}

void CheckList(Case& c, const Mode& mode, const Line& expected) {
  const std::string what = "list " + std::string(mode.name);
  auto got = model::ParseMatchers(Text(c.line(), "input"), mode.syntax);
  if (!SameVerdict(c, what, expected, got)) return;
  const boost::json::array& want = Array(expected, "matchers");
  c.Expect(what, std::to_string(want.size()), std::to_string(got->matchers.size()));
  for (std::size_t i = 0; i < std::min(want.size(), got->matchers.size()); ++i) {
    CheckMatcher(c, what, want[i].as_object(), got->matchers[i]);
  }
  std::sort(got->matchers.begin(), got->matchers.end());
  c.Expect(what, Text(expected, "sorted_string"), model::ToString(got->matchers));
}

void CheckSingle(Case& c, const Mode& mode, const Line& expected) {
  const std::string what = "single " + std::string(mode.name);
  const auto got = model::ParseMatcher(Text(c.line(), "input"), mode.syntax);
  if (SameVerdict(c, what, expected, got)) {
    CheckMatcher(c, what, Object(expected, "matcher"), *got);
  }
}

void CheckParse(Case& c) {
  for (const Mode& mode : kModes) {
    CheckList(c, mode, Object(Object(c.line(), "expect_list"), mode.name));
    CheckSingle(c, mode, Object(Object(c.line(), "expect_single"), mode.name));
  }
}

Result<Matcher> CreateFrom(const Line& line) {
  return Matcher::Create(Text(line, "name"), OpOf(Text(line, "op")), Text(line, "value"));
}

void CheckMatch(Case& c) {
  const Result<Matcher> matcher = CreateFrom(c.line());
  if (!matcher) return c.Differ(matcher.error().message);
  c.Expect("string", Text(c.line(), "string"), matcher->ToString());
  for (const boost::json::value& item : Array(c.line(), "expect")) {
    const model::LabelSet labels = Labels(Object(item.as_object(), "labels"));
    c.Expect(labels.ToString(), Flag(item.as_object(), "matches"), matcher->Matches(labels));
  }
}

void CheckLine(Case& c) {
  const std::string kind = Text(c.line(), "kind");
  if (kind == "parse") return CheckParse(c);
  if (kind == "match") return CheckMatch(c);
  if (kind == "new") {
    const Result<Matcher> matcher = CreateFrom(c.line());
    if (SameVerdict(c, "new", c.line(), matcher)) {
      c.Expect("string", Text(c.line(), "string"), matcher->ToString());
    }
    return;
  }
  const auto parsed = model::ParseMatchers(Text(c.line(), "input"), MatcherSyntax::kFallback);
  if (!parsed) return c.Differ(parsed.error().message);
  c.Expect("matches", Flag(c.line(), "matches"),
           model::MatchesAll(parsed->matchers, Labels(Object(c.line(), "labels"))));
}

TEST(Vectors, Matchers) {
  RunCollection("matchers", "matchers.jsonl", CheckLine);
}

}  // namespace

}  // namespace tocsin::vectors
