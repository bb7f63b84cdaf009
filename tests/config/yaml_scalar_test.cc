#include "config/yaml_scalar.h"

#include "config/yaml_reader.h"
#include "config/yaml_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace tocsin::config {
namespace {

TEST(YamlScalar, Resolves) {
  const std::pair<std::string_view, ScalarType> cases[] = {
      {"", ScalarType::kNull},
      {"~", ScalarType::kNull},
      {"Null", ScalarType::kNull},
      {"nULL", ScalarType::kString},
      {"yes", ScalarType::kBool},
      {"n", ScalarType::kBool},
      {"Off", ScalarType::kBool},
      {"oFF", ScalarType::kString},
      {"1_000", ScalarType::kInt},
      {"0x1F", ScalarType::kInt},
      {"-0b101", ScalarType::kInt},
      {"0o17", ScalarType::kInt},
      {"08", ScalarType::kFloat},
      {"1.", ScalarType::kFloat},
      {".5e-3", ScalarType::kFloat},
      {"1e3", ScalarType::kFloat},
      {"-.inf", ScalarType::kFloat},
      {".NaN", ScalarType::kFloat},
      {"99999999999999999999", ScalarType::kFloat},
      {"2001-12-14", ScalarType::kTimestamp},
      {"2001-12-14T21:59:43Z", ScalarType::kTimestamp},
      {"2001-12-14x", ScalarType::kString},
      {"<<", ScalarType::kMerge},
      {"_1", ScalarType::kString},
      {"1x", ScalarType::kString},
      {".", ScalarType::kString},
      {"-", ScalarType::kString},
      {"+", ScalarType::kString},
      {"e3", ScalarType::kString},
      {"0x", ScalarType::kString},
      {"5m", ScalarType::kString},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(ResolveScalar(text), want) << text;
}

TEST(YamlScalar, ParsesNumbers) {
  EXPECT_EQ(ParseYamlInt("0123"), 83);
  EXPECT_EQ(ParseYamlInt("-0x1f"), -31);
  EXPECT_EQ(ParseYamlInt("+1_000"), 1000);
  EXPECT_EQ(ParseYamlInt("0b11"), 3);
  EXPECT_EQ(ParseYamlInt("0"), 0);
  EXPECT_EQ(ParseYamlInt("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(ParseYamlInt("9223372036854775808"), std::nullopt);
  EXPECT_EQ(ParseYamlInt("--1"), std::nullopt);
  EXPECT_EQ(ParseYamlInt("1.0"), std::nullopt);
  EXPECT_EQ(ParseYamlFloat("-1.5e3"), -1500.0);
  EXPECT_EQ(ParseYamlFloat("-.Inf"), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(*ParseYamlFloat(".nan")));
  EXPECT_EQ(ParseYamlFloat("inf"), std::nullopt);
  EXPECT_EQ(ParseYamlBool("ON"), true);
  EXPECT_EQ(ParseYamlBool("1"), std::nullopt);
}

// Each as Alertmanager prints it.
TEST(YamlWriter, QuotesWhereNeeded) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"plain text", "plain text"},
      {"<secret>", "<secret>"},
      {"svc=~\"x|y\"", "svc=~\"x|y\""},
      {"a#b", "a#b"},
      {"http://h:1/p?q=r", "http://h:1/p?q=r"},
      {"-x", "-x"},
      {"xa]a {-", "xa]a {-"},
      {"가", "가"},
      {"=", "="},
      {"<<", "<<"},
      {"", "\"\""},
      {"off", "\"off\""},
      {"1_000", "\"1_000\""},
      {"~", "\"~\""},
      {"1:30", "\"1:30\""},
      {"2001-01-01", "\"2001-01-01\""},
      {"'q'", "'''q'''"},
      {"\"a b\"=\"é\"", "'\"a b\"=\"é\"'"},
      {"{{ .X }}", "'{{ .X }}'"},
      {"...", "'...'"},
      {"---x", "'---x'"},
      {"#ff:x", "'#ff:x'"},
      {":x:", "':x:'"},
      {"- a", "'- a'"},
      {"-", "'-'"},
      {"a: b", "'a: b'"},
      {"a #b", "'a #b'"},
      {" a", "' a'"},
      {"a ", "'a '"},
      {"*.tmpl", "'*.tmpl'"},
      {"a\tb", "\"a\\tb\""},
      {"a\r\nb", "\"a\\r\\nb\""},
      {"\x01\"\\\x7F\x1B", "\"\\x01\\\"\\\\\\x7F\\e\""},
      {"\u0085", "\"\\N\""},
      {"\uFEFF", "\"\\uFEFF\""},
      {"\U0001F642", "\"\\U0001F642\""},
      {"\u2028", "'\u2028'"},
      {"a\nb", "|-\n    a\n    b"},
      {"a\n", "|\n    a"},
      {"null\n", "|\n    null"},
      {"a\n\n", "|+\n    a\n"},
      {" a\nb", "|2-\n     a\n    b"},
      {"\na", "|2-\n\n    a"},
      {"\n", "|2+\n"},
      {"a \nb", "\"a \\nb\""},
      {"a\nb ", "\"a\\nb \""},
  };
  for (const auto& [text, want] : cases) {
    YamlWriter writer;
    writer.BeginMapping("m");
    writer.Text("k", text);
    writer.EndMapping();
    EXPECT_EQ(writer.Take(), "m:\n  k: " + std::string(want) + "\n") << text;
  }
}

TEST(YamlWriter, FoldsLongLines) {
  const std::string words =
      "aaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbb ccccccccccccccccccccccccc ddd";
  const auto in_list = [](const std::string& text) {
    YamlWriter writer;
    writer.TextsIfAny("k", {text});
    return writer.Take();
  };
  // At the first space behind the 80th column.
  EXPECT_EQ(in_list(words + " eee fff"), "k:\n- " + words + " eee\n  fff\n");
  EXPECT_EQ(in_list("- " + words + " eee fff"), "k:\n- '- " + words + " eee\n  fff'\n");
  EXPECT_EQ(in_list("\t" + words + " eee  fff"), "k:\n- \"\\t" + words + " eee\n  \\ fff\"\n");
  EXPECT_EQ(in_list(words + " eee  fff"), "k:\n- " + words + " eee  fff\n");
  EXPECT_EQ(in_list(std::string(100, 'x')), "k:\n- " + std::string(100, 'x') + "\n");
}

// As yaml.v2, but for what has letters within numbers, where its order has circles.
TEST(YamlWriter, OrdersKeys) {
  const std::vector<std::string> ordered = {"",   "-",   "~",   "1", "01",  "2",  "10", "A1b",
                                            "A2", "A10", "A19", "a", "a-b", "a1", "ab", "é"};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      EXPECT_EQ(YamlKeyLess(ordered[i], ordered[j]), i < j) << ordered[i] << " " << ordered[j];
    }
  }
}

// Whatever is written must come back as the same string.
TEST(YamlWriter, WritesWhatIsReadBack) {
  const std::string_view parts[] = {"a",        " ",  "\n", ":", "#",  "'",   "\"",   "\\",
                                    "-",        "\t", "~",  "1", "{{", "yes", "\x7F", ",",
                                    "\xC2\x85", "&",  "]",  "%", "가", "|",   "?"};
  for (std::string_view first : parts) {
    for (std::string_view second : parts) {
      for (std::string_view third : parts) {
        const std::string text = std::string(first) + std::string(second) + std::string(third);
        YamlWriter writer;
        writer.BeginMapping("m");
        writer.Text("k", text);
        writer.Text(text, "v");
        writer.TextsIfAny("l", {text});
        writer.EndMapping();
        const std::string written = writer.Take();
        Diagnostics diagnostics;
        const auto documents = ReadYaml(written, "f", &diagnostics);
        ASSERT_EQ(diagnostics.ToString(), "") << written;
        const auto& entries = (*documents)[0]->entries()[0].value->entries();
        ASSERT_EQ(entries.size(), 3U) << written;
        for (const YamlNodePtr& node :
             {entries[0].value, entries[1].key, entries[2].value->items()[0]}) {
          ASSERT_EQ(node->text(), text) << written;
          ASSERT_TRUE(node->is_scalar()) << written;
          ASSERT_TRUE(node->quoted() || ResolveScalar(text) == ScalarType::kString) << written;
        }
      }
    }
  }
}

TEST(YamlWriter, WritesStructures) {
  YamlWriter writer;
  writer.BeginMapping("global");
  writer.Bool("yes", true);
  writer.Number("n", std::uint64_t{5});
  writer.SecretIfAny("token", Secret("abc"));
  writer.SecretIfAny("none", Secret());
  writer.TextIfAny("empty", "");
  writer.EndMapping();
  writer.BeginList("routes");
  writer.BeginItem();
  writer.Text("a", "x\ny\n");
  writer.BeginList("routes");
  writer.BeginItem();
  writer.Text("b", "x\n\ny");
  writer.MapIfAny("map", {{"k", "v"}});
  writer.EndItem();
  writer.EndList();
  writer.EndItem();
  writer.BeginItem();
  writer.TextsIfAny("list", {"p", "q: r"});
  writer.EndItem();
  writer.BeginItem();
  writer.EndItem();
  writer.EndList();
  writer.EmptyList("templates");
  EXPECT_EQ(writer.Take(),
            "global:\n"
            "  \"yes\": true\n"
            "  \"n\": 5\n"
            "  token: <secret>\n"
            "routes:\n"
            "- a: |\n"
            "    x\n"
            "    y\n"
            "  routes:\n"
            "  - b: |-\n"
            "      x\n"
            "\n"
            "      y\n"
            "    map:\n"
            "      k: v\n"
            "- list:\n"
            "  - p\n"
            "  - 'q: r'\n"
            "- {}\n"
            "templates: []\n");
}

TEST(YamlWriter, WritesTrees) {
  Diagnostics diagnostics;
  const auto documents =
      ReadYaml("{b: [1, '1', {x: z}, [], [a, [c]]], a: {}, 10: null, 9: yes, '11': 0x1f}", "f",
               &diagnostics);
  YamlWriter writer;
  writer.Node("k", *(*documents)[0]);
  EXPECT_EQ(writer.Take(),
            "k:\n"
            "  9: true\n"
            "  10: null\n"
            "  \"11\": 31\n"
            "  a: {}\n"
            "  b:\n"
            "  - 1\n"
            "  - \"1\"\n"
            "  - x: z\n"
            "  - []\n"
            "  - - a\n"
            "    - - c\n");
}

// As yaml.v2 does it behind a flow text that is the last of its item.
TEST(YamlWriter, ItemsBehindAFlowTextAreInBraces) {
  YamlWriter writer;
  writer.BeginList("list");
  for (const char* name : {"a", "b: c", "d,e"}) {
    writer.BeginItem();
    writer.Text("name", name);
    writer.BeginList("inner");
    for (int i = 0; i < 2; ++i) {
      writer.BeginItem();
      writer.FlowTexts("days", {"monday:friday", "tuesday"});
      if (name[0] != 'd') writer.FlowText("location", "Europe/Berlin");
      writer.EndItem();
    }
    writer.EndList();
    writer.EndItem();
  }
  writer.EndList();
  writer.Text("next", "x");
  EXPECT_EQ(
      writer.Take(),
      "list:\n"
      "- name: a\n"
      "  inner:\n"
      "  - days: ['monday:friday', tuesday]\n"
      "    location: Europe/Berlin\n"
      "  - {days: ['monday:friday', tuesday], location: Europe/Berlin}\n"
      "- {name: 'b: c', inner: [{days: ['monday:friday', tuesday], location: Europe/Berlin},\n"
      "    {days: ['monday:friday', tuesday], location: Europe/Berlin}]}\n"
      "- {name: 'd,e', inner: [{days: ['monday:friday', tuesday]}, {days: ['monday:friday',\n"
      "        tuesday]}]}\n"
      "next: x\n");
}

}  // namespace
}  // namespace tocsin::config
