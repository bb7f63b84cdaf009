#pragma once

// `tocsin check FILE...`: what is wrong with configuration, rule and web configuration files, and
// what loads and yet will hardly page as it was meant (docs/check.md).

#include "base/time.h"
#include "config/config.h"
#include "lint/report.h"
#include "model/matcher.h"

#include <cstdio>
#include <set>
#include <string>
#include <vector>

namespace tocsin::app {

struct CheckOptions {
  std::vector<std::string> files;
  std::string format = "text";        // Or json, github.
  std::vector<std::string> disabled;  // Ids of findings that are not wanted.
  bool online = false;                // Also ask the datasources.
  config::LoadOptions load;
};

// A rule file (its root has `groups`), a web configuration (it has one of those keys), else a
// configuration, with the rule files and templates that it names. Reads files.
lint::CheckedFile CheckFile(const std::string& path, const CheckOptions& options);

// The exit status: 0; 1 for errors; 2 for an id that does not exist; 3 for warnings alone. As text
// the findings go to `errors` and a line for each file to `out`, otherwise all to `out`.
int RunCheck(const CheckOptions& options, std::FILE* out, std::FILE* errors);

}  // namespace tocsin::app
