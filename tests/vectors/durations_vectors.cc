#include "base/duration.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

namespace tocsin::vectors {

namespace {

using Parse = Result<Duration> (*)(std::string_view);
using Format = std::string (*)(Duration);

void CheckParse(Case& c, std::string_view what, const Line& expected, Parse parse, Format format) {
  const Result<Duration> got = parse(Text(c.line(), "input"));
  if (Flag(expected, "error") != !got.has_value()) {
    c.Differ(std::string(what) + (got ? " accepts " + format(*got) : ": " + got.error().message));
    return;
  }
  if (!got) {
    c.Expect(what, Text(expected, "error_text"), got.error().message);
    return;
  }
  c.Expect(what, std::to_string(Integer(expected, "ns")), std::to_string(got->count()));
  c.Expect(what, Text(expected, "string"), format(*got));
}

void CheckLine(Case& c) {
  if (Text(c.line(), "kind") == "parse") {
    CheckParse(c, "prometheus", Object(c.line(), "prometheus"), ParsePrometheusDuration,
               FormatPrometheusDuration);
    CheckParse(c, "go", Object(c.line(), "go"), ParseGoDuration, FormatGoDuration);
    return;
  }
  const Duration duration(Integer(c.line(), "ns"));
  c.Expect("prometheus", Text(c.line(), "prometheus"), FormatPrometheusDuration(duration));
  c.Expect("go", Text(c.line(), "go"), FormatGoDuration(duration));
}

TEST(Vectors, Durations) {
  RunCollection("durations", "durations.jsonl", CheckLine);
}

}  // namespace

}  // namespace tocsin::vectors
