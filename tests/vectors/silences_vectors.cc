#include "router/silences.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tocsin::vectors {

namespace {

// Any time from 2025 to 2997 gives the same results.
const Time kNow = *ParseRfc3339("2030-01-01T00:00:00Z");

std::vector<model::MatcherText> MatcherTexts(const boost::json::array& matchers) {
  std::vector<model::MatcherText> texts;
  for (const boost::json::value& value : matchers) {
    const Line& line = value.as_object();
    model::MatcherText& text = texts.emplace_back();
    text.name = Text(line, "name");
    text.value = Text(line, "value");
    for (const auto op : {model::MatchOp::kEqual, model::MatchOp::kNotEqual, model::MatchOp::kRegex,
                          model::MatchOp::kNotRegex}) {
      if (Text(line, "op") == model::ToString(op)) text.op = op;
    }
  }
  return texts;
}

// Far-away times are years from 2998 on, all beyond the last that a Time can tell apart: here they
// are 800 years nearer.
Time Instant(std::string text) {
  if (text.starts_with("299")) text.replace(0, 2, "21");
  return *ParseRfc3339(text);
}

model::Silence Times(const Line& line) {
  model::Silence silence;
  silence.starts_at = Instant(Text(line, "starts_at"));
  silence.ends_at = Instant(Text(line, "ends_at"));
  return silence;
}

model::SilencePtr LoadSilence(Case& c, const Line& line) {
  model::Silence silence = Times(line);
  silence.id = Text(line, "id");
  for (const boost::json::value& set : Array(line, "matcher_sets")) {
    auto matchers = model::CompileSilenceMatchers(
        MatcherTexts(set.as_array()), silence.matcher_sets.size(), model::MatcherSyntax::kFallback);
    if (!matchers) {
      c.Differ(matchers.error().message);
      continue;
    }
    silence.matcher_sets.push_back(std::move(*matchers));
  }
  c.Expect(silence.id, Text(line, "state"), model::ToString(model::StateAt(silence, kNow)));
  return std::make_shared<const model::Silence>(std::move(silence));
}

void CheckMutes(Case& c) {
  router::SilenceList stored;
  for (const boost::json::value& value : Array(c.line(), "silences")) {
    stored.push_back(LoadSilence(c, value.as_object()));
  }
  router::Silences silences({}, {}, stored);
  const model::LabelSet labels = Labels(Object(c.line(), "labels"));
  std::vector<const model::Silence*> active;
  silences.ActiveFor(kNow, router::AlertSlot{0}, labels, &active);
  c.Expect("muted", Flag(c.line(), "muted"), !active.empty());
  std::vector<std::string> got, want;
  for (const model::Silence* silence : active) got.push_back(silence->id);
  for (const boost::json::value& id : Array(c.line(), "silenced_by")) {
    want.emplace_back(id.as_string());
  }
  std::sort(got.begin(), got.end());
  for (std::size_t i = 0; i < std::max(got.size(), want.size()); ++i) {
    c.Expect("silenced by", i < want.size() ? want[i] : "", i < got.size() ? got[i] : "");
  }
}

// "", or why there is no such silence.
std::string Create(const Line& line) {
  auto matchers = model::CompileSilenceMatchers(MatcherTexts(Array(line, "matchers")), 0,
                                                model::MatcherSyntax::kFallback);
  if (!matchers) return "invalid silence: " + matchers.error().message;
  model::Silence silence = Times(line);
  silence.id = Text(line, "silence_id");
  silence.matcher_sets = {std::move(*matchers)};
  silence.created_by = Text(line, "created_by");
  silence.comment = Text(line, "comment");
  router::Silences silences({}, {}, {});
  router::SilenceChanges changes;
  const auto id = silences.Set(kNow, std::move(silence), "new", &changes);
  return id ? "" : id.error().message;
}

void CheckSilences(Case& c) {
  if (Text(c.line(), "kind") == "mutes") return CheckMutes(c);
  const std::string error = Create(c.line());
  c.Expect("error", Flag(c.line(), "error"), !error.empty());
  c.Expect("error text", Text(c.line(), "error_text"), error);
}

}  // namespace

TEST(Vectors, Silences) {
  RunCollection("silences", "silences.jsonl", CheckSilences);
}

}  // namespace tocsin::vectors
