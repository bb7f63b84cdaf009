#pragma once

// The rule side of templates: label and annotation values of alerting rules, with Prometheus's data
// ($labels, $value, $externalLabels, $externalURL) and functions. Compiled once, at load;
// immutable, expanded from any thread.
//
// A template may query the datasource. It never waits for it: an expansion that needs an answer
// says which query it is, and is made again from the start when the caller has the answer.

#include "base/result.h"
#include "base/time.h"
#include "model/label_set.h"
#include "model/native_histogram.h"
#include "templates/template_error.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::templates {

struct RuleTemplateData {
  const model::LabelSet& labels;  // Of the sample, with __name__.
  double value = 0;
  const model::LabelSet& external_labels;
  std::string_view external_url;
  Time evaluation_time;
  const model::NativeHistogram* histogram = nullptr;  // Not null: this is the value.
};

struct QuerySample {
  model::LabelSet labels;
  double value = 0;
  model::NativeHistogramPtr histogram = nullptr;  // Not null: this is the value, and `value` 0.
};
// What instant queries at the evaluation time gave, by query text; the samples in the order of the
// answer. An error becomes the error of the template.
using QueryAnswers = std::map<std::string, Result<std::vector<QuerySample>>, std::less<>>;

struct RuleExpansion {
  // The text, or `<error expanding template: ...>` as Prometheus shows it.
  std::string text = {};
  bool failed = false;
  // A query that the answers lack. The text means nothing then: expand again with its answer. Each
  // round may ask for another one, so the caller bounds the rounds.
  std::optional<std::string> needs_query = {};
  // Where it failed, in the text that was compiled: the line, or 0, and the byte, both from 1.
  int error_line = 0;
  int error_column = 0;
};

class RuleTemplate {
 public:
  enum class Mode {
    kText,  // Of rules.
    kHtml,  // Of consoles: with contextual escaping and the function tmpl.
  };
  // Fails as Prometheus's load does: syntax, unknown functions and variables. Text without `{{`
  // costs nothing when expanded.
  static tl::expected<RuleTemplate, TemplateError> Compile(std::string_view alert_name,
                                                           std::string_view text,
                                                           Mode mode = Mode::kText);

  // One that did not compile and is taken nevertheless: each expansion fails, with Prometheus's
  // words for that.
  static RuleTemplate Broken(std::string_view alert_name, std::string_view text,
                             const TemplateError& error);

  RuleExpansion Expand(const RuleTemplateData& data, const QueryAnswers& answers) const;
  // For templates that cannot query, and where nobody can answer: a query is an error. A template
  // that fails gives `<error expanding template: ...>`, and sets *failed.
  std::string Expand(const RuleTemplateData& data, bool* failed) const;

  bool is_constant() const;
  // Whether an expansion may need answers.
  bool may_query() const;
  const std::string& source() const;

 private:
  struct Impl;
  explicit RuleTemplate(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace tocsin::templates
