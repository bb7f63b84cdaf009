#include "app/template_render.h"

#include "app/template_data.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace tocsin::app {
namespace {

struct Rendered {
  int status = 0;
  std::string out, errors;
  bool operator==(const Rendered&) const = default;
};
std::ostream& operator<<(std::ostream& stream, const Rendered& r) {
  return stream << r.status << " \"" << r.out << "\" \"" << r.errors << "\"";
}

// A stream that fills a string.
class Capture {
 public:
  Capture() : file_(open_memstream(&text_, &size_)) {}
  ~Capture() {
    if (file_ != nullptr) std::fclose(file_);
    std::free(text_);
  }
  std::FILE* file() { return file_; }
  std::string Take() {
    std::fclose(file_);
    file_ = nullptr;
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
};

Rendered Render(const TemplateRenderOptions& options) {
  Capture out, errors;
  Rendered rendered;
  rendered.status = RunTemplateRender(options, out.file(), errors.file());
  rendered.out = out.Take();
  rendered.errors = errors.Take();
  return rendered;
}

Rendered RenderText(const std::string& text, const std::string& type = "text") {
  TemplateRenderOptions options;
  options.text = text;
  options.type = type;
  return Render(options);
}

TemplateRenderOptions RuleOptions(const std::string& annotation) {
  TemplateRenderOptions options;
  options.is_rule = true;
  options.annotation = annotation;
  options.labels = {"instance=a:9100", "job=node", "empty=", "with=equals=sign"};
  options.value = "0.25";
  options.external_labels = {"dc=eu"};
  options.external_url = "http://prometheus/pfx";
  return options;
}

class TemplateRender : public testing::Test {
 protected:
  TemplateRender() : folder_(testing::TempDir() + "template_render_test") {
    std::filesystem::create_directories(folder_);
  }
  ~TemplateRender() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }

  std::string folder_;
};

TEST_F(TemplateRender, TheExampleIsThatOfAmtool) {
  EXPECT_EQ(
      RenderText("{{ .Status }} {{ .CommonLabels }} {{ len .Alerts.Firing }} {{ .Receiver }}"),
      (Rendered{0,
                "alertstatus commonlabelkey1=commonlabelvalue1, "
                "commonlabelkey2=commonlabelvalue2 1 receiver",
                ""}));
  EXPECT_EQ(RenderText("<b>{{ `<` }}</b>", "html"), (Rendered{0, "<b>&lt;</b>", ""}));
  EXPECT_EQ(RenderText(""), (Rendered{0, "", ""}));
  EXPECT_EQ(RenderText("{{ template `slack.default.color` . }}"), (Rendered{0, "good", ""}));
}

TEST_F(TemplateRender, FilesAndData) {
  TemplateRenderOptions options;
  Write("a.tmpl", "{{ define `mine` }}[{{ .Status }}]{{ end }}");
  options.globs = {folder_ + "/*.tmpl"};
  options.data_file = Write("data.json",
                            R"({"STATUS": "odd", "other": 1, "alerts": [{"status": "firing",
                                "labels": {"a": "1"}, "startsAt": "2026-01-02T03:04:05.5+02:00"},
                                {}]})");
  options.text =
      "{{ template `mine` . }}{{ range .Alerts }} {{ .StartsAt }} {{ .Labels }}{{ end }} {{ toJson "
      "(index .Alerts 1) }}";
  EXPECT_EQ(Render(options),
            (Rendered{0,
                      "[odd] 2026-01-02 03:04:05.5 +0200 +0200 a=1 0001-01-01 00:00:00 +0000 UTC  "
                      R"({"status":"","labels":null,"annotations":null,)"
                      R"("startsAt":"0001-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00Z",)"
                      R"("generatorURL":"","fingerprint":""})",
                      ""}));
}

TEST_F(TemplateRender, ErrorsShowTheirPlace) {
  EXPECT_EQ(RenderText("ok\n  {{ foo }}"),
            (Rendered{1, "",
                      "tocsin: error: --template.text:2:6: template: :2: function \"foo\" not "
                      "defined\n      {{ foo }}\n         ^\n"}));
  EXPECT_EQ(RenderText("ok\n{{ .Foo }}"),
            (Rendered{1, "",
                      "tocsin: error: --template.text:2:4: template: :2:3: executing \"\" at "
                      "<.Foo>: can't evaluate field Foo in type template.Data\n"
                      "    {{ .Foo }}\n       ^\n"}));
  TemplateRenderOptions options;
  const std::string file = Write("bad.tmpl", "{{ define `a` }}\n{{ .Foo }}{{ end }}");
  options.globs = {file};
  options.text = "{{ template `a` . }}";
  EXPECT_EQ(Render(options),
            (Rendered{1, "",
                      "tocsin: error: " + file +
                          ":2:4: template: bad.tmpl:2:3: executing \"a\" at <.Foo>: can't "
                          "evaluate field Foo in type template.Data\n"
                          "    {{ .Foo }}{{ end }}\n       ^\n"}));
  Write("bad.tmpl", "{{ define `a` }}{{ nope }}{{ end }}");
  EXPECT_EQ(Render(options),
            (Rendered{1, "",
                      file +
                          ":1:20: template: bad.tmpl:1: function \"nope\" not defined\n"
                          "    {{ define `a` }}{{ nope }}{{ end }}\n" +
                          std::string(23, ' ') + "^\n"}));
}

TEST_F(TemplateRender, Annotations) {
  EXPECT_EQ(Render(RuleOptions("{{ $labels.instance }}{{ $labels.empty }} {{ $labels.with }} "
                               "{{ $value | humanizePercentage }} {{ $externalLabels.dc }} "
                               "{{ externalURL }}{{ pathPrefix }} {{ $labels.none }}")),
            (Rendered{0, "a:9100 equals=sign 25% eu http://prometheus/pfx/pfx ", ""}));
  EXPECT_EQ(Render(RuleOptions("plain")), (Rendered{0, "plain", ""}));
  TemplateRenderOptions html =
      RuleOptions("{{ define `t` }}<b>{{ . }}</b>{{ end }}{{ tmpl `t` `<` }}");
  html.type = "html";
  EXPECT_EQ(Render(html), (Rendered{0, "<b>&lt;</b>", ""}));
}

TEST_F(TemplateRender, Queries) {
  TemplateRenderOptions options =
      RuleOptions("{{ range query `up == 0` }}{{ .Labels.instance }}={{ .Value }};{{ end }}");
  Rendered rendered = Render(options);
  EXPECT_EQ(rendered.status, 1);
  EXPECT_NE(rendered.errors.find("no answer to \"up == 0\" was given (--query.data)\n"),
            std::string::npos)
      << rendered.errors;
  options.query_file =
      Write("answers.json", R"({"up == 0": [{"labels": {"instance": "a"}, "value": 0},
                                                 {"labels": {"instance": "b"}, "value": "NaN"}]})");
  EXPECT_EQ(Render(options), (Rendered{0, "a=0;b=NaN;", ""}));
}

TEST_F(TemplateRender, ErrorsInAnnotations) {
  EXPECT_EQ(Render(RuleOptions("one\n\t{{ $lables.job }}")),
            (Rendered{1, "",
                      "tocsin: error: --annotation:2:5: template: __alert_Alert:2: undefined "
                      "variable \"$lables\"\n     {{ $lables.job }}\n        ^\n"}));
  EXPECT_EQ(Render(RuleOptions("{{ first (query `none`) }}")).status, 1);
  EXPECT_EQ(
      Render(RuleOptions("{{ $value | toTime | title }}")),
      (Rendered{1, "",
                "tocsin: error: --annotation:1:22: error executing template __alert_Alert: "
                "template: __alert_Alert:1:133: executing \"__alert_Alert\" at <title>: wrong "
                "type for value; expected string; got time.Time\n"
                "    {{ $value | toTime | title }}\n" +
                    std::string(25, ' ') + "^\n"}));
  TemplateRenderOptions options = RuleOptions("x");
  options.labels = {"novalue"};
  EXPECT_EQ(
      Render(options),
      (Rendered{2, "", "tocsin: error: --label: \"novalue\" is not of the form NAME=VALUE\n"}));
  options = RuleOptions("x");
  options.value = "many";
  EXPECT_EQ(Render(options).status, 2);
}

TEST(TemplateData, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"x", "not valid JSON: syntax error"},
      {"[]", "the document must be an object"},
      {R"({"status": 1})", "status must be a string"},
      {R"({"alerts": {}})", "alerts must be a list"},
      {R"({"alerts": [1]})", "alerts[0] must be an object"},
      {R"({"alerts": [{}, {"labels": {"a": 1}}]})", "alerts[1].labels.a must be a string"},
      {R"({"alerts": [{"endsAt": "now"}]})", "alerts[0].endsAt must be a time as RFC 3339 has it"},
      {R"({"groupLabels": []})", "groupLabels must be an object"},
  };
  for (const auto& [json, want] : cases) {
    const auto data = ParseTemplateData(json);
    ASSERT_FALSE(data) << json;
    EXPECT_EQ(data.error().message, want) << json;
  }
  EXPECT_TRUE(ParseTemplateData("null"));
  EXPECT_TRUE(ParseTemplateData(R"({"alerts": null, "groupLabels": null, "status": null})"));
  EXPECT_FALSE(ParseQueryAnswers(R"({"q": [{"value": "x"}]})"));
  EXPECT_FALSE(ParseQueryAnswers(R"({"q": {}})"));
  EXPECT_FALSE(ParseQueryAnswers("[]"));
}

}  // namespace
}  // namespace tocsin::app
