// Arguments that functions were not made for: each is an answer or an error, soon.

#include "templates/notification_templates.h"
#include "templates/rule_templates.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tocsin::templates {
namespace {

using Cases = std::vector<std::pair<std::string, std::string>>;

// A text of 4 MiB, made in few steps.
constexpr const char* kBig = "{{$s := `0123456789abcdef`}}{{range 18}}{{$s = print $s $s}}{{end}}";

std::string ExpandRule(const std::string& text) {
  const auto compiled = RuleTemplate::Compile("A", text);
  if (!compiled) return compiled.error().message;
  const model::LabelSet labels = {{"job", "node"}};
  return compiled->Expand({labels, 1, labels, "http://localhost:9093", Time{}}, nullptr);
}

std::string ExpandField(const std::string& text, NotificationTemplates::Mode mode) {
  static const auto* const kTemplates = new auto(NotificationTemplates::Defaults());
  const auto compiled = (*kTemplates)->Compile(text, mode);
  if (!compiled) return compiled.error().message;
  const auto expanded = (*kTemplates)->Expand(*compiled, NotificationData(), Time{});
  return expanded ? *expanded : expanded.error().message;
}

TEST(Limits, NumbersThatAreNone) {
  const Cases cases = {
      {"{{humanize `NaN`}} {{humanize `+Inf`}} {{humanize `-Inf`}}", "NaN +Inf -Inf"},
      {"{{humanize1024 `NaN`}} {{humanize1024 `1e308`}}", "NaN 8.272e+283Yi"},
      {"{{humanize `1e308`}} {{humanize `5e-324`}}", "1e+284Y 4.941e-300y"},
      {"{{humanizeDuration `NaN`}} {{humanizeDuration `-Inf`}}", "NaN -Inf"},
      {"{{humanizePercentage `1e308`}}", "+Inf%"},
      {"{{humanizeTimestamp `NaN`}} {{humanizeTimestamp `+Inf`}}", "NaN +Inf"},
      {"{{humanizeDuration 1e300}}", "-106751991167300d -15h -30m -8s"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(ExpandRule(text), want) << text;
}

TEST(Limits, TimesThatAreNone) {
  const Cases cases = {
      {"{{toTime 1e300}}", "1e+300 cannot be represented as a nanoseconds timestamp"},
      {"{{toTime `NaN`}}", "NaN"},
      {"{{toTime `+Inf`}}", "Inf"},
      {"{{humanizeTimestamp 1e300}}", "1e+300 cannot be represented as a nanoseconds timestamp"},
      {"{{toDuration 1e300}}", "1e+300 cannot be represented as a duration"},
      {"{{toDuration `NaN`}}", "NaN cannot be represented as a duration"},
      {"{{parseDuration `99999999999999999999y`}}", "error calling parseDuration"},
      {"{{formatTime `2006` 1e300}}", "1e+300 cannot be represented"},
  };
  for (const auto& [text, part] : cases) {
    const std::string got = ExpandRule(text);
    EXPECT_NE(got.find(part), std::string::npos) << text << " gives " << got;
    EXPECT_NE(got.find("<error expanding template"), std::string::npos) << text << " gives " << got;
  }
}

TEST(Limits, ManySmallTextsMakeNoLargeOne) {
  const std::string steps = "exceeded maximum number of steps (20000000)";
  const std::string memory = "exceeded maximum memory (33554432 bytes)";
  const std::string output = "exceeded maximum output size (16777216 bytes)";
  const std::string big = kBig;
  const Cases cases = {
      // Every byte of a megabyte becomes a megabyte.
      {big + "{{reReplaceAll `.` $s $s}}", output},
      {big + "{{len (reReplaceAll `` $s $s)}}", memory},
      {big + "{{$r := reReplaceAll `.` `$0$0$0$0$0$0$0$0$0` $s}}", memory},
      {big + "{{range 1000000}}{{if match `x*y` $s}}{{end}}{{end}}", steps},
      // A program so long that each byte of the text takes thousands of steps.
      {big + "{{range 100}}{{if match `(((x{1,20}){1,20}){1,2})y` $s}}{{end}}{{end}}", steps},
      {"{{range 1000000000}}{{if match `a` `a`}}{{end}}{{end}}", steps},
      {big + "{{toUpper $s}}{{toLower $s}}{{toUpper $s}}{{toLower $s}}{{$s}}", output},
  };
  for (const auto& [text, part] : cases) {
    const std::string rule = ExpandRule(text);
    EXPECT_NE(rule.find(part), std::string::npos) << text << " gives " << rule.substr(0, 300);
    const std::string field = ExpandField(text, NotificationTemplates::Mode::kText);
    EXPECT_NE(field.find(part), std::string::npos) << text << " gives " << field.substr(0, 300);
  }
}

TEST(Limits, FunctionsOfMessages) {
  const std::string big = kBig;
  const Cases cases = {
      {big + "{{join $s (stringSlice $s $s $s)}}", "exceeded maximum output size"},
      {big + "{{len (join $s (stringSlice $s $s $s $s $s))}}", "exceeded maximum memory"},
      {"{{$l := list}}{{range 1000000}}{{$l = append $l .}}{{end}}", "exceeded maximum memory"},
      {"{{$l := list}}{{range 40}}{{$l = list $l $l}}{{end}}{{toJson $l}}", "too large"},
      {"{{$l := list}}{{range 100000}}{{$l = list $l}}{{end}}{{toJson $l}}", "nested too deeply"},
      {big + "{{base64encode (print $s $s $s $s)}}", "exceeded maximum output size"},
      {big + "{{toJson (list $s $s $s $s $s)}}", "too large"},
      {"{{match `a{1001}` ``}}", "invalid repeat count"},
      {"{{tz `../../etc/passwd` now}}", "invalid location name"},
  };
  for (const auto& [text, part] : cases) {
    const std::string got = ExpandField(text, NotificationTemplates::Mode::kText);
    EXPECT_NE(got.find(part), std::string::npos) << text << " gives " << got.substr(0, 300);
  }
}

TEST(Limits, Html) {
  const std::string big = kBig;
  const std::string angles = big + "{{$s = reReplaceAll `.` `<` $s}}";
  const std::string output = "exceeded maximum output size";
  const Cases cases = {
      {big + "<a href='{{$s}}{{$s}}{{$s}}{{$s}}{{$s}}'>x</a>", output},
      {angles + "<a href='{{$s}}{{$s}}'>x</a>", output},
      {angles + "<p title={{$s}}{{$s}}>x</p>", output},
      {big + "<script>{{list $s $s $s $s $s}}</script>", "too large"},
  };
  for (const auto& [text, part] : cases) {
    const std::string got = ExpandField(text, NotificationTemplates::Mode::kHtml);
    EXPECT_NE(got.find(part), std::string::npos) << text << " gives " << got.substr(0, 300);
  }
}

// A function that executes templates takes native stack, which the engine's own calls do not.
TEST(Limits, ExecutionsInsideEachOther) {
  const auto expand = [](const char* text) {
    const auto compiled = RuleTemplate::Compile("A", text, RuleTemplate::Mode::kHtml);
    if (!compiled) return compiled.error().message;
    const model::LabelSet labels;
    return compiled->Expand({labels, 1, labels, "", Time{}}, nullptr);
  };
  EXPECT_EQ(expand("{{define `t`}}<b>{{.}}</b>{{end}}{{tmpl `t` `&`}}"), "<b>&amp;</b>");
  EXPECT_NE(expand("{{define `t`}}{{tmpl `t` .}}{{end}}{{tmpl `t` 1}}")
                .find("exceeded maximum depth of executions (50)"),
            std::string::npos);
  EXPECT_NE(expand("{{define `t`}}{{if lt . 40}}{{tmpl `t` 40}}{{end}}{{end}}"
                   "{{range 1000000}}{{tmpl `t` 1}}{{end}}")
                .find("exceeded maximum number of steps (20000000)"),
            std::string::npos);
}

}  // namespace
}  // namespace tocsin::templates
