#include "notifiers/field_templates.h"

#include "base/excerpt.h"
#include "base/text.h"
#include "config/http_url.h"
#include "config/inner_place.h"

#include <utility>

namespace tocsin::notifiers {

using Mode = templates::NotificationTemplates::Mode;

FieldCompiler::FieldCompiler(NotificationTemplatesPtr templates, const model::IntegrationId& id,
                             const config::Places& places, config::Diagnostics* diagnostics)
    : templates_(std::move(templates)),
      where_("receiver \"" + id.receiver + "\": " + id.type + "_configs[" +
             std::to_string(id.index) + "]."),
      places_(places),
      diagnostics_(diagnostics) {}

CompiledTemplate FieldCompiler::Text(std::string_view field, std::string_view text) {
  return Compile(field, text, Mode::kText, true);
}

CompiledTemplate FieldCompiler::Secret(std::string_view field, std::string_view text) {
  return Compile(field, text, Mode::kText, false);
}

CompiledTemplate FieldCompiler::Html(std::string_view field, std::string_view text) {
  return Compile(field, text, Mode::kHtml, true);
}

CompiledTemplate FieldCompiler::Compile(std::string_view field, std::string_view text, Mode mode,
                                        bool show) {
  auto compiled = templates_->Compile(text, mode);
  if (compiled) return *std::move(compiled);
  const templates::TemplateError& error = compiled.error();
  config::Position place = places_.Of(field);
  if (error.file.empty()) place = config::PlaceInValue(place, text, error.line, error.column);
  diagnostics_->AddError(std::move(place), where_ + std::string(field) + ": " + error.message,
                         show ? Excerpt(error.line_text, error.column) : "");
  return {};
}

std::string FieldExpander::operator()(std::string_view field, const CompiledTemplate& compiled) {
  if (error_) return {};
  return Keep(field, templates_->Expand(compiled, data_, now_));
}

std::string FieldExpander::Late(std::string_view field, std::string_view text) {
  if (error_) return {};
  const auto compiled = templates_->Compile(text, Mode::kText);
  if (!compiled) return Keep(field, Fail(compiled.error().message));
  return (*this)(field, *compiled);
}

std::string FieldExpander::Keep(std::string_view field, Result<std::string> text) {
  if (text) return *std::move(text);
  error_ = std::string(field) + ": " + text.error().message;
  return {};
}

Result<std::string> FileContent(const BuildContext& context, const std::string& path) {
  const auto file = context.files.find(path);
  if (file == context.files.end()) return Fail("file " + path + " has not been read");
  if (!file->second) return tl::unexpected(file->second.error());
  return std::string(TrimSpace(*file->second));
}

Result<std::string> CheckedUrl(std::string_view owner, std::string_view url) {
  Result<std::string> checked = config::ParseHttpUrl(url);
  if (!checked) return Fail(std::string(owner) + " URL is not a valid http or https URL");
  return checked;
}

}  // namespace tocsin::notifiers
