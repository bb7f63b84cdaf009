#include "gotemplate/template.h"
#include "tests/vectors/collection.h"
#include "tests/vectors/go_data.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

namespace tocsin::vectors {
namespace {

using gotemplate::FunctionTable;
using gotemplate::MissingKey;
using gotemplate::TemplateSet;
using gotemplate::Value;

// False for an option that Go refuses by a panic.
bool ReadOptions(const Line& line, gotemplate::Options* options) {
  for (const boost::json::value& option : Array(line, "options")) {
    std::string_view text(option.as_string());
    if (text == "missingkey=zero") {
      options->missing_key = MissingKey::kZero;
    } else if (text == "missingkey=error") {
      options->missing_key = MissingKey::kError;
    } else if (text != "missingkey=default" && text != "missingkey=invalid") {
      return false;
    }
  }
  return true;
}

class GoTemplateVectors {
 public:
  GoTemplateVectors() {
    for (const Line& line : ReadLines(*VectorsFolder() / "gotemplate.data.jsonl")) {
      data_.emplace(Text(line, "id"), values_.Build(line.at("value")));
    }
  }

  void Check(Case& c) {
    const Line& line = c.line();
    gotemplate::Options options;
    if (!ReadOptions(line, &options)) return c.LeaveOut();
    TemplateSet set(functions_, options);
    auto parsed = set.Parse("t", Text(line, "template"));
    if (!parsed) {
      c.Expect("error class", Text(line, "error_class"), "parse");
      return c.Expect("error", Text(line, "error_text"), parsed.error().message);
    }
    auto result = set.Execute("t", data_.at(Text(line, "data")));
    if (result) {
      c.Expect("error", Flag(line, "error"), false);
      return c.Expect("output", Text(line, "expect"), *result);
    }
    c.Expect("error class", Text(line, "error_class"), "exec");
    c.Expect("error", Text(line, "error_text"), result.error().message);
    c.Expect("partial", Text(line, "partial"), result.error().partial_output);
  }

 private:
  std::shared_ptr<const FunctionTable> functions_ = std::make_shared<FunctionTable>();
  GoData values_;
  std::map<std::string, Value> data_;
};

TEST(Vectors, GoTemplate) {
  if (!VectorsFolder()) GTEST_SKIP() << "no vectors folder";
  GoTemplateVectors vectors;
  RunCollection("gotemplate", "gotemplate.jsonl", [&](Case& c) { vectors.Check(c); });
}

}  // namespace
}  // namespace tocsin::vectors
