#include "base/text.h"
#include "config/config.h"
#include "config/yaml_reader.h"
#include "notifiers/factory.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace tocsin::vectors {
namespace {

// Where the configurations are said to be: paths in them that are relative begin with this.
constexpr std::string_view kFolder = "/folder/";

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// One line a scalar, with the way to it; in no order that depends on how it was written.
void Flatten(const config::YamlNode& node, const std::string& at, std::vector<std::string>* out) {
  for (const auto& entry : node.entries()) {
    Flatten(*entry.value, at + "." + entry.key->text(), out);
  }
  for (std::size_t i = 0; i < node.items().size(); ++i) {
    Flatten(*node.items()[i], at + "[" + std::to_string(i) + "]", out);
  }
  if (!node.entries().empty() || !node.items().empty()) return;
  std::string text = node.is_sequence() ? "[]" : node.is_mapping() ? "{}" : GoQuote(node.text());
  if (node.text().starts_with(kFolder)) text = GoQuote(node.text().substr(kFolder.size()));
  out->push_back(at + ": " + text);
}

std::vector<std::string> Flat(const std::string& yaml) {
  config::Diagnostics diagnostics;
  const auto documents = config::ReadYaml(yaml, "", &diagnostics);
  if (!documents) return {"not YAML: " + diagnostics.ToString()};
  std::vector<std::string> lines;
  Flatten(*documents->front(), "", &lines);
  std::sort(lines.begin(), lines.end());
  return lines;
}

void ExpectSameTree(Case& c, const std::string& want_text, const std::string& got_text) {
  const std::vector<std::string> want = Flat(want_text);
  const std::vector<std::string> got = Flat(got_text);
  std::vector<std::string> missing, extra;
  std::set_difference(want.begin(), want.end(), got.begin(), got.end(),
                      std::back_inserter(missing));
  std::set_difference(got.begin(), got.end(), want.begin(), want.end(), std::back_inserter(extra));
  for (const std::string& line : missing) c.Differ("marshalled without " + line);
  for (const std::string& line : extra) c.Differ("marshalled with " + line);
}

void CheckLine(Case& c) {
  const std::string name = Text(c.line(), "file");
  const std::string path = std::string(kFolder) + name;
  config::LoadResult result = config::LoadText(ReadAll(*VectorsFolder() / "configs" / name), path);
  if (result.config) {
    const auto templates = templates::NotificationTemplates::Defaults();
    for (const config::ReceiverConfig& receiver : result.config->receivers) {
      notifiers::BuildIntegrations(receiver, templates, &result.diagnostics);
    }
  }
  const bool valid = !result.diagnostics.HasErrors();
  if (valid != Flag(c.line(), "valid")) {
    c.Differ(valid ? "accepted, want " + Text(c.line(), "error_text")
                   : "refused: " + result.diagnostics.ToString());
    return;
  }
  if (!valid) return;
  const std::string marshalled = config::MarshalForAlertmanager(*result.config);
  ExpectSameTree(c, Text(c.line(), "marshalled"), marshalled);
  const config::LoadResult again = config::LoadText(marshalled, path);
  if (!again.config) {
    c.Differ("does not load again: " + again.diagnostics.ToString());
    return;
  }
  c.Expect("marshalled again", marshalled, config::MarshalForAlertmanager(*again.config));
}

TEST(Vectors, Configs) {
  RunCollection("configs", "configs/index.jsonl", CheckLine);
}

}  // namespace
}  // namespace tocsin::vectors
