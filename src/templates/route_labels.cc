#include "templates/route_labels.h"

#include "base/text.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace tocsin::templates {
namespace {

// Labels that take each other in, one inside the other; each level is one more template on the
// stack.
constexpr std::size_t kMaxDepth = 50;

class Renderer {
 public:
  Renderer(const NotificationTemplates& templates, const std::map<std::string, std::string>& texts,
           const NotificationData& data, Time now)
      : templates_(templates), texts_(texts), data_(data), now_(now) {}

  // Each is rendered once, whoever asks first.
  const Result<std::string>& Get(std::string_view name) {
    static const Result<std::string> kUnknown{std::string()};
    const auto text = texts_.find(std::string(name));
    if (text == texts_.end()) return kUnknown;
    if (const auto known = rendered_.find(text->first); known != rendered_.end()) {
      return known->second;
    }
    failure_ = Failure(text->first);
    if (!failure_) return failure_;
    path_.push_back(text->first);
    Result<std::string> rendered = Render(text->second);
    path_.pop_back();
    return rendered_.emplace(text->first, std::move(rendered)).first->second;
  }

 private:
  // Of beginning with this one now.
  Result<std::string> Failure(const std::string& name) const {
    if (path_.size() == kMaxDepth) return Fail("route labels are nested too deeply");
    const auto begun = std::find(path_.begin(), path_.end(), name);
    if (begun == path_.end()) return std::string();
    std::string cycle = "route label cycle detected: ";
    for (auto step = begun; step != path_.end(); ++step) cycle += *step + " -> ";
    return Fail(cycle + name);
  }

  Result<std::string> Render(const std::string& text) {
    const auto compiled = templates_.Compile(text, NotificationTemplates::Mode::kText);
    if (!compiled) return Fail(compiled.error().message);
    auto expanded = templates_.Expand(*compiled, data_, now_,
                                      [this](std::string_view name) { return Get(name); });
    if (!expanded) return Fail(expanded.error().message);
    return *std::move(expanded);
  }

  const NotificationTemplates& templates_;
  const std::map<std::string, std::string>& texts_;
  const NotificationData& data_;
  const Time now_;
  std::vector<std::string> path_;  // Those being rendered, the innermost last.
  std::map<std::string, Result<std::string>> rendered_;
  Result<std::string> failure_;  // The last that was not begun.
};

}  // namespace

RenderedRouteLabels RenderRouteLabels(const NotificationTemplates& templates,
                                      model::Notification notification,
                                      const std::string& external_url, Time now) {
  const model::RouteLabelTemplatesPtr source = notification.route_label_templates;
  notification.alerts = source->alerts;
  notification.reason = model::NotifyReason::kUnknown;
  notification.route_labels = {};
  const std::map<std::string, std::string>& texts = *source->texts;
  const NotificationData data = MakeNotificationData(notification, external_url);
  Renderer renderer(templates, texts, data, now);
  RenderedRouteLabels rendered;
  std::vector<std::pair<std::string_view, std::string>> labels;
  for (const auto& [name, text] : texts) {
    const Result<std::string>& value = renderer.Get(name);
    if (value) {
      labels.emplace_back(name, *value);
    } else {
      rendered.errors.push_back("label " + GoQuote(name) + ": " + value.error().message);
    }
  }
  std::vector<model::Label> sorted;
  for (const auto& [name, value] : labels) sorted.push_back({name, value});
  rendered.labels = model::LabelSet::FromSorted(sorted);
  return rendered;
}

}  // namespace tocsin::templates
