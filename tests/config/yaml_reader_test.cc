#include "config/yaml_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::config {
namespace {

// A tree on one line, strings that are quoted in the text in quotes: `{a: [1, "2"], b: ~}`.
std::string Show(const YamlNode& node) {
  std::string text;
  switch (node.kind()) {
    case YamlNode::Kind::kNull:
      return "~";
    case YamlNode::Kind::kScalar:
      return node.quoted() ? "\"" + node.text() + "\"" : node.text();
    case YamlNode::Kind::kSequence:
      for (const YamlNodePtr& item : node.items()) {
        text += (text.empty() ? "" : ", ") + Show(*item);
      }
      return "[" + text + "]";
    case YamlNode::Kind::kMapping:
      for (const YamlNode::Entry& entry : node.entries()) {
        text += (text.empty() ? "" : ", ") + Show(*entry.key) + ": " + Show(*entry.value);
      }
      return "{" + text + "}";
  }
  return text;
}

// The documents, one after the other, then the diagnostics.
std::string Read(std::string_view text, const YamlLimits& limits = {}) {
  Diagnostics diagnostics;
  const auto documents = ReadYaml(text, "f", &diagnostics, limits);
  std::string result;
  if (documents) {
    for (const YamlNodePtr& document : *documents) result += Show(*document) + "\n";
  } else {
    EXPECT_TRUE(diagnostics.HasErrors());
  }
  return result + diagnostics.ToString();
}

struct Case {
  std::string_view text;
  std::string_view want;
};

TEST(YamlReader, ReadsTrees) {
  const Case cases[] = {
      {"", ""},
      {"# only a comment\n", ""},
      {"~", "~\n"},
      {"a: 1\nb: [x, \"y\", 'z', ~, null]\nc:\n", "{a: 1, b: [x, \"y\", \"z\", ~, ~], c: ~}\n"},
      {"{\"a\":1,\"b\":[{\"c\":\"d\"}]}", "{\"a\": 1, \"b\": [{\"c\": \"d\"}]}\n"},
      {"a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{a: \"x\ny\n\", b: \"x y\"}\n"},
      {"a: \"\\u00e9\\n\\x41\"", "{a: \"é\nA\"}\n"},
      {"a: 'it''s'", "{a: \"it's\"}\n"},
      {"a: !!str 5\nb: !!int \"5\"\nc: !!null ''\n", "{a: \"5\", b: 5, c: ~}\n"},
      {"\xEF\xBB\xBF"
       "a: 1\n",
       "{a: 1}\n"},
      {"a: 1\r\nb: |\r\n  x\r\n  y\r\n", "{a: 1, b: \"x\ny\n\"}\n"},
      {"a: 1\rb: 2\r", "{a: 1, b: 2}\n"},
      {"x: &x {k: v}\ny: [*x, *x]\n", "{x: {k: v}, y: [{k: v}, {k: v}]}\n"},
      {"a: 1\n---\nb: 2\n---\n", "{a: 1}\n{b: 2}\n~\n"},
      {"%YAML 1.1\n---\na: 1\n", "{a: 1}\n"},
      {"a: 가\n", "{a: 가}\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(Read(c.text), c.want) << c.text;
}

TEST(YamlReader, DecodesEscapes) {
  Diagnostics diagnostics;
  const auto documents = ReadYaml(R"(["é\N\_é", "\x85\u2028\L\U0001F642\e"])", "f", &diagnostics);
  ASSERT_TRUE(documents) << diagnostics.ToString();
  const auto& items = (*documents)[0]->items();
  EXPECT_EQ(items[0]->text(), "é\u0085\u00A0é");
  EXPECT_EQ(items[1]->text(), "\u0085\u2028\u2028\U0001F642\x1B");
}

TEST(YamlReader, ResolvesMergeKeys) {
  const Case cases[] = {
      {"x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3, c: 4}\n",
       "{x: {a: 1, b: 2}, y: {b: 3, c: 4, a: 1}}\n"},
      {"x: &x {a: 1}\nz: &z {a: 2, b: 2}\ny: {<<: [*x, *z]}\n",
       "{x: {a: 1}, z: {a: 2, b: 2}, y: {a: 1, b: 2}}\n"},
      {"{\"<<\": 1}", "{\"<<\": 1}\n"},
      {"a: {<<: 1}", "{a: {}}\nf:1:9: a merge key takes a mapping or a list of mappings\n"},
      {"a: {<<: [{b: 1}, 2]}",
       "{a: {b: 1}}\nf:1:9: a merge key takes a mapping or a list of mappings\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(Read(c.text), c.want) << c.text;
}

TEST(YamlReader, TheLastValueMayBeAbsent) {
  for (const char* text : {"a: 1\nb:", "a: 1\nb: ", "a: 1\nb: # c", "a: 1\nb:\n"}) {
    EXPECT_EQ(Read(text), "{a: 1, b: ~}\n") << text;
  }
}

TEST(YamlReader, RefusesWithPlace) {
  const Case cases[] = {
      {"a: 1\nb: 2\na: 3\n", "{a: 1, b: 2}\nf:3:1: mapping key \"a\" already defined at line 1\n"},
      {"a: {x: 1, \"x\": 2, x: 3}\n",
       "{a: {x: 1}}\nf:1:11: mapping key \"x\" already defined at line 1\n"
       "f:1:19: mapping key \"x\" already defined at line 1\n"},
      {"? [a]\n: b\n", "{[a]: b}\nf:1:3: a key must be a plain word\n"},
      {"a: !vault x\n", "{a: x}\nf:1:4: unsupported YAML tag \"!vault\"\n"},
      {"a: 1\nb\n", "{a: 1, b: ~}\nf:2:1: expected ':' after \"b\"\n"},
      {"a: 1\nb", "{a: 1, b: ~}\nf:2:1: expected ':' after \"b\"\n"},
      {"a: 1\nb # c: d", "{a: 1, b: ~}\nf:2:1: expected ':' after \"b\"\n"},
      {"a: [1\n", "f:2:1: end of sequence flow not found\n"},
      {"a: b: c\n", "f:1:5: illegal map value\n"},
      {"a: *y\n", "f:1:4: the referenced anchor is not defined\n"},
      {"a: &y [*y]\n", "f:1:8: the anchor contains itself\n"},
      {"a: \"x\nb: c\n", "f:1:4: quoted string without closing quote\n"},
      {"a: 'x''\nb: c\n", "f:1:4: quoted string without closing quote\n"},
      {"a: &x \"x\\\"\n", "f:1:4: quoted string without closing quote\n"},
      {" a: 1\nb: 2\n", "f:2:1: this does not belong to what is above: indentation?\n"},
      {"\"a\":1\n", "f:1:4: this does not belong to what is above: indentation?\n"},
      {"a:\n\tb: 1\n", "f:2:3: illegal map value (tabs cannot indent)\n"},
      {"groups:\n  - name: x\n   rules: []\n", "f:3:4: end of sequence not found\n"},
      {"a: \"\\q\"\n", "f:1:7: unknown escape character: q\n"},
      {"a: \"\\ud800\"\n", "f:1:11: invalid unicode: 55296\n"},
      {"a: 1\nb: x\xFFy\n", "f:2:5: invalid UTF-8\n"},
      {"a: \xEC\x95", "f:1:4: invalid UTF-8\n"},
      {"\xFF\xFE"
       "a\0",
       "f:1:1: invalid UTF-8\n"},
      {std::string_view("a: \0", 4), "f:1:4: control characters are not allowed\n"},
      // yaml-cpp would take this character for the end of the text.
      {"a: x\x04y\nb: 1\n", "f:1:5: control characters are not allowed\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(Read(c.text), c.want) << c.text;
}

TEST(YamlReader, GivesPlaces) {
  Diagnostics diagnostics;
  const auto documents =
      ReadYaml("a: x\nb:\n  - 1\n  -\nc:\nd: {e: \"f\"}\ng: &h i\nj: *h\n", "f", &diagnostics);
  ASSERT_TRUE(documents);
  const auto& entries = (*documents)[0]->entries();
  const auto place = [](const YamlNode& node) {
    return std::to_string(node.line()) + ":" + std::to_string(node.column());
  };
  EXPECT_EQ(place(*(*documents)[0]), "1:1");
  EXPECT_EQ(place(*entries[0].key), "1:1");
  EXPECT_EQ(place(*entries[0].value), "1:4");
  EXPECT_EQ(place(*entries[1].value->items()[0]), "3:5");
  EXPECT_EQ(place(*entries[1].value->items()[1]), "3:3");  // Not there: the list's.
  EXPECT_EQ(place(*entries[2].value), "5:1");              // Not there: the key's.
  EXPECT_EQ(place(*entries[3].value->entries()[0].value), "6:8");
  EXPECT_EQ(place(*entries[5].value), "7:4");  // An alias is what it names.
  EXPECT_EQ(entries[5].value, entries[4].value);
}

std::string Repeat(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(YamlReader, BoundsDepth) {
  EXPECT_EQ(Read(Repeat("[", 4) + Repeat("]", 4), {.depth = 4}), "[[[[]]]]\n");
  EXPECT_EQ(Read(Repeat("[", 5) + Repeat("]", 5), {.depth = 4}),
            "f:1:5: nested more than 4 levels deep\n");
  // Aliases must not get around it.
  EXPECT_EQ(Read("a: &a [[1]]\nb: &b [[*a]]\n", {.depth = 4}),
            "f:2:9: nested more than 4 levels deep\n");
  for (const std::string& text :
       {Repeat("[", 100'000), Repeat("{a: ", 100'000), Repeat("- ", 100'000),
        Repeat("[", 100'000) + Repeat("]", 100'000), Repeat("? ", 100'000)}) {
    EXPECT_NE(Read(text).find("levels deep"), std::string::npos) << text.substr(0, 4);
  }
}

TEST(YamlReader, BoundsAliases) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string name = "a" + std::to_string(i);
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += name + ": &" + name + " [" + before + Repeat(", " + before, 9) + "]\n";
  }
  EXPECT_NE(Read(bomb).find("more than 1000000 nodes, aliases expanded"), std::string::npos);

  // A long text weighs more than one node.
  std::string texts = "a: &a \"" + std::string(1'000'000, 'x') + "\"\nb: [";
  texts += Repeat("*a, ", 100'000) + "]\n";
  EXPECT_NE(Read(texts).find("more than 1000000 nodes, aliases expanded"), std::string::npos);

  // So do merged entries.
  std::string merges = "a0: &a0 {k: [" + Repeat("x, ", 100) + "]}\n";
  for (int i = 1; i < 30; ++i) {
    const std::string name = "a" + std::to_string(i);
    merges += name + ": &" + name + " {<<: *a" + std::to_string(i - 1) + ", k" + std::to_string(i) +
              ": *a" + std::to_string(i - 1) + "}\n";
  }
  EXPECT_NE(Read(merges).find("nodes, aliases expanded"), std::string::npos);
}

TEST(YamlReader, BoundsBytes) {
  EXPECT_EQ(Read("a: 12345", {.bytes = 8}), "{a: 12345}\n");
  EXPECT_EQ(Read("a: 123456", {.bytes = 8}), "f: larger than 8 bytes, the limit\n");
  EXPECT_EQ(Read(std::string(50 * 1024 * 1024, 'x')), "f: larger than 16777216 bytes, the limit\n");
}

TEST(YamlReader, SurvivesEveryPrefix) {
  const std::string text =
      "a: &x {b: [1, \"2\\n\", '3'], <<: {c: d}}\n? e\n: |+\n  f\n\ng: >-\n  h\n i: *x\n---\n"
      "- !!str j\n- k: 가\n...\n";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    for (const char* tail : {"", "]", "\"", ": ", "\t", "\n- ", "*x", "\xFF"}) {
      Diagnostics diagnostics;
      const auto documents = ReadYaml(text.substr(0, i) + tail, "f", &diagnostics);
      EXPECT_TRUE(documents.has_value() || diagnostics.HasErrors());
    }
  }
}

TEST(Diagnostics, KeepsTheFirstOnes) {
  Diagnostics diagnostics;
  EXPECT_FALSE(diagnostics.HasErrors());
  diagnostics.AddWarning({"f", 0, 0}, "careful");
  EXPECT_FALSE(diagnostics.HasErrors());
  for (int i = 1; i <= 300; ++i) diagnostics.AddError({"f", i, 2}, "bad");
  EXPECT_EQ(diagnostics.error_count(), 300U);
  EXPECT_EQ(diagnostics.all().size(), Diagnostics::kKept);
  const std::string text = diagnostics.ToString();
  EXPECT_TRUE(text.starts_with("f: warning: careful\nf:1:2: bad\nf:2:2: bad\n"));
  EXPECT_TRUE(text.ends_with("f:199:2: bad\nand 101 more errors\n"));
}

}  // namespace
}  // namespace tocsin::config
