#include "app/event_metrics.h"

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <memory>
#include <sstream>
#include <string>

namespace tocsin::app {
namespace {

std::string Text(const prometheus::Registry& registry) {
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

router::Decision Refused(const std::string& alertname) {
  auto alert = std::make_shared<model::Alert>();
  alert->labels = {{"alertname", alertname}};
  return router::AlertRefused{alert};
}

TEST(EventMetricsTest, CountsRefusedAlertsByNameWhereThatIsAskedFor) {
  prometheus::Registry plain_registry, registry;
  EventMetrics plain(&plain_registry, {});
  plain.OnDecision({}, Refused("A"));
  EXPECT_NE(Text(plain_registry).find("alertmanager_alerts_limited_total 1\n"), std::string::npos);

  MetricFeatures features;
  features.alert_names = true;
  EventMetrics named(&registry, features);
  for (int i = 0; i < 2; ++i) named.OnDecision({}, Refused("A"));
  EXPECT_NE(Text(registry).find("alertmanager_alerts_limited_total{alertname=\"A\"} 2\n"),
            std::string::npos);
  // Whoever sends alerts chooses the names.
  for (int i = 0; i < 1500; ++i) named.OnDecision({}, Refused("name-" + std::to_string(i)));
  const std::string text = Text(registry);
  EXPECT_NE(text.find("alertname=\"name-998\"} 1\n"), std::string::npos);
  EXPECT_EQ(text.find("alertname=\"name-999\""), std::string::npos);
  EXPECT_NE(text.find("alertmanager_alerts_limited_total 501\n"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::app
