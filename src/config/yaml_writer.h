#pragma once

// Writes YAML in the layout of Go's yaml.v2, which is what Alertmanager prints: two spaces, lists
// at the indentation of their key, strings as yaml_style has them. Not thread-safe.

#include "base/secret.h"
#include "config/yaml_reader.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::config {

// Of the keys of a mapping that has no order of its own: numbers, which go by their value, after
// punctuation and before letters.
bool YamlKeyLess(std::string_view a, std::string_view b);

class YamlWriter {
 public:
  // Entries of the current mapping.
  void Text(std::string_view key, std::string_view text);
  void TextIfAny(std::string_view key, std::string_view text);   // Nothing if empty.
  void SecretIfAny(std::string_view key, const Secret& secret);  // The mask, never the secret.
  void Bool(std::string_view key, bool value);
  void Number(std::string_view key, std::uint64_t value);
  void Number(std::string_view key, std::int64_t value);
  // Shortest text that reads as the same number.
  void Number(std::string_view key, double value);
  // Nothing if empty.
  void TextsIfAny(std::string_view key, const std::vector<std::string>& texts);
  void SecretsIfAny(std::string_view key, const std::vector<Secret>& secrets);
  void MapIfAny(std::string_view key, const std::map<std::string, std::string>& map);
  void EmptyList(std::string_view key);
  // In brackets.
  void FlowTexts(std::string_view key, const std::vector<std::string>& texts);
  // The last entry of an item whose successor stands in braces: yaml.v2 has this text in flow
  // style, and finds nothing to apply it to until the next item begins.
  void FlowText(std::string_view key, std::string_view text);
  // A tree as it was read, keys in order.
  void Node(std::string_view key, const YamlNode& node);

  void BeginMapping(std::string_view key);
  void EndMapping();
  void BeginList(std::string_view key);
  void EndList();
  void BeginItem();  // A mapping.
  void EndItem();

  std::string Take();

 private:
  struct Level {
    bool flow = false;
    bool list = false;
    std::size_t indent = 0;
    bool empty = true;
    // Its first entry stands beside the dash of the item that it is.
    bool beside_dash = false;
  };

  void NextLine(std::size_t indent);
  void Separate();  // From what stands before, in the current level.
  void Key(std::string_view key);
  void Dash();  // Or, in flow style, a comma.
  void Value(std::string_view text);
  void String(std::string_view text);
  void Begin(bool list, bool flow);
  void End();
  void Tree(const YamlNode& node);

  std::string out_;
  std::vector<Level> levels_ = {Level()};
  bool flow_next_ = false;  // See FlowText.
};

}  // namespace tocsin::config
