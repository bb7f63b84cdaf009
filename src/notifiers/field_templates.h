#pragma once

// The templates in an integration's configuration: compiled when it is loaded, expanded when a
// message is built.

#include "base/time.h"
#include "config/diagnostic.h"
#include "notifiers/integration.h"
#include "templates/notification_templates.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::notifiers {

using NotificationTemplatesPtr = std::shared_ptr<const templates::NotificationTemplates>;
using templates::CompiledTemplate;

// Compiles the fields of one integration; what does not compile is reported with the field's name.
class FieldCompiler {
 public:
  FieldCompiler(NotificationTemplatesPtr templates, const model::IntegrationId& id,
                const config::Places& places, config::Diagnostics* diagnostics);

  // A field of text, and one of HTML.
  CompiledTemplate Text(std::string_view field, std::string_view text);
  CompiledTemplate Html(std::string_view field, std::string_view text);
  // A text that is not shown in errors.
  CompiledTemplate Secret(std::string_view field, std::string_view text);

  const NotificationTemplatesPtr& templates() const { return templates_; }

 private:
  CompiledTemplate Compile(std::string_view field, std::string_view text,
                           templates::NotificationTemplates::Mode mode, bool show);

  NotificationTemplatesPtr templates_;
  std::string where_;
  const config::Places& places_;
  config::Diagnostics* diagnostics_;
};

// Expands the fields of one message. The first failure is kept and the rest skipped, so that a
// builder can expand everything and ask once.
class FieldExpander {
 public:
  FieldExpander(NotificationTemplatesPtr templates, templates::NotificationData data, Time now)
      : templates_(std::move(templates)), data_(std::move(data)), now_(now) {}

  std::string operator()(std::string_view field, const CompiledTemplate& compiled);
  // Compiles and expands a text that is known only now (the content of a file).
  std::string Late(std::string_view field, std::string_view text);

  // `title: template: ...`
  const std::optional<std::string>& error() const { return error_; }
  const templates::NotificationData& data() const { return data_; }

 private:
  std::string Keep(std::string_view field, Result<std::string> text);

  NotificationTemplatesPtr templates_;
  templates::NotificationData data_;
  Time now_;
  std::optional<std::string> error_;
};

// The content of a file that an integration named in Files(), trimmed.
Result<std::string> FileContent(const BuildContext& context, const std::string& path);

// A URL that came out of a template or a file, checked and normalised. The error says `owner` but
// nothing of the URL, which may be a secret.
Result<std::string> CheckedUrl(std::string_view owner, std::string_view url);

}  // namespace tocsin::notifiers
