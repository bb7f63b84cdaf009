#pragma once

// The expressions of a rule file, checked where they stand (promql/parser.h).

#include "config/object_reader.h"
#include "rules/rule_file.h"

#include <string>
#include <string_view>

namespace tocsin::rules {

struct CheckedExpression {
  std::string canonical;   // "" if that is what stands there, or if there is none.
  std::string unfiltered;  // promql/unfiltered.h; "" if there is none.
};

class ExpressionChecker {
 public:
  // All of them must stay. `file_text` is what `source` was read from.
  ExpressionChecker(const config::Source& source, std::string_view file_text,
                    const QueryLanguages& languages)
      : source_(source), file_text_(file_text), languages_(languages) {
    UseDatasource("");
  }

  // Whose language the expressions are in from here on.
  void UseDatasource(std::string_view name);
  // Reports everything that is wrong with the expression, with `prefix` before it: errors, or for
  // MetricsQL a warning that it was not checked. Its type is not looked at, as in Prometheus: lint
  // does.
  CheckedExpression Check(const config::YamlNode& expr, const std::string& prefix) const;

 private:
  const config::Source& source_;
  std::string_view file_text_;
  const QueryLanguages& languages_;
  config::QueryLanguage language_ = config::QueryLanguage::kPromql;
};

}  // namespace tocsin::rules
