#include "templates/notification_templates.h"

#include "base/excerpt.h"
#include "config/source_file.h"
#include "gotemplate/template.h"
#include "templates/default_text.h"
#include "templates/given_values.h"
#include "templates/notification_functions.h"
#include "templates/notification_values.h"

#include <filesystem>
#include <functional>
#include <glob.h>
#include <map>

namespace tocsin::templates {
namespace {

using gotemplate::MissingKey;
using gotemplate::TemplateSet;

// Fields of the configuration have no name, which is what error messages show.
constexpr std::string_view kFieldName;

// The pairs of the first alert that all others have too; a pair that is missing counts as empty.
model::LabelSet CommonPairs(const std::vector<model::NotifiedAlert>& alerts,
                            model::LabelSet model::Alert::* pairs_of) {
  if (alerts.empty()) return {};
  std::vector<model::Label> common;
  for (const model::Label label : (*alerts.front().alert).*pairs_of) {
    bool everywhere = true;
    for (const model::NotifiedAlert& notified : alerts) {
      const model::LabelSet& pairs = (*notified.alert).*pairs_of;
      everywhere = everywhere && pairs.Get(label.name) == label.value;
    }
    if (everywhere) common.push_back(label);
  }
  return model::LabelSet::FromSorted(common);
}

// `labels` outlives it.
RouteLabelLookup Lookup(const model::LabelSet& labels) {
  return [&labels](std::string_view name) -> Result<std::string> {
    return std::string(labels.Get(name));
  };
}

// One character of a set in brackets, perhaps escaped.
bool TakeSetCharacter(std::string_view* pattern) {
  if (pattern->starts_with('-') || pattern->starts_with(']')) return false;
  if (pattern->starts_with('\\')) pattern->remove_prefix(1);
  if (pattern->empty()) return false;
  pattern->remove_prefix(1);
  return true;
}

// `[a-z]` whose bracket was taken.
bool TakeSet(std::string_view* pattern) {
  if (pattern->starts_with('^')) pattern->remove_prefix(1);
  do {
    if (!TakeSetCharacter(pattern)) return false;
    if (!pattern->starts_with('-')) continue;
    pattern->remove_prefix(1);
    if (!TakeSetCharacter(pattern)) return false;
  } while (!pattern->starts_with(']'));
  pattern->remove_prefix(1);
  return true;
}

// As Go has patterns; the C library takes what is none for a name.
bool IsPattern(std::string_view pattern) {
  while (!pattern.empty()) {
    const char c = pattern.front();
    pattern.remove_prefix(1);
    if (c == '\\') {
      if (pattern.empty()) return false;
      pattern.remove_prefix(1);
    } else if (c == '[' && !TakeSet(&pattern)) {
      return false;
    }
  }
  return true;
}

Result<std::string> ReadTemplateFile(const std::string& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return Fail("is a directory");
  return config::ReadSourceFile(file);
}

// Files that a shell pattern matches, sorted; none is no error.
std::vector<std::string> MatchingFiles(const std::string& pattern) {
  std::vector<std::string> files;
  glob_t matches{};
  if (::glob(pattern.c_str(), 0, nullptr, &matches) == 0) {
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) files.emplace_back(matches.gl_pathv[i]);
  }
  ::globfree(&matches);
  return files;
}

}  // namespace

NotificationData MakeNotificationData(const model::Notification& notification,
                                      std::string external_url) {
  NotificationData data;
  data.receiver = QuoteRegexMeta(notification.integration.receiver);
  data.alerts = notification.alerts;
  for (const model::NotifiedAlert& notified : data.alerts) {
    data.firing = data.firing || !notified.resolved;
  }
  data.reason = model::ToString(notification.reason);
  data.group_labels = notification.group_labels;
  data.common_labels = CommonPairs(data.alerts, &model::Alert::labels);
  data.common_annotations = CommonPairs(data.alerts, &model::Alert::annotations);
  data.route_labels = notification.route_labels;
  data.external_url = std::move(external_url);
  return data;
}

std::string QuoteRegexMeta(std::string_view text) {
  constexpr std::string_view kMeta = "\\.+*?()|[]{}^$";
  std::string quoted;
  for (const char c : text) {
    if (kMeta.find(c) != std::string_view::npos) quoted += '\\';
    quoted += c;
  }
  return quoted;
}

struct NotificationTemplates::Sets {
  std::shared_ptr<TemplateSet> text, html;
  std::map<std::string, std::string, std::less<>> files;  // By the names that errors show.

  Sets() {
    const auto functions = NotificationFunctions();
    text = std::make_shared<TemplateSet>(
        functions, gotemplate::Options{.missing_key = MissingKey::kZero, .html = false});
    html = std::make_shared<TemplateSet>(
        functions, gotemplate::Options{.missing_key = MissingKey::kZero, .html = true});
  }

  tl::expected<void, gotemplate::ParseError> Parse(std::string_view name, std::string_view source) {
    if (auto parsed = text->Parse(name, source); !parsed) return parsed;
    return html->Parse(name, source);
  }

  const std::shared_ptr<TemplateSet>& For(Mode mode) const {
    return mode == Mode::kHtml ? html : text;
  }

  // Of gotemplate's two kinds of errors.
  template <class GoError>
  tl::unexpected<TemplateError> Located(GoError error) const {
    const auto file = files.find(error.place.name);
    return tl::unexpected(TemplateError{
        {std::move(error.message)},
        file == files.end() ? error.place.name : file->second,
        error.place.line,
        error.place.line == 0 ? 0 : error.place.column + 1,
        std::move(error.place.line_text),
    });
  }
};

struct CompiledTemplate::Impl {
  TemplateSet set;
};

std::shared_ptr<const NotificationTemplates> NotificationTemplates::Load(
    const std::vector<std::string>& globs, config::Diagnostics* diagnostics) {
  auto sets = std::make_shared<Sets>();
  bool failed = false;
  const auto parse = [&](const std::string& file, std::string_view name, std::string_view source) {
    const auto parsed = sets->Parse(name, source);
    sets->files.insert_or_assign(std::string(name), file);
    if (parsed) return;
    failed = true;
    const gotemplate::ErrorPlace& place = parsed.error().place;
    diagnostics->AddError({file, place.line, place.column + 1}, parsed.error().message,
                          Excerpt(place.line_text, place.column + 1));
  };
  parse("default.tmpl", "default.tmpl", kDefaultTexts);
  parse("email.tmpl", "email.tmpl", kDefaultEmail);
  for (const std::string& pattern : globs) {
    if (!IsPattern(pattern)) {
      failed = true;
      diagnostics->AddError({pattern, 0, 0}, "syntax error in pattern");
    }
    for (const std::string& file : MatchingFiles(pattern)) {
      const Result<std::string> source = ReadTemplateFile(file);
      if (!source) {
        failed = true;
        diagnostics->AddError({file, 0, 0}, source.error().message);
        continue;
      }
      parse(file, std::filesystem::path(file).filename().string(), *source);
    }
  }
  if (failed) return nullptr;
  return std::shared_ptr<const NotificationTemplates>(new NotificationTemplates(std::move(sets)));
}

std::shared_ptr<const NotificationTemplates> NotificationTemplates::Defaults() {
  config::Diagnostics diagnostics;
  return Load({}, &diagnostics);
}

tl::expected<CompiledTemplate, TemplateError> NotificationTemplates::Compile(std::string_view text,
                                                                             Mode mode) const {
  CompiledTemplate compiled;
  if (text.empty()) return compiled;
  TemplateSet set(std::shared_ptr<const TemplateSet>(sets_->For(mode)));
  if (auto parsed = set.Parse(kFieldName, text); !parsed) {
    return sets_->Located(std::move(parsed.error()));
  }
  if (mode == Mode::kHtml) {
    if (auto prepared = set.Prepare(kFieldName); !prepared) {
      return sets_->Located(std::move(prepared.error()));
    }
  }
  compiled.impl_ =
      std::make_shared<const CompiledTemplate::Impl>(CompiledTemplate::Impl{std::move(set)});
  return compiled;
}

tl::expected<std::string, TemplateError> NotificationTemplates::Execute(
    const CompiledTemplate& compiled, const gotemplate::Value& dot,
    const RouteLabelLookup& route_label, Time now) const {
  NotificationScope scope{now, &route_label};
  auto text = compiled.impl_->set.Execute(kFieldName, dot, {}, &scope);
  if (!text) return sets_->Located(std::move(text.error()));
  return *std::move(text);
}

tl::expected<std::string, TemplateError> NotificationTemplates::Expand(
    const CompiledTemplate& compiled, const NotificationData& data, Time now) const {
  return Expand(compiled, data, now, Lookup(data.route_labels));
}

tl::expected<std::string, TemplateError> NotificationTemplates::Expand(
    const CompiledTemplate& compiled, const NotificationData& data, Time now,
    const RouteLabelLookup& route_label) const {
  if (compiled.impl_ == nullptr) return std::string();
  const DataObject dot(data);
  return Execute(compiled, dot.Dot(), route_label, now);
}

tl::expected<std::string, TemplateError> NotificationTemplates::Expand(
    const CompiledTemplate& compiled, const GivenData& data, Time now) const {
  if (compiled.impl_ == nullptr) return std::string();
  const GivenDataObject dot(data);
  const model::LabelSet none;
  return Execute(compiled, dot.Dot(), Lookup(data.route_labels ? *data.route_labels : none), now);
}

}  // namespace tocsin::templates
