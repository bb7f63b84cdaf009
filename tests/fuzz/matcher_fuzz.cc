// The input is matchers, a zero byte, and a text. The matchers, read in each mode, are refused with
// a reason, or are the same again when their canonical text is read (but for bytes that are not
// UTF-8, which the classic grammar replaces and the other refuses, and for an empty name, which
// Alertmanager prints as nothing at all); and the index's idea of how a
// matching text begins never contradicts the expression.

#include "base/text.h"
#include "model/matcher.h"
#include "model/pattern_starts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using tocsin::model::Matcher;
using tocsin::model::Matchers;
using tocsin::model::MatcherSyntax;
using tocsin::model::MatchOp;

void CheckStarts(const Matcher& matcher, std::string_view text) {
  const auto starts = tocsin::model::FindPatternStarts(matcher.value());
  if (starts.texts.empty()) std::abort();
  const bool matches = matcher.MatchesValue(text) == (matcher.op() == MatchOp::kRegex);
  const bool allowed =
      std::any_of(starts.texts.begin(), starts.texts.end(), [&](const std::string& start) {
        return starts.whole ? text == start : text.substr(0, start.size()) == start;
      });
  if (matches && !allowed) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view list = input.substr(0, input.find('\0'));
  const std::string_view text = input.substr(std::min(list.size() + 1, input.size()));
  for (const auto syntax :
       {MatcherSyntax::kFallback, MatcherSyntax::kClassic, MatcherSyntax::kUtf8Strict}) {
    const auto one = tocsin::model::ParseMatcher(list, syntax);
    if (!one && one.error().message.empty()) std::abort();
    const auto parsed = tocsin::model::ParseMatchers(list, syntax);
    if (!parsed && parsed.error().message.empty()) std::abort();
    if (!parsed) continue;
    const auto again = tocsin::model::ParseMatchers(tocsin::model::ToString(parsed->matchers),
                                                    MatcherSyntax::kUtf8Strict);
    const bool nameless =
        std::any_of(parsed->matchers.begin(), parsed->matchers.end(),
                    [](const Matcher& matcher) { return matcher.name().empty(); });
    if (!tocsin::IsValidUtf8(list) || nameless) continue;
    if (!again || again->matchers != parsed->matchers) std::abort();
    for (const Matcher& matcher : parsed->matchers) {
      if (matcher.op() == MatchOp::kRegex || matcher.op() == MatchOp::kNotRegex) {
        CheckStarts(matcher, text);
      }
    }
  }
  return 0;
}
