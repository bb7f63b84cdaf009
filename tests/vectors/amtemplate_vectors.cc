// Alertmanager's template engine with its default templates and functions, and its structured
// templates.

#include "config/yaml_reader.h"
#include "notifiers/structured_template.h"
#include "templates/notification_templates.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace tocsin::vectors {
namespace {

using model::NotifyReason;
using templates::NotificationTemplates;

// Alerts of the vectors end either long ago or in centuries.
bool IsResolved(const std::optional<Time>& end) {
  return end && *end < *ParseRfc3339("2025-01-01T00:00:00Z");
}

// Go writes a nil map as null.
model::LabelSet LabelsOrNone(const Line& line, std::string_view key) {
  const boost::json::value* value = line.if_contains(key);
  return value != nullptr && value->is_object() ? Labels(value->get_object()) : model::LabelSet();
}

model::NotifiedAlert ReadAlert(const Line& line) {
  auto alert = std::make_shared<model::Alert>();
  alert->labels = LabelsOrNone(line, "labels");
  alert->annotations = LabelsOrNone(line, "annotations");
  alert->starts_at = ParseRfc3339(Text(line, "startsAt")).value_or(kZeroTime);
  const std::optional<Time> end = ParseRfc3339(Text(line, "endsAt"));
  alert->ends_at = end.value_or(Time::max());
  alert->generator_url = Text(line, "generatorURL");
  return {alert, IsResolved(end)};
}

NotifyReason ReasonOf(const std::string& text) {
  for (const NotifyReason reason :
       {NotifyReason::kFirstNotification, NotifyReason::kNewAlertsAdded,
        NotifyReason::kAllAlertsResolved, NotifyReason::kSomeAlertsResolved,
        NotifyReason::kRepeatIntervalElapsed}) {
    if (model::ToString(reason) == text) return reason;
  }
  return NotifyReason::kUnknown;
}

templates::NotificationData ReadData(const Line& line) {
  model::Notification notification;
  notification.integration.receiver = Text(line, "receiver");
  notification.group_labels = LabelsOrNone(line, "group_labels");
  notification.reason = ReasonOf(Text(line, "reason"));
  const boost::json::value* alerts = line.if_contains("alerts");
  if (alerts != nullptr && alerts->is_array()) {
    for (const auto& alert : alerts->get_array()) {
      notification.alerts.push_back(ReadAlert(alert.as_object()));
    }
  }
  // As the program's flags have normalised it.
  templates::NotificationData data =
      templates::MakeNotificationData(notification, Text(Object(line, "data"), "externalURL"));
  if (Text(line, "reason").empty()) data.reason = {};  // Data that no notification was made of.
  return data;
}

class AmTemplates {
 public:
  AmTemplates() : templates_(NotificationTemplates::Defaults()) {
    for (const Line& line : ReadLines(*VectorsFolder() / "amtemplate.data.jsonl")) {
      data_.emplace(Text(line, "id"), ReadData(line));
    }
  }

  void Check(Case& c) {
    const Line& line = c.line();
    const Result<std::string> got =
        Text(line, "kind") == "deepcopy" ? Structured(line) : Expand(line);
    c.Expect("error", Flag(line, "error"), !got);
    if (!got) return;
    if (Text(line, "kind") == "deepcopy") {
      const auto want = line.find("expect");
      if (want == line.end()) return;
      c.Expect("expect", boost::json::serialize(want->value()),
               boost::json::serialize(boost::json::parse(*got)));
    } else {
      c.Expect("expect", Text(line, "expect"), *got);
    }
  }

 private:
  const templates::NotificationData& Data(const Line& line) const {
    return data_.at(Text(line, "data"));
  }

  Result<std::string> Expand(const Line& line) const {
    const auto mode = Text(line, "mode") == "html" ? NotificationTemplates::Mode::kHtml
                                                   : NotificationTemplates::Mode::kText;
    const auto compiled = templates_->Compile(Text(line, "template"), mode);
    if (!compiled) return tl::unexpected(compiled.error());
    return templates_->Expand(*compiled, Data(line), kNow);
  }

  Result<std::string> Structured(const Line& line) const {
    config::Diagnostics diagnostics;
    const auto documents =
        config::ReadYaml(boost::json::serialize(line.at("value")), "value", &diagnostics);
    if (!documents || documents->empty()) return Fail(diagnostics.ToString());
    const config::Places nowhere;
    notifiers::FieldCompiler compiler(templates_, {}, nowhere, &diagnostics);
    const notifiers::StructuredTemplate structured(*documents->front(), "value", &compiler);
    if (diagnostics.HasErrors()) return Fail(diagnostics.ToString());
    notifiers::FieldExpander expand(templates_, Data(line), kNow);
    std::string json;
    if (Status status = structured.AppendJson(expand, &json); !status) {
      return tl::unexpected(status.error());
    }
    if (expand.error()) return Fail(*expand.error());
    return json;
  }

  static constexpr Time kNow{std::chrono::seconds(1'800'000'000)};

  std::shared_ptr<const NotificationTemplates> templates_;
  std::map<std::string, templates::NotificationData> data_;
};

TEST(Vectors, AmTemplates) {
  std::unique_ptr<AmTemplates> templates;
  if (VectorsFolder()) templates = std::make_unique<AmTemplates>();
  RunCollection("amtemplate", "amtemplate.jsonl", [&](Case& c) { templates->Check(c); });
}

}  // namespace
}  // namespace tocsin::vectors
