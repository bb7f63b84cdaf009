#include "tests/gotemplate/render.h"

#include <gtest/gtest.h>

namespace tocsin::gotemplate {
namespace {

testing::AssertionResult Contains(const std::string& text, std::string_view part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "\"" << text << "\" has no \"" << part << "\"";
}

std::string RenderWithin(std::string_view text, const Limits& limits) {
  return Render(text, SampleData(), {}, limits);
}

TEST(Limits, Steps) {
  Limits limits{.max_steps = 1000};
  EXPECT_TRUE(Contains(RenderWithin("{{range 9223372036854775807}}{{end}}", limits),
                       "exceeded maximum number of steps (1000)"));
  EXPECT_EQ(RenderWithin("{{range 100}}{{end}}ok", limits), "ok");
}

TEST(Limits, Output) {
  Limits limits{.max_output_bytes = 1000};
  constexpr std::string_view kMessage = "exceeded maximum output size (1000 bytes)";
  for (std::string_view text :
       {"{{range 1000}}abc{{end}}", "{{range 1000}}{{.}}{{end}}", "{{printf \"%2000d\" 1}}",
        "{{printf \"%999999d%999999d\" 1 2 | html}}", "{{println (printf \"%1001d\" 1)}}"}) {
    EXPECT_TRUE(Contains(RenderWithin(text, limits), kMessage)) << text;
  }
  TemplateSet set(SampleFunctions());
  ASSERT_TRUE(set.Parse("t", "{{range 1000}}abc{{end}}"));
  EXPECT_EQ(set.Execute("t", Value(), limits).error().partial_output.size(), 1000U);
}

TEST(Limits, Memory) {
  constexpr std::string_view kDoubling =
      "{{$s := \"0123456789\"}}{{range 100}}{{$s = printf \"%s%s\" $s $s}}{{end}}";
  EXPECT_TRUE(
      Contains(RenderWithin(kDoubling, {}), "error calling printf: exceeded maximum memory"));
  constexpr std::string_view kNative =
      "{{$s := `0123456789`}}{{range 1000000}}{{$s = upper $s}}{{end}}";
  EXPECT_TRUE(Contains(RenderWithin(kNative, {.max_scratch_bytes = 100'000}),
                       "error calling upper: exceeded maximum memory (100000 bytes)"));
}

TEST(Limits, ValuesThatShareTheirParts) {
  // Forty levels of a list that holds itself twice: small in memory, endless when printed.
  constexpr std::string_view kWide = "{{$l := list 1}}{{range 40}}{{$l = list $l $l}}{{end}}{{$l}}";
  EXPECT_TRUE(Contains(RenderWithin(kWide, {}), "exceeded maximum output size"));
  constexpr std::string_view kDeep =
      "{{$l := list 1}}{{range 100000}}{{$l = list $l}}{{end}}{{$l}}";
  EXPECT_TRUE(Contains(RenderWithin(kDeep, {}), "value is nested too deeply"));
  constexpr std::string_view kCompared =
      "{{$l := list 1}}{{range 40}}{{$l = list $l $l}}{{end}}{{eq $l $l}}";
  EXPECT_TRUE(Contains(RenderWithin(kCompared, {}), "non-comparable type"));
}

TEST(Limits, Depth) {
  EXPECT_EQ(RenderWithin("{{template \"t\"}}", {}),
            "template: t:1:11: executing \"t\" at <{{template \"t\"}}>: exceeded maximum template "
            "depth (100000)");
  EXPECT_TRUE(Contains(RenderWithin("{{template \"t\"}}", {.max_depth = 10, .start_depth = 10}),
                       "exceeded maximum template depth (10)"));
  // Two calls in each: the depth ends it before the number of calls does.
  EXPECT_TRUE(Contains(RenderWithin("{{template \"t\"}}{{template \"t\"}}", {}),
                       "exceeded maximum template depth"));
}

TEST(Limits, EscapingEnds) {
  Options html{.html = true};
  std::string ranges;
  for (int i = 0; i < 60; ++i) ranges += "{{range 1}}";
  ranges += "x";
  for (int i = 0; i < 60; ++i) ranges += "{{end}}";
  EXPECT_TRUE(Contains(Render(ranges, Value(), html), "template is too complex"));
  std::string chain = "{{template \"0\"}}";
  for (int i = 0; i < 3000; ++i) {
    chain += "{{define \"" + std::to_string(i) + "\"}}{{template \"" + std::to_string(i + 1) +
             "\"}}{{end}}";
  }
  chain += "{{define \"3000\"}}x{{end}}";
  EXPECT_TRUE(Contains(Render(chain, Value(), html), "template is too complex"));
  EXPECT_EQ(Render(chain, Value()), "x");
  EXPECT_TRUE(Contains(Render("{{define \"a\"}}<a title=\"{{template \"a\"}}{{end}}"
                              "{{template \"a\"}}",
                              Value(), html),
                       "html/template:"));
}

}  // namespace
}  // namespace tocsin::gotemplate
