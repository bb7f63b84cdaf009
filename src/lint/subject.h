#pragma once

// What is checked: a configuration with its rule files, or a rule file alone. All of it has been
// loaded without errors. Beside the typed values stand the nodes they were read from, for places.

#include "config/config.h"
#include "config/yaml_reader.h"
#include "promql/ast.h"
#include "rules/rule_file.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::lint {

struct Rule {
  rules::RuleDefinition definition;
  config::YamlNodePtr node;
  // Null where the text is of a dialect that we don't read.
  promql::ExprPtr expr;
};

struct Group {
  rules::GroupDefinition definition;  // Its `rules` are below.
  config::YamlNodePtr node;
  std::vector<Rule> rules;
};

struct RuleFile {
  std::string path;
  std::string text;
  std::vector<Group> groups;
};

// Null groups are left out, as the loader does. Precondition: `groups` are those of this text,
// which has no errors.
RuleFile MakeRuleFile(std::string path, std::string text,
                      std::vector<rules::GroupDefinition> groups);

struct Configuration {
  std::shared_ptr<const config::Config> config;
  config::YamlNodePtr root;
};
// Precondition: `config` was read from the text, without errors.
Configuration MakeConfiguration(std::shared_ptr<const config::Config> config,
                                std::string_view text);

struct Subject {
  std::optional<Configuration> configuration;  // None: a rule file alone.
  std::vector<RuleFile> rule_files;

  // At which a group is evaluated; nothing where only the configuration could say.
  std::optional<Duration> IntervalOf(const Group& group) const;
};

// The node under the key of a mapping, or null.
config::YamlNodePtr Child(const config::YamlNodePtr& mapping, std::string_view key);
// The i-th item of the list under the key, or null.
config::YamlNodePtr ChildItem(const config::YamlNodePtr& mapping, std::string_view key,
                              std::size_t i);
// Where the value under the key stands; without one, where the mapping does.
config::Position PlaceOf(const std::string& file, const config::YamlNodePtr& mapping,
                         std::string_view key = {});

}  // namespace tocsin::lint
