// What Prometheus says of expressions: 3.5.3 with its default flags and with experimental functions
// (promql.jsonl), and 3.14 (rules/promql.tsv: a verdict, the expression with ␤ for a newline, then
// type and canonical text, or the error and what flags change).

#include "promql/parser.h"
#include "promql/printer.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::vectors {
namespace {

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

void ExpectTree(Case& c, const promql::Expr& expr, std::string_view type, std::string_view text) {
  c.Expect("type", type, promql::ToString(expr.type));
  c.Expect("string", text, promql::Print(expr));
}

void CheckLine(Case& c) {
  const std::string text = Text(c.line(), "expr");
  promql::Features features;
  features.experimental_functions = Flag(c.line(), "experimental_functions");
  features.duration_expressions = false;
  const auto parsed = promql::Parse(text, features);
  if (parsed.has_value() != Flag(c.line(), "valid")) {
    return c.Differ(parsed ? "accepted" : promql::ToString(parsed.error().front(), text));
  }
  if (parsed) return ExpectTree(c, **parsed, Text(c.line(), "type"), Text(c.line(), "string"));
  // Newer versions name all that may stand there.
  c.Expect("error",
           Replaced(Text(c.line(), "error_text"), "expected number or duration",
                    "expected number, duration, step(), or range()"),
           promql::ToString(parsed.error().front(), text));
}

TEST(Vectors, Promql) {
  RunCollection("promql", "promql.jsonl", CheckLine);
}

constexpr std::string_view kWithFlags = "  [with experimental flags: OK ";

// Takes the last column off; the expression before it may have tabs in it.
std::string TakeLastColumn(std::string* row) {
  const std::size_t tab = row->rfind('\t');
  std::string column = row->substr(tab + 1);
  row->resize(tab);
  return column;
}

std::vector<Line> ReadTable(std::istream& stream) {
  std::vector<Line> cases;
  for (std::string row; std::getline(stream, row);) {
    Line line;
    line["id"] = std::to_string(cases.size() + 1);
    const bool valid = row.starts_with("OK\t");
    line["valid"] = valid;
    if (valid) line["string"] = TakeLastColumn(&row);
    const std::string result = TakeLastColumn(&row);
    const std::size_t flags = result.find(kWithFlags);
    line["result"] = result.substr(0, flags);
    if (flags != std::string::npos) {
      const std::size_t type = flags + kWithFlags.size();
      line["type_with_flags"] = result.substr(type, result.size() - type - 1);
    }
    const std::string expr = row.substr(row.find('\t') + 1);
    line["expr"] = expr == "<empty>" ? "" : Replaced(expr, "␤", "\n");
    cases.push_back(std::move(line));
  }
  return cases;
}

void CheckRow(Case& c) {
  const std::string text = Text(c.line(), "expr");
  const auto parsed = promql::Parse(text);
  if (parsed.has_value() != Flag(c.line(), "valid")) {
    return c.Differ(parsed ? "accepted" : promql::ToString(parsed.error().front(), text));
  }
  const std::string result = Text(c.line(), "result");
  if (parsed) return ExpectTree(c, **parsed, result, Text(c.line(), "string"));
  c.Expect("error", result, promql::ToString(parsed.error().front(), text));
  const auto with_flags = promql::Parse(text, {.experimental_functions = true,
                                               .extended_range_selectors = true,
                                               .binop_fill_modifiers = true});
  c.Expect("type with flags", Text(c.line(), "type_with_flags"),
           with_flags ? promql::ToString((*with_flags)->type) : "");
}

TEST(Vectors, NewerPromql) {
  const auto folder = VectorsFolder();
  if (!folder) GTEST_SKIP() << "no vectors here; TOCSIN_VECTORS names their folder";
  std::ifstream stream(*folder / "rules" / "promql.tsv");
  ASSERT_TRUE(stream.is_open());
  RunCases("rules/promql", ReadTable(stream), CheckRow);
}

}  // namespace
}  // namespace tocsin::vectors
