#pragma once

// Findings as people, programs and code hosts read them. Pure.

#include "base/result.h"
#include "lint/finding.h"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::lint {

enum class Format { kText, kJson, kGithub };

// What was checked, and what came of it.
struct CheckedFile {
  std::string path;
  Findings findings;
};

// A line for each finding, with excerpts: for a terminal.
std::string FindingsText(const Findings& findings);
// `FILE: ok`, `FILE: 2 error(s), 1 warning(s)`
std::string VerdictText(const CheckedFile& file);
// {"files": [{"path", "errors", "warnings", "notices"}],
//  "findings": [{"id", "severity", "file", "line", "column", "message"}]}; line and column are 0
// where they are not known.
std::string ReportJson(const std::vector<CheckedFile>& files);
// Workflow commands of GitHub Actions, which shows them at the lines.
std::string ReportGithub(const std::vector<CheckedFile>& files);

// 0; 1 if there are errors; 3 if there are warnings alone. Notices do not count.
int ExitStatus(const std::vector<CheckedFile>& files);

}  // namespace tocsin::lint
