#include "app/check.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace tocsin::app {
namespace {

class CheckTest : public testing::Test {
 protected:
  CheckTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-check-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    Write("rules.yml",
          "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n"
          "    annotations: {summary: s}\n");
  }
  ~CheckTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  // Standard output, standard error, exit status; without the folder's name.
  std::string Run() {
    char* out = nullptr;
    char* errors = nullptr;
    std::size_t out_size = 0;
    std::size_t errors_size = 0;
    std::FILE* const out_file = open_memstream(&out, &out_size);
    std::FILE* const errors_file = open_memstream(&errors, &errors_size);
    const int status = RunCheck(options_, out_file, errors_file);
    std::fclose(out_file);
    std::fclose(errors_file);
    std::string text = std::string(errors) + "--\n" + out + "-- " + std::to_string(status);
    std::free(out);
    std::free(errors);
    for (std::size_t at; (at = text.find(folder_ + "/")) != std::string::npos;) {
      text.erase(at, folder_.size() + 1);
    }
    return text;
  }

  std::string folder_;
  CheckOptions options_;
};

constexpr const char* kUnconditional =
    "rules.yml:5:11: warning: this alert fires whatever the value is: `up` compares nothing "
    "[alert/no-condition]\n    up\n    ^\n";

TEST_F(CheckTest, ChecksAConfigurationWithItsRules) {
  options_.files = {Write("tocsin.yml",
                          "datasources: [{url: 'http://x'}]\n"
                          "rule_files: [rules.yml]\n"
                          "route: {receiver: a, group_by: [x], repeat_interval: 5d}\n"
                          "receivers:\n"
                          "- {name: a, webhook_configs: [{url: 'http://x'}]}\n"
                          "- {name: b} # tocsin: disable=receiver/unused\n")};
  EXPECT_EQ(Run(), kUnconditional + std::string("--\ntocsin.yml: 1 warning(s)\n-- 3"));
  options_.load.data_retention = std::chrono::hours(24);
  options_.disabled = {"alert/no-condition"};
  EXPECT_EQ(Run(),
            "tocsin.yml:3:54: warning: repeat_interval is more than --data.retention: what was "
            "notified is forgotten after 1d, and repeated then [load/warning]\n"
            "--\ntocsin.yml: 1 warning(s)\n-- 3");
}

TEST_F(CheckTest, ChecksARuleFileAlone) {
  options_.files = {folder_ + "/rules.yml"};
  EXPECT_EQ(Run(), kUnconditional + std::string("--\nrules.yml: 1 warning(s)\n-- 3"));
  options_.disabled = {"alert/no-condition"};
  EXPECT_EQ(Run(), "--\nrules.yml: ok\n-- 0");
  options_.files = {Write("b.rules", "groups:\n- name: g\n  rules: [{alert: A}]\n")};
  EXPECT_EQ(Run(),
            "b.rules:3:11: group \"g\", rule 1, \"A\": field 'expr' must be set in rule\n"
            "--\nb.rules: 1 error(s)\n-- 1");
}

TEST_F(CheckTest, AnEmptyFileHasNoRules) {
  for (const char* text : {"", "# to do\n", "---\n", "null\n", "{}\n"}) {
    options_.files = {Write("empty.rules", text)};
    EXPECT_EQ(Run(),
              "empty.rules:1:1: warning: the file is empty: a rule file without rules; no server "
              "starts with it as its configuration [load/warning]\n"
              "--\nempty.rules: 1 warning(s)\n-- 3")
        << text;
  }
}

TEST_F(CheckTest, AnErrorOutweighsWarnings) {
  options_.files = {folder_ + "/rules.yml", folder_ + "/absent.yml",
                    Write("empty.yml", "groups: []\n")};
  EXPECT_EQ(Run(),
            kUnconditional + std::string("absent.yml: cannot open: No such file or directory\n--\n"
                                         "rules.yml: 1 warning(s)\nabsent.yml: 1 error(s)\n"
                                         "empty.yml: ok\n-- 1"));
}

TEST_F(CheckTest, CommentsSwitchFindingsOff) {
  options_.files = {Write("rules.yml",
                          "groups:\n- name: g\n  rules:\n"
                          "  # tocsin: disable=alert/no-condition,alert/no-anotations\n"
                          "  - alert: A\n    expr: up\n  - alert: B\n    expr: x == 0\n")};
  EXPECT_EQ(Run(),
            "rules.yml:4:1: warning: there is no finding \"alert/no-anotations\" to disable "
            "[load/warning]\n"
            "rules.yml:5:5: notice: alert \"A\" has no annotations: the page will not say what it "
            "is about [alert/no-annotations]\n"
            "rules.yml:7:5: notice: alert \"B\" has no annotations: the page will not say what it "
            "is about [alert/no-annotations]\n"
            "--\nrules.yml: 1 warning(s), 2 notice(s)\n-- 3");
}

TEST_F(CheckTest, RefusesToDisableWhatDoesNotExist) {
  options_.files = {folder_ + "/rules.yml"};
  options_.disabled = {"alert/no-conditions"};
  EXPECT_EQ(Run(),
            "tocsin: error: --disable: there is no finding \"alert/no-conditions\" to disable; did "
            "you mean \"alert/no-condition\"?\n--\n-- 2");
  options_.disabled = {"load/error"};
  EXPECT_EQ(Run(),
            "tocsin: error: --disable: there is no finding \"load/error\" to disable\n--\n-- 2");
}

TEST_F(CheckTest, ReportsToPrograms) {
  options_.files = {folder_ + "/rules.yml"};
  options_.format = "github";
  EXPECT_EQ(Run(),
            "--\n::warning file=rules.yml,line=5,col=11,title=alert/no-condition::this alert fires "
            "whatever the value is: `up` compares nothing\n-- 3");
  options_.format = "json";
  EXPECT_NE(Run().find("{\"id\":\"alert/no-condition\",\"severity\":\"warning\","),
            std::string::npos);
}

TEST_F(CheckTest, TheExamplesAreClean) {
  const std::string examples = TOCSIN_SOURCE_DIR "/examples/";
  for (const char* file : {"tocsin.yml", "alert.rules", "demo/alert.rules"}) {
    const lint::CheckedFile checked = CheckFile(examples + file, options_);
    EXPECT_EQ(lint::FindingsText(checked.findings), "") << file;
  }
}

}  // namespace
}  // namespace tocsin::app
