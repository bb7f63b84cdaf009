#include "lint/subject.h"

#include "promql/parser.h"

#include <utility>

namespace tocsin::lint {
namespace {

config::YamlNodePtr RootOf(std::string_view text, const std::string& path) {
  config::Diagnostics ignored;  // The load has reported them.
  const auto documents = config::ReadYaml(text, path, &ignored);
  return documents && !documents->empty() ? documents->front() : nullptr;
}

std::vector<config::YamlNodePtr> Items(const config::YamlNodePtr& mapping, std::string_view key) {
  const config::YamlNodePtr list = Child(mapping, key);
  return list == nullptr ? std::vector<config::YamlNodePtr>() : list->items();
}

// Whether the server has its experimental features on is not known here: what needs them is read
// too.
promql::ExprPtr ParseExpr(std::string_view text) {
  auto expr = promql::Parse(text, {.experimental_functions = true,
                                   .extended_range_selectors = true,
                                   .binop_fill_modifiers = true});
  return expr ? *std::move(expr) : nullptr;
}

}  // namespace

RuleFile MakeRuleFile(std::string path, std::string text,
                      std::vector<rules::GroupDefinition> groups) {
  RuleFile file;
  std::vector<config::YamlNodePtr> nodes = Items(RootOf(text, path), "groups");
  std::erase_if(nodes, [](const config::YamlNodePtr& node) { return node->is_null(); });
  for (std::size_t i = 0; i < groups.size(); ++i) {
    Group& group = file.groups.emplace_back();
    group.node = i < nodes.size() ? nodes[i] : nullptr;
    std::vector<rules::RuleDefinition> rules = std::move(groups[i].rules);
    group.definition = std::move(groups[i]);
    for (std::size_t j = 0; j < rules.size(); ++j) {
      promql::ExprPtr expr = ParseExpr(rules[j].expr);
      group.rules.push_back(
          {std::move(rules[j]), ChildItem(group.node, "rules", j), std::move(expr)});
    }
  }
  file.path = std::move(path);
  file.text = std::move(text);
  return file;
}

Configuration MakeConfiguration(std::shared_ptr<const config::Config> config,
                                std::string_view text) {
  config::YamlNodePtr root = RootOf(text, config->path);
  return {std::move(config), std::move(root)};
}

std::optional<Duration> Subject::IntervalOf(const Group& group) const {
  if (group.definition.interval != Duration::zero()) return group.definition.interval;
  if (!configuration) return std::nullopt;
  return configuration->config->global.evaluation_interval;
}

config::YamlNodePtr Child(const config::YamlNodePtr& mapping, std::string_view key) {
  if (mapping == nullptr) return nullptr;
  for (const config::YamlNode::Entry& entry : mapping->entries()) {
    if (entry.key->text() == key) return entry.value;
  }
  return nullptr;
}

config::YamlNodePtr ChildItem(const config::YamlNodePtr& mapping, std::string_view key,
                              std::size_t i) {
  const config::YamlNodePtr list = Child(mapping, key);
  return list != nullptr && i < list->items().size() ? list->items()[i] : nullptr;
}

config::Position PlaceOf(const std::string& file, const config::YamlNodePtr& mapping,
                         std::string_view key) {
  const config::YamlNodePtr value = Child(mapping, key);
  const config::YamlNodePtr& node = value != nullptr ? value : mapping;
  if (node == nullptr) return {file, 0, 0};
  return {file, node->line(), node->column()};
}

}  // namespace tocsin::lint
