#include "templates/notification_templates.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tocsin::templates {
namespace {

using Mode = NotificationTemplates::Mode;

Time At(std::string_view text) {
  return *ParseRfc3339(text);
}

model::NotifiedAlert TestAlert(model::LabelSet labels, model::LabelSet annotations,
                               bool resolved = false) {
  auto alert = std::make_shared<model::Alert>();
  alert->labels = std::move(labels);
  alert->annotations = std::move(annotations);
  alert->starts_at = At("2026-03-01T10:20:30.5Z");
  alert->ends_at = At("2026-03-01T11:00:00Z");
  alert->generator_url = "http://p/graph?a=1&b=2";
  return {alert, resolved};
}

// A folder of template files for one test.
class TemplateFolder {
 public:
  TemplateFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("tocsin-templates-" +
               std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + "-" +
               std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~TemplateFolder() { std::filesystem::remove_all(path_); }

  std::string Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path_ / name;
    std::ofstream(file) << text;
    return file.string();
  }
  std::string Glob(const std::string& pattern) const { return (path_ / pattern).string(); }

 private:
  std::filesystem::path path_;
};

class NotificationTemplatesTest : public testing::Test {
 protected:
  NotificationTemplatesTest() {
    notification_.integration.receiver = "team.x y";
    notification_.group_labels = {{"alertname", "HighCPU"}, {"cluster", "eu"}};
    notification_.reason = model::NotifyReason::kNewAlertsAdded;
    notification_.route_labels = {{"team", "x"}};
    const auto labels = [](std::string_view instance) {
      return model::LabelSet{{"alertname", "HighCPU"},
                             {"cluster", "eu"},
                             {"instance", instance},
                             {"severity", "critical"}};
    };
    const model::LabelSet annotations{{"summary", "CPU <90%> & \"hot\""}};
    notification_.alerts = {TestAlert(labels("a"), annotations),
                            TestAlert(labels("b"), annotations),
                            TestAlert(labels("c"), annotations, true)};
  }

  Result<std::string> Render(const std::string& text, Mode mode = Mode::kText) const {
    const auto compiled = templates_->Compile(text, mode);
    if (!compiled) return tl::unexpected(compiled.error());
    return templates_->Expand(*compiled,
                              MakeNotificationData(notification_, "http://am.example:9093"),
                              At("2026-03-01T12:20:30Z"));
  }
  std::string Text(const std::string& text) const {
    const Result<std::string> rendered = Render(text);
    return rendered ? *rendered : "error: " + rendered.error().message;
  }
  std::string Html(const std::string& text) const {
    const Result<std::string> rendered = Render(text, Mode::kHtml);
    return rendered ? *rendered : "error: " + rendered.error().message;
  }

  std::shared_ptr<const NotificationTemplates> templates_ = NotificationTemplates::Defaults();
  model::Notification notification_;
};

TEST_F(NotificationTemplatesTest, DataIsWhatAlertmanagerShows) {
  EXPECT_EQ(Text("{{ .Receiver }}|{{ .Status }}|{{ .NotificationReason }}|{{ .ExternalURL }}"),
            "team\\.x y|firing|new alerts added|http://am.example:9093");
  EXPECT_EQ(
      Text("{{ .GroupLabels }}|{{ .CommonLabels.Remove .GroupLabels.Names }}|{{ .RouteLabels }}"),
      "alertname=HighCPU, cluster=eu|severity=critical|team=x");
  EXPECT_EQ(Text("{{ len .Alerts }} {{ len .Alerts.Firing }} {{ len .Alerts.Resolved }}"), "3 2 1");
  EXPECT_EQ(Text("{{ range .Alerts.Resolved }}{{ .Status }} {{ .StartsAt }} {{ .EndsAt }} "
                 "{{ .GeneratorURL }}{{ end }}"),
            "resolved 2026-03-01 10:20:30.5 +0000 UTC 2026-03-01 11:00:00 +0000 UTC "
            "http://p/graph?a=1&b=2");
  EXPECT_EQ(Text("{{ (index .Alerts 0).EndsAt.IsZero }}"), "true");
  EXPECT_EQ(Text("{{ .CommonLabels.Values.Join \"/\" }}"), "HighCPU/eu/critical");
  for (auto& alert : notification_.alerts) alert.resolved = true;
  EXPECT_EQ(Text("{{ .Status }}"), "resolved");
}

TEST_F(NotificationTemplatesTest, FunctionsThatDependOnTheMoment) {
  EXPECT_EQ(Text("{{ now.UTC }}"), "2026-03-01 12:20:30 +0000 UTC");
  EXPECT_TRUE(Text("{{ printf \"%#v\" now }}").ends_with("time.Local)"));
  EXPECT_EQ(Text("{{ eq (printf \"%s\" now) (printf \"%s\" now.Local) }}"), "true");
  EXPECT_EQ(Text("{{ since (index .Alerts 0).StartsAt }}"), "1h59m59.5s");
  EXPECT_EQ(Text("{{ routeLabels \"team\" }}|{{ routeLabels \"nope\" }}"), "x|");
}

TEST_F(NotificationTemplatesTest, FunctionsWithoutVectors) {
  EXPECT_EQ(Text("{{ toDate \"2006-01-02\" \"2026-03-01\" }}"), "2026-03-01 00:00:00 +0000 UTC");
  EXPECT_EQ(Text("{{ (toDate \"2006-01-02\" \"x\").IsZero }}"), "true");
  EXPECT_TRUE(Text("{{ mustToDate \"2006-01-02\" \"x\" }}").starts_with("error: "));
  EXPECT_EQ(Text("{{ base64encode \"a?>\" }} {{ base64decode \"YT8-\" }}"), "YT8- a?>");
  EXPECT_TRUE(Text("{{ base64decode \"!\" }}").ends_with("illegal base64 data at input byte 0"));
  EXPECT_EQ(Text("{{ \"1h\" | title | toJson }}"), "\"1H\"");
  EXPECT_EQ(Text("{{ toJson .Alerts.Firing | len | lt 10 }}"), "true");
}

TEST_F(NotificationTemplatesTest, SubjectAndLink) {
  EXPECT_EQ(Text("{{ template \"__subject\" . }}"), "[FIRING:2] HighCPU eu (critical)");
  EXPECT_EQ(Text("{{ template \"__alertmanagerURL\" . }}"),
            "http://am.example:9093/#/alerts?receiver=team%5C.x+y");
  notification_.group_labels = {};
  EXPECT_EQ(Text("{{ template \"__subject\" . }}"), "[FIRING:2]  (HighCPU eu critical)");
}

TEST_F(NotificationTemplatesTest, DefaultHtmlMail) {
  const std::string mail = Html("{{ template \"email.default.html\" . }}");
  std::size_t at = 0;
  // The order in which a reader meets them.
  for (const char* part : {"<!DOCTYPE html>",
                           "<title>[FIRING:2] HighCPU eu (critical)</title>",
                           "#E6522C",
                           "3 alerts for alertname=HighCPU cluster=eu",
                           "href=\"http://am.example:9093/#/alerts?receiver=team%5C.x&#43;y\"",
                           "View in Alertmanager",
                           "[2] Firing",
                           "Labels",
                           "instance = a<br>",
                           "Annotations",
                           "summary = CPU &lt;90%&gt; &amp; &#34;hot&#34;<br>",
                           "href=\"http://p/graph?a=1&amp;b=2\"",
                           "Source",
                           "instance = b<br>",
                           "<hr",
                           "[1] Resolved",
                           "instance = c<br>",
                           "href=\"http://am.example:9093\"",
                           "Sent by Alertmanager",
                           "</html>"}) {
    const std::size_t found = mail.find(part, at);
    ASSERT_NE(found, std::string::npos) << part << " in\n" << mail;
    at = found;
  }
  EXPECT_EQ(mail.find("ZgotmplZ"), std::string::npos);
}

TEST_F(NotificationTemplatesTest, DefaultHtmlMailOfOneResolvedAlert) {
  notification_.alerts.erase(notification_.alerts.begin(), notification_.alerts.begin() + 2);
  const std::string mail = Html("{{ template \"email.default.html\" . }}");
  EXPECT_NE(mail.find("#68B90F"), std::string::npos);
  EXPECT_NE(mail.find("1 alert for alertname"), std::string::npos);
  EXPECT_EQ(mail.find("Firing"), std::string::npos);
  EXPECT_EQ(mail.find("<hr"), std::string::npos);
}

TEST_F(NotificationTemplatesTest, EmptyTextCostsNothing) {
  EXPECT_EQ(Text(""), "");
  EXPECT_EQ(*templates_->Expand(CompiledTemplate(), NotificationData(), Time()), "");
}

TEST_F(NotificationTemplatesTest, FilesReplaceDefinitions) {
  const TemplateFolder folder;
  folder.Write("a.tmpl",
               "{{ define \"__subject\" }}first{{ end }}"
               "{{ define \"mine\" }}{{ .Status }} <&>{{ end }}");
  folder.Write("b.tmpl", "{{ define \"__subject\" }}second{{ end }}");
  folder.Write("c.txt", "{{ define \"__subject\" }}third{{ end }}whole {{ .Status }}");
  config::Diagnostics diagnostics;
  templates_ = NotificationTemplates::Load(
      {folder.Glob("*.tmpl"), folder.Glob("nothing*"), folder.Glob("c.txt")}, &diagnostics);
  ASSERT_NE(templates_, nullptr) << diagnostics.ToString();
  EXPECT_EQ(Text("{{ template \"slack.default.title\" . }}"), "third");
  EXPECT_EQ(Text("{{ template \"mine\" . }}"), "firing <&>");
  EXPECT_EQ(Text("{{ template \"c.txt\" . }}"), "whole firing");
  EXPECT_EQ(Html("{{ template \"email.default.subject\" . }}"), "third");
}

TEST_F(NotificationTemplatesTest, LoadReportsAllBadFiles) {
  const TemplateFolder folder;
  const std::string a = folder.Write("a.tmpl", "ok\n{{ nope }}");
  const std::string b = folder.Write("b.tmpl", "{{ if }}");
  folder.Write("c.tmpl", "fine");
  config::Diagnostics diagnostics;
  EXPECT_EQ(NotificationTemplates::Load({folder.Glob("*.tmpl")}, &diagnostics), nullptr);
  EXPECT_EQ(diagnostics.ToString(),
            a + ":2:4: template: a.tmpl:2: function \"nope\" not defined\n" + b +
                ":1:7: template: b.tmpl:1: missing value for if\n");
  EXPECT_EQ(diagnostics.all()[0].excerpt, "    {{ nope }}\n       ^\n");
}

// As Go's filepath.Match does.
TEST_F(NotificationTemplatesTest, LoadRefusesBadPatterns) {
  for (const char* bad : {"/x/[x", "/x/[", "/x/[]", "/x/[]a]", "/x/[^]", "/x/[-]", "/x/[a-]",
                          "/x/[\\", "/x/a\\", "/x/*[a-z"}) {
    config::Diagnostics diagnostics;
    EXPECT_EQ(NotificationTemplates::Load({bad}, &diagnostics), nullptr) << bad;
    EXPECT_EQ(diagnostics.ToString(), std::string(bad) + ": syntax error in pattern\n");
  }
  for (const char* good : {"/x/[x]", "/x/[^a-z0-9]*", "/x/[\\]]", "/x/\\[", "/x/]", "/x/?", ""}) {
    config::Diagnostics diagnostics;
    EXPECT_NE(NotificationTemplates::Load({good}, &diagnostics), nullptr) << good;
  }
}

TEST_F(NotificationTemplatesTest, AFolderIsNoTemplate) {
  config::Diagnostics diagnostics;
  EXPECT_EQ(NotificationTemplates::Load({"/tm[p]"}, &diagnostics), nullptr);
  EXPECT_EQ(diagnostics.ToString(), "/tmp: is a directory\n");
}

TEST_F(NotificationTemplatesTest, AFieldMayDefineItsOwn) {
  EXPECT_EQ(Text("{{ define \"__subject\" }}S{{ end }}{{ template \"slack.default.title\" . }}"),
            "S");
  EXPECT_EQ(Text("{{ template \"slack.default.title\" . }}"), "[FIRING:2] HighCPU eu (critical)");
}

}  // namespace
}  // namespace tocsin::templates
