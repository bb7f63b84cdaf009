#include "lint/report.h"

#include "lint/suppressions.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::lint {
namespace {

std::vector<CheckedFile> Example() {
  config::Diagnostics diagnostics;
  diagnostics.AddError({"a,b:c.yml", 3, 7}, "unknown key \"x\"");
  diagnostics.AddWarning({"a,b:c.yml", 0, 0}, "100% odd");
  std::vector<CheckedFile> files(2);
  files[0].path = "a,b:c.yml";
  files[0].findings.Add(diagnostics);
  files[0].findings.Add("alert/irate", {"a,b:c.yml", 2, 1}, "two\nlines", "    irate(x)\n    ^\n");
  files[0].findings.Sort();
  files[1].path = "good.yml";
  return files;
}

TEST(Report, Text) {
  const std::vector<CheckedFile> files = Example();
  EXPECT_EQ(FindingsText(files[0].findings),
            "a,b:c.yml:2:1: notice: two\nlines [alert/irate]\n"
            "    irate(x)\n    ^\n"
            "a,b:c.yml:3:7: unknown key \"x\"\n"
            "a,b:c.yml: warning: 100% odd [load/warning]\n");
  EXPECT_EQ(VerdictText(files[0]), "a,b:c.yml: 1 error(s), 1 warning(s), 1 notice(s)\n");
  EXPECT_EQ(VerdictText(files[1]), "good.yml: ok\n");
}

TEST(Report, Json) {
  EXPECT_EQ(
      ReportJson(Example()),
      R"({"files":[{"path":"a,b:c.yml","errors":1,"warnings":1,"notices":1},)"
      R"({"path":"good.yml","errors":0,"warnings":0,"notices":0}],"findings":[)"
      R"({"id":"alert/irate","severity":"notice","file":"a,b:c.yml","line":2,"column":1,"message":"two\nlines"},)"
      R"({"id":"load/error","severity":"error","file":"a,b:c.yml","line":3,"column":7,"message":"unknown key \"x\""},)"
      R"({"id":"load/warning","severity":"warning","file":"a,b:c.yml","line":0,"column":0,"message":"100% odd"}]})"
      "\n");
}

TEST(Report, Github) {
  EXPECT_EQ(ReportGithub(Example()),
            "::notice file=a%2Cb%3Ac.yml,line=2,col=1,title=alert/irate::two%0Alines\n"
            "::error file=a%2Cb%3Ac.yml,line=3,col=7,title=load/error::unknown key \"x\"\n"
            "::warning file=a%2Cb%3Ac.yml,title=load/warning::100%25 odd\n");
}

TEST(Report, SaysHowManyErrorsALoadHasLeftOut) {
  config::Diagnostics diagnostics;
  for (std::size_t i = 0; i < config::Diagnostics::kKept + 5; ++i) {
    diagnostics.AddError({"f", 1, 1}, "bad");
  }
  Findings findings;
  findings.Add(diagnostics);
  EXPECT_EQ(findings.all().back().message, "and 5 more errors");
}

TEST(Report, ExitStatusIsThatOfTheGravest) {
  const auto status = [](const std::vector<std::string_view>& ids) {
    std::vector<CheckedFile> files(2);
    for (const std::string_view id : ids) files[1].findings.Add(id, {"f", 1, 1}, "m");
    return ExitStatus(files);
  };
  EXPECT_EQ(status({}), 0);
  EXPECT_EQ(status({"alert/irate"}), 0);
  EXPECT_EQ(status({"alert/irate", "load/warning"}), 3);
  EXPECT_EQ(status({"alert/no-condition"}), 3);
  EXPECT_EQ(status({"alert/no-condition", "expr/type"}), 1);
  EXPECT_EQ(status({"load/error"}), 1);
}

// The lines, of 12, for which a comment switches alert/irate off.
std::string Covered(std::string_view text) {
  const Suppressions suppressions(text);
  std::string lines;
  for (int line = 0; line <= 12; ++line) {
    if (!suppressions.Cover(line, "alert/irate")) continue;
    lines += (lines.empty() ? "" : " ") + std::to_string(line);
  }
  return lines;
}

TEST(Suppressions, CoverALineABlockOrTheFile) {
  EXPECT_EQ(Covered("a: 1\nb: 2 # tocsin: disable=alert/irate\nc: 3"), "2");
  EXPECT_EQ(Covered("a:\n- b: 1\n  # tocsin: disable=alert/irate\n  c:\n    d: 1\n\n    e: 2\n"
                    "  f: 3\n"),
            "4 5 6 7");
  // An item, with all that is in it.
  EXPECT_EQ(Covered("a:\n# tocsin: disable=alert/irate\n- b: 1\n  c: 2\n- d: 3\n"), "3 4");
  // A list whose dashes stand below the key.
  EXPECT_EQ(Covered("a:\n  # tocsin: disable=alert/irate\n  b:\n  - c: 1\n  - d: 2\n  e: 3\n"),
            "3 4 5");
  EXPECT_EQ(Covered("# about\n# tocsin: disable=alert/irate why\n\na: 1\n"),
            "0 1 2 3 4 5 6 7 8 9 10 11 12");
  EXPECT_EQ(Covered("a: 1\n# tocsin: disable=alert/no-condition,alert/irate\n# more\nb: 2\nc: 3\n"),
            "4");
  EXPECT_EQ(Covered("a: 1\nb: 2 # tocsin: disable=alert/no-condition\n"), "");
  EXPECT_EQ(Covered("a: 1\nb: 2 # disable=alert/irate\n"), "");
  EXPECT_EQ(Covered("a: 1\n# tocsin: disable=alert/irate\n"), "");
}

TEST(Suppressions, NameWhatDoesNotExist) {
  const Suppressions suppressions("a: 1\nb: 2 # tocsin: disable=alert/irate,alert/irat\n");
  ASSERT_EQ(suppressions.unknown().size(), 1u);
  EXPECT_EQ(suppressions.unknown()[0].id, "alert/irat");
  EXPECT_EQ(suppressions.unknown()[0].line, 2);
}

}  // namespace
}  // namespace tocsin::lint
