// Any text as an annotation of a rule, in both modes, with queries that are answered.

#include "templates/rule_functions.h"
#include "templates/rule_values.h"
#include "tests/fuzz/template_execution.h"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace {

using tocsin::gotemplate::TemplateSet;
using tocsin::templates::QueryAnswers;
using tocsin::templates::RuleScope;

std::shared_ptr<const TemplateSet> Base(bool html) {
  return std::make_shared<const TemplateSet>(
      tocsin::templates::RuleFunctions(html),
      tocsin::gotemplate::Options{.missing_key = tocsin::gotemplate::MissingKey::kZero,
                                  .html = html});
}

void ExecuteRule(const std::shared_ptr<const TemplateSet>& base, std::string_view text) {
  auto set = std::make_unique<TemplateSet>(base);
  if (!set->Parse("t", tocsin::templates::WithRuleDefinitions(text))) return;
  const tocsin::model::LabelSet labels = {
      {"__name__", "up"}, {"instance", "host.example.org:9100"}, {"job", "node<&>"}};
  const tocsin::templates::RuleTemplateData data{labels, 1234.5678, labels,
                                                 "http://localhost:9090/pfx",
                                                 tocsin::Time(std::chrono::seconds(1'700'000'000))};
  static const auto* const answers =
      new QueryAnswers{{"up",
                        std::vector<tocsin::templates::QuerySample>{
                            {{{"instance", "b"}, {"__value__", "x"}}, 2},
                            {{{"instance", "a"}}, std::numeric_limits<double>::infinity()}}},
                       {"none", std::vector<tocsin::templates::QuerySample>()},
                       {"fail", tocsin::Fail("boom")}};
  const tocsin::templates::RuleObject dot(data);
  RuleScope scope{&data, answers, std::nullopt};
  tocsin::fuzz::Execute(*set, dot.Dot(), &scope);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const text_base = new auto(Base(false));
  static const auto* const html_base = new auto(Base(true));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ExecuteRule(*text_base, text);
  ExecuteRule(*html_base, text);
  return 0;
}
