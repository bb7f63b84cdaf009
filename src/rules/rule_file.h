#pragma once

// Rule files: the full format of Prometheus (and what others add where it does not contradict),
// read strictly. A file with errors yields no groups, but all of its errors, each with its place.
// Templates and expressions are parsed here too, so that a bad one is found at load.

#include "base/time.h"
#include "config/config.h"
#include "config/diagnostic.h"
#include "rules/query.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::rules {

struct RuleDefinition {
  // Exactly one of the two is not empty.
  std::string record;
  std::string alert;
  std::string expr;       // As written: what the datasource is asked.
  std::string canonical;  // As Prometheus prints it; "" if that is the same, or if it is no PromQL.
  // `expr` without its filters, for on_no_data; "" if that tells nothing.
  std::string unfiltered = {};
  Duration hold{};  // `for`
  Duration keep_firing_for{};
  std::map<std::string, std::string> labels;    // The group's labels are merged below the rule's.
  std::set<std::string> inherited_labels = {};  // The names of those that are the group's.
  std::map<std::string, std::string> annotations;
  // Ours, on_error: resolve. Absent: neither the rule nor its group says it.
  std::optional<bool> resolve_on_error;
  std::optional<config::OnNoData> on_no_data;  // The same.
  config::Position position;
  std::string group = {};  // Its name.

  const std::string& name() const { return alert.empty() ? record : alert; }
  // What people are shown: in generatorURL, /api/v1/rules and the page.
  const std::string& shown_expr() const { return canonical.empty() ? expr : canonical; }
  bool is_alerting() const { return !alert.empty(); }
};

struct GroupDefinition {
  std::string name;
  std::string file;     // As the loader resolved it: part of the group's identity and offset.
  Duration interval{};  // 0: the global evaluation_interval.
  std::optional<Duration> query_offset;  // Absent: the global one.
  int limit = 0;                         // 0 or less: none.
  int concurrency = 1;                   // Rules that are evaluated at a time; at least 1.
  // What its queries add to their requests; null: nothing.
  std::shared_ptr<const QueryExtras> extras;
  std::optional<Duration> phase;  // Within the interval. Absent: made of file and name.
  std::string datasource;         // Ours: the name of a datasource; "" is the first.
  std::vector<RuleDefinition> rules;
  config::Position position;
};

// By the names of datasources, "" for that of groups which name none. PromQL where one is absent.
using QueryLanguages = std::map<std::string, config::QueryLanguage, std::less<>>;

// Reads one file's text. Groups are valid only if `diagnostics` has gained no error.
std::vector<GroupDefinition> ParseRuleFile(std::string_view text, const std::string& file,
                                           config::Diagnostics* diagnostics,
                                           const QueryLanguages& languages = {});

// Expands the globs (which match nothing without error), reads and parses all files in sorted
// order.
std::vector<GroupDefinition> LoadRuleFiles(const std::vector<std::string>& globs,
                                           config::Diagnostics* diagnostics,
                                           const QueryLanguages& languages = {});

}  // namespace tocsin::rules
