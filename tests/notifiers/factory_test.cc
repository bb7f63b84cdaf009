#include "notifiers/factory.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::notifiers {
namespace {

config::ReceiverConfig Receiver() {
  config::ReceiverConfig receiver;
  receiver.name = "team";
  receiver.slack_configs.resize(2);
  receiver.email_configs.resize(1);
  receiver.webhook_configs.resize(1);
  receiver.webhook_configs[0].send_resolved = false;
  receiver.slack_configs[1].send_resolved = true;
  return receiver;
}

TEST(Factory, BuildsInAlertmanagersOrder) {
  config::Diagnostics diagnostics;
  const auto built =
      BuildIntegrations(Receiver(), templates::NotificationTemplates::Defaults(), &diagnostics);
  std::vector<std::string> ids;
  for (const IntegrationPtr& integration : built) {
    ids.push_back(integration->id().ToString() + (integration->send_resolved() ? " resolved" : ""));
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"team/webhook[0]", "team/email[0]", "team/slack[0]",
                                           "team/slack[1] resolved"}));
  EXPECT_FALSE(diagnostics.HasErrors());
}

TEST(Factory, WarnsOfWhatCannotSendAndCountsItAsFailed) {
  config::ReceiverConfig receiver = Receiver();
  receiver.jira_configs.resize(2);
  receiver.jira_configs[1].places = {{"tocsin.yml", 7, 3}, {}};
  receiver.pagerduty_configs.resize(1);
  receiver.pagerduty_configs[0].send_resolved = false;
  config::Diagnostics diagnostics;
  const auto built =
      BuildIntegrations(receiver, templates::NotificationTemplates::Defaults(), &diagnostics);
  ASSERT_EQ(built.size(), 7u);
  EXPECT_EQ(built[2]->id().ToString(), "team/pagerduty[0]");
  EXPECT_FALSE(built[2]->send_resolved());
  EXPECT_EQ(built[6]->id().ToString(), "team/jira[1]");
  EXPECT_TRUE(built[6]->send_resolved());
  const auto send = built[6]->Build({}, {});
  ASSERT_FALSE(send);
  EXPECT_FALSE(send.error().retry);
  EXPECT_EQ(send.error().error, "jira cannot send yet");
  EXPECT_FALSE(diagnostics.HasErrors());
  EXPECT_NE(diagnostics.ToString().find("tocsin.yml:7:3: warning: receiver \"team\": "
                                        "jira_configs[1] cannot send yet; its notifications count "
                                        "as failed\n"),
            std::string::npos);
}

TEST(Factory, ReportsEveryBadTemplateWithItsField) {
  config::ReceiverConfig receiver = Receiver();
  receiver.slack_configs[1].places = {{"tocsin.yml", 7, 3}, {{"fields", {"tocsin.yml", 9, 5}}}};
  receiver.email_configs[0].places = {{"tocsin.yml", 20, 3}, {}};
  receiver.slack_configs[1].title = "{{ nope }}";
  receiver.slack_configs[1].fields = {{"ok", "{{ if }}", std::nullopt}};
  receiver.email_configs[0].headers = {{"Subject", "{{"}};
  config::Diagnostics diagnostics;
  BuildIntegrations(receiver, templates::NotificationTemplates::Defaults(), &diagnostics);
  EXPECT_EQ(diagnostics.ToString(),
            "tocsin.yml:20:3: receiver \"team\": email_configs[0].headers.Subject: template: :1: "
            "unclosed action\n"
            "tocsin.yml:7:3: receiver \"team\": slack_configs[1].title: template: :1: function "
            "\"nope\" not defined\n"
            "tocsin.yml:9:5: receiver \"team\": slack_configs[1].fields[0].value: template: :1: "
            "missing value for if\n");
}

}  // namespace
}  // namespace tocsin::notifiers
