#include "templates/route_labels.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tocsin::templates {
namespace {

constexpr Time kNow{std::chrono::seconds(1'700'000'000)};

struct Rendered {
  std::string labels;
  std::vector<std::string> errors;
  bool operator==(const Rendered&) const = default;
};

Rendered Render(std::map<std::string, std::string> texts) {
  auto source = std::make_shared<model::RouteLabelTemplates>();
  source->texts = std::make_shared<const std::map<std::string, std::string>>(std::move(texts));
  for (const char* instance : {"a", "b"}) {
    auto alert = std::make_shared<model::Alert>();
    alert->labels = {{"alertname", "Disk"}, {"instance", instance}, {"team", "storage"}};
    source->alerts.push_back({alert, instance[0] == 'b'});
  }
  model::Notification notification;
  notification.integration.receiver = "on.call";
  notification.group_labels = {{"alertname", "Disk"}};
  notification.reason = model::NotifyReason::kNewAlertsAdded;
  // The message is about fewer alerts than the flush.
  notification.alerts = {source->alerts.front()};
  notification.route_label_templates = source;
  static const auto templates = NotificationTemplates::Defaults();
  RenderedRouteLabels rendered =
      RenderRouteLabels(*templates, notification, "http://am.example:9093", kNow);
  return {rendered.labels.ToString(), std::move(rendered.errors)};
}

TEST(RouteLabels, SeeTheDataOfAMessageOverAllAlertsOfTheFlush) {
  EXPECT_EQ(Render({{"count", "{{ len .Alerts }}/{{ len .Alerts.Firing }}"},
                    {"group", "{{ .GroupLabels.alertname }} {{ .CommonLabels.team }}"},
                    {"plain", "x"},
                    {"reason", "{{ .NotificationReason }} {{ .RouteLabels }}"},
                    {"receiver", "{{ .Receiver }} {{ .Status }} {{ .ExternalURL }}"},
                    {"time", "{{ now.Unix }}"}}),
            (Rendered{"{count=\"2/1\", group=\"Disk storage\", plain=\"x\", reason=\"unknown \", "
                      "receiver=\"on\\\\.call firing http://am.example:9093\", "
                      "time=\"1700000000\"}",
                      {}}));
}

TEST(RouteLabels, TakeEachOtherIn) {
  EXPECT_EQ(
      Render({{"a", "<{{ routeLabels `b` }}>"},
              {"b", "{{ routeLabels `c` }}{{ routeLabels `c` }}"},
              {"c", "{{ .CommonLabels.team }}"},
              {"d", "[{{ routeLabels `none` }}]"}}),
      (Rendered{"{a=\"<storagestorage>\", b=\"storagestorage\", c=\"storage\", d=\"[]\"}", {}}));
}

TEST(RouteLabels, OneThatFailsIsLeftOutAndSaidSo) {
  const Rendered rendered =
      Render({{"bad", "{{ if"}, {"user", "{{ routeLabels `bad` }}"}, {"good", "x"}});
  EXPECT_EQ(rendered.labels, "{good=\"x\"}");
  ASSERT_EQ(rendered.errors.size(), 2u);
  EXPECT_EQ(rendered.errors[0].substr(0, 12), "label \"bad\":");
  EXPECT_EQ(rendered.errors[1].substr(0, 13), "label \"user\":");
}

TEST(RouteLabels, ACycleIsAnErrorOfEachInIt) {
  const Rendered rendered = Render({{"a", "{{ routeLabels `b` }}"},
                                    {"b", "{{ routeLabels `a` }}"},
                                    {"c", "{{ routeLabels `c` }}"},
                                    {"d", "fine"}});
  EXPECT_EQ(rendered.labels, "{d=\"fine\"}");
  ASSERT_EQ(rendered.errors.size(), 3u);
  EXPECT_NE(rendered.errors[0].find("route label cycle detected: a -> b -> a"), std::string::npos)
      << rendered.errors[0];
  EXPECT_NE(rendered.errors[2].find("route label cycle detected: c -> c"), std::string::npos);
}

TEST(RouteLabels, AChainEndsAtItsLimit) {
  std::map<std::string, std::string> texts{{"l1000", "end"}};
  for (int i = 0; i < 200; ++i) {
    texts["l" + std::to_string(1000 - 1 - i)] =
        "{{ routeLabels `l" + std::to_string(1000 - i) + "` }}";
  }
  const Rendered rendered = Render(texts);
  EXPECT_NE(rendered.errors.at(0).find("route labels are nested too deeply"), std::string::npos);
  EXPECT_NE(rendered.labels.find("l999=\"end\""), std::string::npos) << rendered.labels;
}

}  // namespace
}  // namespace tocsin::templates
