#pragma once

// What makes a ruler without a configuration file, and adds to one: `--datasource.url`,
// `--rules.file`, `--notifier.url`, `--remote-write.url` and how rules are evaluated.

#include "app/flag_table.h"
#include "base/result.h"
#include "base/time.h"
#include "config/config.h"

#include <optional>
#include <string>
#include <vector>

namespace tocsin::app {

struct RulerFlags {
  // http or https, checked and normalised.
  std::vector<std::string> datasource_urls, notifier_urls, remote_write_urls;
  std::vector<std::string> rule_files;  // Globs, absolute.
  std::optional<Duration> evaluation_interval, resend_delay, max_start_delay, for_outage_tolerance,
      for_grace_period;

  // Is there anything that AddTo would change?
  bool any() const;
  // Behind what is there already; the durations instead of it.
  void AddTo(config::Config* config) const;
};

// Precondition: CheckFlags found nothing.
Result<RulerFlags> ReadRulerFlags(const FlagValues& given);

}  // namespace tocsin::app
