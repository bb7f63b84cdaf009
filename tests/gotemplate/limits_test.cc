#include "gotemplate/parser.h"
#include "tests/gotemplate/render.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
      "{{$s := `0123456789`}}{{$l := list}}{{range 1000000}}{{$l = list $l (upper $s)}}{{end}}";
  EXPECT_TRUE(Contains(RenderWithin(kNative, {.max_scratch_bytes = 100'000}),
                       "exceeded maximum memory (100000 bytes)"));
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
  EXPECT_TRUE(Contains(RenderWithin("{{template \"t\"}}", {.max_depth = 10}),
                       "exceeded maximum template depth (10)"));
  // Two calls in each: the depth ends it before the number of calls does.
  EXPECT_TRUE(Contains(RenderWithin("{{template \"t\"}}{{template \"t\"}}", {}),
                       "exceeded maximum template depth"));
}

// Texts that would take for ever, or all memory, in an engine without bounds, and what each is
// refused with. The limits are a sixteenth of the default ones, so that a slow machine is done
// soon.
TEST(Limits, AdversarialTemplates) {
  const Limits limits{.max_output_bytes = std::size_t{1} << 20,
                      .max_scratch_bytes = std::size_t{2} << 20,
                      .max_steps = 1'250'000};
  constexpr std::string_view kSteps = "exceeded maximum number of steps (1250000)";
  constexpr std::string_view kOutput = "exceeded maximum output size (1048576 bytes)";
  constexpr std::string_view kMemory = "exceeded maximum memory (2097152 bytes)";
  // A text of 256 KiB, made in few steps.
  const std::string big = "{{$s := `0123456789abcdef`}}{{range 14}}{{$s = print $s $s}}{{end}}";
  const std::vector<std::pair<std::string, std::string_view>> cases = {
      {"{{range 1000000000}}{{end}}", kSteps},
      {"{{range 9223372036854775807}}{{range 9223372036854775807}}{{end}}{{end}}", kSteps},
      {"{{range 1000000000}}{{continue}}{{end}}", kSteps},
      {"{{define `a`}}{{range 1000000}}{{template `b`}}{{end}}{{end}}"
       "{{define `b`}}{{range 1000000}}{{end}}{{end}}{{template `a`}}",
       kSteps},
      {"{{range 1000000000}}{{printf `%d` .}}{{end}}", kOutput},
      {"{{range 1000000000}}{{/* */}}0123456789{{end}}", kOutput},
      {"{{range 100000}}{{printf `%999999d` 1}}{{end}}", kOutput},
      {"{{range 100000}}{{printf `%999999d` 1 | len}}{{end}}", kSteps},
      {"{{printf `%[1]*[1]d%[1]*[1]d%[1]*[1]d%[1]*[1]d%[1]*[1]d%[1]*[1]d%[1]*[1]d%[1]*[1]d%[1]*[1]d"
       "%[1]*[1]d%[1]*[1]d%[1]*[1]d%[1]*[1]d%[1]*[1]d%[1]*[1]d%[1]*[1]d%[1]*[1]d` 1000000}}",
       kOutput},
      {"{{$s := `x`}}{{range 100}}{{$s = print $s $s}}{{end}}", kMemory},
      {"{{$l := list 1}}{{range 10000000}}{{$l = list $l 1 2 3 4}}{{end}}", kMemory},
      {big + "{{range 1000000}}{{if eq $s $s}}{{end}}{{end}}", kSteps},
      {big + "{{range 1000000}}{{if lt $s $s}}{{end}}{{end}}", kSteps},
      {big + "{{range 1000000}}{{$t := upper $s}}{{end}}", kSteps},
      {big + "{{$s}}{{$s}}{{$s}}{{$s}}{{$s}}", kOutput},
      {big + "{{html $s $s $s $s $s}}", kOutput},
      {big + "{{printf `%x%x%x` $s $s $s}}", kOutput},
      {big + "{{printf `% #X% #X` $s $s | len}}", kMemory},
      {big + "{{list $s $s $s $s $s}}", kOutput},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_TRUE(Contains(RenderWithin(text, limits), message)) << text;
  }
}

// The same where Go has a bound of its own, or none is needed.
TEST(Limits, LargeNumbersInFormats) {
  constexpr RenderCase kCases[] = {
      {"{{printf `%1000000000d` 1}}", "%!(NOVERB)%!(EXTRA int=1)"},
      {"{{printf `%.1000000000f` 1.0}}", "%!(NOVERB)%!(EXTRA float64=1)"},
      {"{{printf `%*d` 1000000000 1}}", "%!(BADWIDTH)1"},
      {"{{printf `%[99999999999]d` 1}}", "%!d(BADINDEX)"},
      {"{{printf `%[1]d%[1]d%[9]d` 7}}", "77%!d(BADINDEX)"},
      {"{{len (printf `%999999d` 1)}}", "999999"},
      {"{{len (printf `%.999999f` 1.0)}}", "1000001"},
      {"{{range -9223372036854775808}}x{{else}}none{{end}}", "none"},
  };
  for (const RenderCase& c : kCases) EXPECT_EQ(Render(c.text), c.want) << c.text;
}

TEST(Limits, Texts) {
  const std::string comment = "{{/*" + std::string(1 << 20, 'x') + "*/}}";
  EXPECT_EQ(Render(comment), "template: t:1: exceeded maximum size of a text (1048576 bytes)");
  // One line as long as a text may be.
  const std::string line(kMaxText, 'x');
  EXPECT_EQ(Render(line), line);
  std::string chain = "{{with 1}}{{$a := .}}{{$a";
  while (chain.size() < 500'000) chain += ".b";
  EXPECT_TRUE(Contains(Render(chain + "}}{{end}}"), "can't evaluate field b in type int"));
  std::string pipeline = "{{1";
  while (pipeline.size() < 500'000) pipeline += "|len";
  EXPECT_TRUE(Contains(Render(pipeline + "}}"), "error calling len: len of type int"));

  std::string variables;
  for (int i = 0; i < kMaxVariables; ++i) variables += "{{$v" + std::to_string(i) + " := .}}";
  EXPECT_EQ(Render(variables), "");
  EXPECT_EQ(Render(variables + "{{$w := 1}}"),
            "template: t:1: exceeded maximum number of variables (2000)");

  for (const auto& [open, close] : {std::pair("(", ")"), {"{{if 1}}", "{{end}}"}}) {
    const bool block = open[0] == '{';
    std::string nested = block ? "" : "{{";
    for (int i = 0; i < 100'000; ++i) nested += open;
    nested += block ? "" : "1";
    for (int i = 0; i < 100'000; ++i) nested += close;
    if (!block) nested += "}}";
    EXPECT_TRUE(
        Contains(Render(nested.substr(0, kMaxText)), "exceeded maximum nesting depth (1000)"));
  }
}

// Forty levels of two calls each: small to write, and 2^40 calls to execute.
TEST(Limits, ExponentialCalls) {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    const std::string call = "{{template \"" + std::to_string(i + 1) + "\"}}";
    text += "{{define \"" + std::to_string(i) + "\"}}" + call + call + "{{end}}";
  }
  text += "{{define \"40\"}}{{end}}{{template \"0\"}}";
  const Limits limits{.max_steps = 1'000'000};
  constexpr std::string_view kMessage = "exceeded maximum number of steps (1000000)";
  EXPECT_TRUE(Contains(Render(text, Value(), {}, limits), kMessage));
  EXPECT_TRUE(Contains(Render(text, Value(), {.html = true}, limits), kMessage));
}

// Temporaries are taken back when nothing can see them any more, so that only what is kept counts.
TEST(Limits, MemoryIsOfWhatIsKept) {
  const Limits limits{.max_scratch_bytes = 100'000};
  EXPECT_EQ(RenderWithin("{{range 10000}}{{if upper `0123456789abcdef`}}{{end}}{{end}}ok", limits),
            "ok");
  EXPECT_EQ(RenderWithin("{{range 10000}}{{$x := upper `0123456789abcdef`}}{{end}}ok", limits),
            "ok");
  EXPECT_EQ(RenderWithin("{{define `a`}}{{$x := upper .}}{{end}}"
                         "{{range 10000}}{{template `a` (upper `0123456789abcdef`)}}{{end}}ok",
                         limits),
            "ok");
  // What was set in a loop is there after it.
  EXPECT_EQ(RenderWithin("{{$x := ``}}{{range 3}}{{$x = upper `abcdefghijklmnopqrstuvwxyz`}}"
                         "{{range 3}}{{if upper `xxxxxxxxxxxxxxxxxxxxxxxxxx`}}{{end}}{{end}}{{end}}"
                         "{{upper `yyyyyyyyyyyyyyyyyyyyyyyyyy`}}{{$x}}",
                         limits),
            "YYYYYYYYYYYYYYYYYYYYYYYYYYABCDEFGHIJKLMNOPQRSTUVWXYZ");
  // A text that a loop puts together: a megabyte in all has been made for it.
  EXPECT_EQ(
      RenderWithin("{{$x := ``}}{{range 1000}}{{$x = print $x `ab`}}{{end}}{{len $x}}", limits),
      "2000");
  EXPECT_EQ(
      RenderWithin("{{$x := ``}}{{$n := 0}}{{range $n = 5000}}{{$x = upper `0123456789abcdef`}}"
                   "{{end}}{{$x}} {{$n}}",
                   limits),
      "0123456789ABCDEF 4999");
  EXPECT_EQ(RenderWithin("{{$x := ``}}{{range $x = .L}}{{end}}{{print `pad` `pad`}}{{$x}}", limits),
            "padpadz");
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
  // Every call begins deeper inside literals of a script than the one before.
  EXPECT_TRUE(
      Contains(Render("<script>{{define `a`}}`${ {`${ { {{template `a`}}{{end}}{{template `a`}}",
                      Value(), html),
               "template is too complex"));
  EXPECT_TRUE(Contains(Render("{{define \"a\"}}<a title=\"{{template \"a\"}}{{end}}"
                              "{{template \"a\"}}",
                              Value(), html),
                       "html/template:"));
}

}  // namespace
}  // namespace tocsin::gotemplate
