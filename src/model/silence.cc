#include "model/silence.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace tocsin::model {

namespace {

// Of all expressions in a set together: some megabytes of memory. Far more than thousands of words.
constexpr std::size_t kProgramSizeMax = 100'000;

Result<Matcher> CompileMatcher(MatcherText text, MatcherSyntax syntax) {
  if (!IsValidLabelName(text.name, syntax)) {
    return Fail("invalid label name " + GoQuote(text.name));
  }
  if (text.op == MatchOp::kEqual || text.op == MatchOp::kNotEqual) {
    if (!IsValidUtf8(text.value)) return Fail("invalid label value " + GoQuote(text.value));
  } else {
    // Alone, too: `a)(b` is an expression only with the anchors around it.
    const auto regex = Regex::Compile(text.value, Regex::Anchor::kNone);
    if (!regex) {
      return Fail("invalid regular expression " + GoQuote(text.value), regex.error());
    }
  }
  return Matcher::Create(std::move(text.name), text.op, std::move(text.value));
}

}  // namespace

std::string_view ToString(SilenceState state) {
  switch (state) {
    case SilenceState::kPending:
      return "pending";
    case SilenceState::kActive:
      return "active";
    case SilenceState::kExpired:
      return "expired";
  }
  return "";
}

SilenceState StateAt(const Silence& silence, Time now) {
  if (now < silence.starts_at) return SilenceState::kPending;
  return now > silence.ends_at ? SilenceState::kExpired : SilenceState::kActive;
}

bool Matches(const Silence& silence, const LabelSet& labels) {
  return std::any_of(silence.matcher_sets.begin(), silence.matcher_sets.end(),
                     [&](const Matchers& matchers) { return MatchesAll(matchers, labels); });
}

bool SaysTheSame(const Silence& a, const Silence& b) {
  return a.id == b.id && a.matcher_sets == b.matcher_sets && a.starts_at == b.starts_at &&
         a.ends_at == b.ends_at && a.created_by == b.created_by && a.comment == b.comment &&
         a.annotations == b.annotations;
}

Result<Matchers> CompileSilenceMatchers(std::vector<MatcherText> texts, std::size_t set,
                                        MatcherSyntax syntax) {
  Matchers matchers;
  std::size_t program_size = 0;
  for (MatcherText& text : texts) {
    Result<Matcher> matcher = CompileMatcher(std::move(text), syntax);
    if (matcher) program_size += matcher->program_size();
    if (program_size > kProgramSizeMax) matcher = Fail("regular expressions are too large");
    if (!matcher) {
      return Fail("invalid label matcher " + std::to_string(matchers.size()) + " in set " +
                      std::to_string(set),
                  matcher.error());
    }
    matchers.push_back(std::move(*matcher));
  }
  return matchers;
}

}  // namespace tocsin::model
