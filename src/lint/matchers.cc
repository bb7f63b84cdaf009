#include "lint/matchers.h"

#include <algorithm>

namespace tocsin::lint {
namespace {

using model::Matcher;
using model::Matchers;
using model::MatchOp;

bool MatchesEverything(const Matcher& matcher) {
  return matcher.op() == MatchOp::kRegex && matcher.value() == ".*";
}

bool Excludes(MatchOp a, MatchOp b) {
  return (a == MatchOp::kRegex && b == MatchOp::kNotRegex) ||
         (a == MatchOp::kNotRegex && b == MatchOp::kRegex);
}

bool Contradict(const Matcher& a, const Matcher& b) {
  if (a.name() != b.name()) return false;
  if (a.op() == MatchOp::kEqual) return !b.MatchesValue(a.value());
  if (b.op() == MatchOp::kEqual) return !a.MatchesValue(b.value());
  return a.value() == b.value() && Excludes(a.op(), b.op());
}

bool IsLiteral(char c) {
  constexpr std::string_view kSpecial = ".*+?()[]{}|\\^$";
  return kSpecial.find(c) == std::string_view::npos;
}

}  // namespace

bool Implies(const Matchers& matchers, const Matcher& other) {
  if (MatchesEverything(other)) return true;
  return std::any_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
    if (matcher.name() != other.name()) return false;
    return matcher == other ||
           (matcher.op() == MatchOp::kEqual && other.MatchesValue(matcher.value()));
  });
}

bool Implies(const Matchers& matchers, const Matchers& others) {
  return std::all_of(others.begin(), others.end(),
                     [&](const Matcher& other) { return Implies(matchers, other); });
}

std::optional<std::string> Contradiction(const Matchers& matchers) {
  for (std::size_t i = 0; i < matchers.size(); ++i) {
    for (std::size_t j = i + 1; j < matchers.size(); ++j) {
      if (!Contradict(matchers[i], matchers[j])) continue;
      return matchers[i].ToString() + " and " + matchers[j].ToString();
    }
  }
  return std::nullopt;
}

bool LooksLikeGlob(std::string_view pattern) {
  if (pattern.starts_with("^(?:") && pattern.ends_with(")$")) {
    pattern = pattern.substr(4, pattern.size() - 6);  // A match_re.
  }
  if (pattern.size() < 2 || !pattern.ends_with('*')) return false;
  pattern.remove_suffix(1);
  return std::all_of(pattern.begin(), pattern.end(), IsLiteral);
}

}  // namespace tocsin::lint
