// Templates in rules as a newer Prometheus expands them: a table of tab-separated lines, each a
// verdict, a template (with ␤ for a newline) and the quoted output or the error.

#include "base/text.h"
#include "templates/rule_templates.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace tocsin::vectors {
namespace {

using templates::QueryAnswers;
using templates::RuleTemplate;

constexpr Time kEvaluationTime{std::chrono::milliseconds(1'700'000'000'123)};

std::string WithNewlines(std::string_view text) {
  static constexpr std::string_view kSign = "␤";
  std::string out;
  for (std::size_t at; (at = text.find(kSign)) != std::string_view::npos;) {
    out.append(text.substr(0, at)).push_back('\n');
    text.remove_prefix(at + kSign.size());
  }
  return out.append(text);
}

std::vector<Line> ReadTable(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<Line> lines;
  std::string text;
  for (int number = 1; std::getline(file, text); ++number) {
    const std::vector<std::string_view> parts = Split(text, '\t');
    if (parts.size() != 3) continue;
    lines.push_back({{"id", std::to_string(number)},
                     {"error", parts[0] == "ERR"},
                     {"template", WithNewlines(parts[1])},
                     {"result", std::string(parts[2])}});
  }
  return lines;
}

// The answers to all queries but `none` and `fail`.
templates::RuleExpansion Expand(const RuleTemplate& compiled,
                                const templates::RuleTemplateData& data) {
  QueryAnswers answers;
  while (true) {
    templates::RuleExpansion expansion = compiled.Expand(data, answers);
    if (!expansion.needs_query) return expansion;
    const std::string& query = *expansion.needs_query;
    if (query == "fail") {
      answers.emplace(query, Fail("boom"));
    } else if (query == "none") {
      answers.emplace(query, std::vector<templates::QuerySample>());
    } else {
      answers.emplace(query, std::vector<templates::QuerySample>{{{{"instance", "b"}}, 2},
                                                                 {{{"instance", "a"}}, 1.5}});
    }
  }
}

void Check(Case& c) {
  const model::LabelSet labels = {
      {"__name__", "up"}, {"instance", "host1.example.com:9100"}, {"job", "node"}, {"num", "10"}};
  const model::LabelSet external_labels = {{"dc", "eu"}};
  const templates::RuleTemplateData data{labels, 0.123456789, external_labels,
                                         "http://prom.example:9090/pfx", kEvaluationTime};
  const Line& line = c.line();
  std::string want = Text(line, "result");
  if (!Flag(line, "error")) {
    want = GoUnquoteBody(std::string_view(want).substr(1, want.size() - 2)).value_or("?");
  }
  const auto compiled = RuleTemplate::Compile("MyAlert", Text(line, "template"));
  if (!compiled) {
    c.Expect("text", want,
             "<error expanding template: error parsing template __alert_MyAlert: " +
                 compiled.error().message + ">");
    return;
  }
  c.Expect("text", want, Expand(*compiled, data).text);
}

TEST(Vectors, RuleTemplates) {
  const auto folder = VectorsFolder();
  if (!folder) GTEST_SKIP() << "no golden vectors here; TOCSIN_VECTORS names their folder";
  if (!std::filesystem::exists(*folder / "rules/templates.tsv")) GTEST_SKIP() << "no such table";
  RunCases("rules/templates", ReadTable(*folder / "rules/templates.tsv"), Check);
}

}  // namespace
}  // namespace tocsin::vectors
