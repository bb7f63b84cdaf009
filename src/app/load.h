#pragma once

// From files to a generation that can be installed: configuration, rule files, templates,
// integrations. Everything that can be wrong is found here, before anything running is touched;
// `tocsin check` and a reload are this same code. Any thread.

#include "app/ruler_flags.h"
#include "config/config.h"
#include "config/diagnostic.h"
#include "core/control.h"
#include "rules/rule_file.h"

#include <string>

namespace tocsin::app {

struct Loaded {
  // Without datasources: those need the wire. Valid only if `diagnostics` has no errors.
  core::Generation generation;
  config::Diagnostics diagnostics;
};

// What the datasources understand, for reading the rule files.
rules::QueryLanguages QueryLanguagesOf(const config::Config& config);

// A configuration file with the rule files and templates that it names, and what flags add to it.
// Without a path: the flags alone.
Loaded LoadConfiguration(const std::string& path, const config::LoadOptions& options = {},
                         const RulerFlags& flags = {});

}  // namespace tocsin::app
