#pragma once

// The notification side of templates: the data that a message sees, the functions bound to it, the
// default templates and the user's files that override them. Text and HTML sets hold the same
// sources. Immutable after Load and shared: expanding is safe from any thread.

#include "base/result.h"
#include "base/time.h"
#include "config/diagnostic.h"
#include "model/notification.h"
#include "templates/given_data.h"
#include "templates/template_error.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::templates {

// Everything that templates see as dot. Alertmanager's names in templates: Receiver, Status,
// Alerts, NotificationReason, GroupLabels, CommonLabels, CommonAnnotations, RouteLabels,
// ExternalURL.
struct NotificationData {
  std::string receiver;  // With regexp metacharacters escaped, as Alertmanager passes it.
  bool firing = false;   // Any alert firing: Status.
  std::vector<model::NotifiedAlert> alerts;
  std::string_view reason;
  model::LabelSet group_labels, common_labels, common_annotations, route_labels;
  std::string external_url;

  std::string_view status() const { return firing ? "firing" : "resolved"; }
};

NotificationData MakeNotificationData(const model::Notification& notification,
                                      std::string external_url);

// Escapes the metacharacters of regular expressions with a backslash.
std::string QuoteRegexMeta(std::string_view text);

// A field of a receiver's configuration, compiled against one NotificationTemplates.
class CompiledTemplate {
 public:
  CompiledTemplate() = default;  // Expands to "".

 private:
  friend class NotificationTemplates;
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

// What the function routeLabels gives for a name.
using RouteLabelLookup = std::function<Result<std::string>(std::string_view name)>;

class NotificationTemplates {
 public:
  // The default templates, then the files that the globs match, in order; a later definition of a
  // name replaces an earlier one. Errors carry file:line. Null if there are errors.
  static std::shared_ptr<const NotificationTemplates> Load(const std::vector<std::string>& globs,
                                                           config::Diagnostics* diagnostics);
  static std::shared_ptr<const NotificationTemplates> Defaults();

  enum class Mode { kText, kHtml };
  // Compiles one field. An empty text gives a template that expands to "".
  tl::expected<CompiledTemplate, TemplateError> Compile(std::string_view text, Mode mode) const;
  // `now` is what the functions `now` and `since` see.
  tl::expected<std::string, TemplateError> Expand(const CompiledTemplate& compiled,
                                                  const NotificationData& data, Time now) const;
  // Where the route labels are not those of `data`.
  tl::expected<std::string, TemplateError> Expand(const CompiledTemplate& compiled,
                                                  const NotificationData& data, Time now,
                                                  const RouteLabelLookup& route_label) const;
  // Of data that was made up.
  tl::expected<std::string, TemplateError> Expand(const CompiledTemplate& compiled,
                                                  const GivenData& data, Time now) const;

 private:
  struct Sets;
  tl::expected<std::string, TemplateError> Execute(const CompiledTemplate& compiled,
                                                   const gotemplate::Value& dot,
                                                   const RouteLabelLookup& route_label,
                                                   Time now) const;
  explicit NotificationTemplates(std::shared_ptr<const Sets> sets) : sets_(std::move(sets)) {}

  std::shared_ptr<const Sets> sets_;
};

}  // namespace tocsin::templates
