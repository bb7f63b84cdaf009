#include "app/template_render.h"

#include "app/template_data.h"
#include "base/clock.h"
#include "base/excerpt.h"
#include "config/diagnostic.h"
#include "config/source_file.h"
#include "templates/humanize.h"
#include "templates/notification_templates.h"
#include "templates/rule_templates.h"

#include <string_view>
#include <utility>

namespace tocsin::app {
namespace {

using templates::NotificationTemplates;
using templates::RuleTemplate;
using templates::TemplateError;

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

class Renderer {
 public:
  Renderer(const TemplateRenderOptions& options, std::FILE* out, std::FILE* errors)
      : options_(options), out_(out), errors_(errors) {}

  int Notification();
  int Rule();

 private:
  int Error(const std::string& message, int status) {
    std::fprintf(errors_, "tocsin: error: %s\n", message.c_str());
    return status;
  }
  // With the place, and the line with a caret under it. `argument` holds the text itself.
  int Error(const TemplateError& error, const std::string& argument) {
    std::string place = error.file.empty() ? argument : error.file;
    if (error.line > 0) {
      place += ":" + std::to_string(error.line) + ":" + std::to_string(error.column);
    }
    Error(place + ": " + error.message, kFailed);
    if (error.line > 0) {
      std::fputs(Excerpt(error.line_text, error.column).c_str(), errors_);
    }
    return kFailed;
  }
  int Print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), out_);
    return 0;
  }

  Result<templates::GivenData> Data(Time now) const;
  Result<templates::QueryAnswers> Answers() const;

  const TemplateRenderOptions& options_;
  std::FILE* out_;
  std::FILE* errors_;
};

Result<templates::GivenData> Renderer::Data(Time now) const {
  if (options_.data_file.empty()) return ExampleTemplateData(now);
  const Result<std::string> json = config::ReadSourceFile(options_.data_file);
  if (!json) return Fail(options_.data_file, json.error());
  auto data = ParseTemplateData(*json);
  if (!data) return Fail(options_.data_file, data.error());
  return data;
}

int Renderer::Notification() {
  const Time now = SystemClock().Now();
  const Result<templates::GivenData> data = Data(now);
  if (!data) return Error(data.error().message, kFailed);
  config::Diagnostics diagnostics;
  const auto templates = NotificationTemplates::Load(options_.globs, &diagnostics);
  if (!templates) {
    std::fputs(diagnostics.ForTerminal().c_str(), errors_);
    return kFailed;
  }
  const auto mode = options_.type == "html" ? NotificationTemplates::Mode::kHtml
                                            : NotificationTemplates::Mode::kText;
  const auto compiled = templates->Compile(options_.text, mode);
  if (!compiled) return Error(compiled.error(), "--template.text");
  const auto text = templates->Expand(*compiled, *data, now);
  return text ? Print(*text) : Error(text.error(), "--template.text");
}

Result<model::LabelSet> ReadPairs(const std::vector<std::string>& texts) {
  std::vector<model::Label> pairs;
  for (const std::string_view text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return Fail("\"" + std::string(text) + "\" is not of the form NAME=VALUE");
    }
    pairs.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return model::LabelSet::FromUnsorted(pairs);
}

Result<templates::QueryAnswers> Renderer::Answers() const {
  if (options_.query_file.empty()) return templates::QueryAnswers();
  const Result<std::string> json = config::ReadSourceFile(options_.query_file);
  if (!json) return Fail(options_.query_file, json.error());
  auto answers = ParseQueryAnswers(*json);
  if (!answers) return Fail(options_.query_file, answers.error());
  return answers;
}

// Without the frame in which an annotation shows it.
std::string Unframed(std::string_view text) {
  constexpr std::string_view kFrame = "<error expanding template: ";
  if (text.starts_with(kFrame) && text.ends_with('>')) {
    text.remove_prefix(kFrame.size());
    text.remove_suffix(1);
  }
  return std::string(text);
}

std::string LineOf(std::string_view text, int line) {
  for (; line > 1; --line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return std::string(text.substr(0, text.find('\n')));
}

int Renderer::Rule() {
  const Result<model::LabelSet> labels = ReadPairs(options_.labels);
  if (!labels) return Error("--label: " + labels.error().message, kWrongUsage);
  const Result<model::LabelSet> external = ReadPairs(options_.external_labels);
  if (!external) return Error("--external-label: " + external.error().message, kWrongUsage);
  const Result<double> value = templates::ParseGoFloat(options_.value);
  if (!value) return Error("--value: " + value.error().message, kWrongUsage);
  Result<templates::QueryAnswers> answers = Answers();
  if (!answers) return Error(answers.error().message, kFailed);

  const auto mode = options_.type == "html" ? RuleTemplate::Mode::kHtml : RuleTemplate::Mode::kText;
  const auto compiled = RuleTemplate::Compile(options_.alert, options_.annotation, mode);
  if (!compiled) return Error(compiled.error(), "--annotation");
  const templates::RuleTemplateData data{*labels, *value, *external, options_.external_url,
                                         SystemClock().Now()};
  templates::RuleExpansion expansion = compiled->Expand(data, *answers);
  if (expansion.needs_query) {
    // Expanded again, so that the error has its place.
    answers->emplace(*expansion.needs_query, Fail("no answer to \"" + *expansion.needs_query +
                                                  "\" was given (--query.data)"));
    expansion = compiled->Expand(data, *answers);
  }
  if (!expansion.failed) return Print(expansion.text);
  return Error(TemplateError{{Unframed(expansion.text)},
                             "",
                             expansion.error_line,
                             expansion.error_column,
                             LineOf(options_.annotation, expansion.error_line)},
               "--annotation");
}

}  // namespace

int RunTemplateRender(const TemplateRenderOptions& options, std::FILE* out, std::FILE* errors) {
  Renderer renderer(options, out, errors);
  return options.is_rule ? renderer.Rule() : renderer.Notification();
}

}  // namespace tocsin::app
