#include "config/load_parts.h"
#include "config/marshal_parts.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

namespace tocsin::vectors {
namespace {

std::string Canonical(const model::TimeInterval& interval) {
  config::YamlWriter writer;
  config::WriteTimeInterval(interval, &writer);
  const std::string text = writer.Take();
  return text.empty() ? "{}\n" : text;
}

void CheckLine(Case& c) {
  config::Diagnostics diagnostics;
  const config::Source source{"t", "/", &diagnostics};
  const auto documents = config::ReadYaml(Text(c.line(), "yaml"), "t", &diagnostics);
  if (!documents) {
    c.Expect("error", Flag(c.line(), "error"), true);
    return;
  }
  const model::TimeInterval interval = config::ReadTimeInterval(source, documents->front());
  if (Flag(c.line(), "error") != diagnostics.HasErrors()) {
    c.Differ("want error: " + Text(c.line(), "error_text") + ", got " + diagnostics.ToString());
    return;
  }
  if (diagnostics.HasErrors()) return;
  c.Expect("contains", Flag(c.line(), "contains"),
           interval.Contains(*ParseRfc3339(Text(c.line(), "instant"))));
  if (HasText(c.line(), "canonical_yaml")) {
    c.Expect("canonical_yaml", Text(c.line(), "canonical_yaml"), Canonical(interval));
  }
}

TEST(Vectors, TimeIntervals) {
  RunCollection("timeintervals", "timeintervals.jsonl", CheckLine);
}

}  // namespace
}  // namespace tocsin::vectors
