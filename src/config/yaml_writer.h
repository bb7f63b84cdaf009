#pragma once

// Writes block-style YAML in the layout of Go's yaml.v2, which is what Alertmanager prints: two
// spaces, lists at the indentation of their key, strings quoted only where YAML 1.1 would read
// something else. Not thread-safe.

#include "base/secret.h"
#include "config/yaml_reader.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::config {

// The text as a YAML scalar on one line, quoted if it must be.
std::string YamlScalar(std::string_view text);

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
  // On one line, as Alertmanager shows what people write so.
  void FlowTexts(std::string_view key, const std::vector<std::string>& texts);
  // A tree as it was read, on one line.
  void Node(std::string_view key, const YamlNode& node);

  void BeginMapping(std::string_view key);
  void EndMapping();
  void BeginList(std::string_view key);  // Then items; must not stay empty.
  void BeginItem();                      // A mapping.
  void EndItem();

  std::string Take() { return std::move(out_); }

 private:
  void Indent();
  void Line(std::string_view key, std::string_view rest);
  void Item(std::string_view scalar);

  std::string out_;
  std::size_t indent_ = 0;
  bool dash_ = false;               // The next line is the first of a list's item.
  std::vector<std::size_t> begun_;  // Where the open mappings' entries begin.
};

}  // namespace tocsin::config
