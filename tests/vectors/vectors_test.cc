#include "base/text.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

namespace tocsin::vectors {

namespace {

constexpr std::size_t kPrintedDifferences = 10;

std::string DecodeBase64(std::string_view text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) break;  // Padding.
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFF);
  }
  return out;
}

// The ids under `name/` in exceptions.md: list items of the form "- `name/id`: reason".
std::set<std::string> Exceptions(std::string_view name) {
  const std::string prefix = "- `" + std::string(name) + "/";
  std::ifstream file(std::filesystem::path(TOCSIN_SOURCE_DIR) / "tests/vectors/exceptions.md");
  EXPECT_TRUE(file) << "tests/vectors/exceptions.md is missing";
  std::set<std::string> ids;
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with(prefix)) continue;
    const std::size_t end = line.find("`: ", prefix.size());
    if (end == std::string::npos) {
      ADD_FAILURE() << "an exception without a reason: " << line;
      continue;
    }
    ids.insert(line.substr(prefix.size(), end - prefix.size()));
  }
  return ids;
}

struct Tally {
  std::size_t total = 0;
  std::size_t passed = 0;
  std::size_t left_out = 0;
  std::map<std::string, std::string> differences;  // By id.
  std::set<std::string> passed_ids;
};

Tally RunLines(const std::vector<Line>& lines, const std::function<void(Case&)>& check) {
  Tally tally;
  for (const Line& line : lines) {
    Case c(line);
    check(c);
    if (c.left_out()) {
      ++tally.left_out;
      continue;
    }
    ++tally.total;
    if (c.difference().empty()) {
      ++tally.passed;
      tally.passed_ids.insert(Text(line, "id"));
    } else {
      tally.differences.emplace(Text(line, "id"), c.difference());
    }
  }
  return tally;
}

void Print(std::string_view name, const Tally& tally) {
  std::cout << name << ": " << tally.passed << '/' << tally.total;
  if (tally.left_out > 0) std::cout << " (" << tally.left_out << " left out)";
  std::cout << '\n';
  std::size_t printed = 0;
  for (const auto& [id, difference] : tally.differences) {
    if (printed++ == kPrintedDifferences) break;
    std::cout << "  " << id << difference << '\n';
  }
}

}  // namespace

std::optional<std::filesystem::path> VectorsFolder() {
  const char* const named = std::getenv("TOCSIN_VECTORS");
  const std::filesystem::path folder =
      named != nullptr ? std::filesystem::path(named)
                       : std::filesystem::path(TOCSIN_SOURCE_DIR) / "../shared/vectors";
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

bool HasText(const Line& line, std::string_view key) {
  return line.contains(key) || line.contains(std::string(key) + "_b64");
}

std::string Text(const Line& line, std::string_view key) {
  if (const boost::json::value* const value = line.if_contains(key)) {
    return std::string(value->as_string());
  }
  if (const boost::json::value* const value = line.if_contains(std::string(key) + "_b64")) {
    return DecodeBase64(value->as_string());
  }
  return {};
}

const Line& Object(const Line& line, std::string_view key) {
  return line.at(key).as_object();
}

const boost::json::array& Array(const Line& line, std::string_view key) {
  return line.at(key).as_array();
}

bool Flag(const Line& line, std::string_view key) {
  const boost::json::value* const value = line.if_contains(key);
  return value != nullptr && value->as_bool();
}

std::int64_t Integer(const Line& line, std::string_view key) {
  const boost::json::value& value = line.at(key);
  if (value.is_int64()) return value.as_int64();
  return std::stoll(std::string(value.as_string()));
}

model::LabelSet Labels(const Line& line) {
  std::vector<model::Label> labels;
  for (const auto& [name, value] : line) {
    const auto& text = value.as_string();
    labels.push_back({{name.data(), name.size()}, {text.data(), text.size()}});
  }
  return model::LabelSet::FromUnsorted(labels);
}

void Case::Expect(std::string_view what, std::string_view want, std::string_view got) {
  if (want == got) return;
  Differ(std::string(what) + ": want " + GoQuote(want) + ", got " + GoQuote(got));
}

void Case::Expect(std::string_view what, bool want, bool got) {
  Expect(what, std::string_view(want ? "true" : "false"), std::string_view(got ? "true" : "false"));
}

void Case::Differ(std::string difference) {
  difference_ += "\n    " + difference;
}

std::vector<Line> ReadLines(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path << " is missing";
  std::vector<Line> lines;
  std::string text;
  while (std::getline(file, text)) {
    if (!text.empty()) lines.push_back(boost::json::parse(text).as_object());
  }
  return lines;
}

void RunCollection(std::string_view name, std::string_view file,
                   const std::function<void(Case&)>& check) {
  const std::optional<std::filesystem::path> folder = VectorsFolder();
  if (!folder) GTEST_SKIP() << "no golden vectors here; TOCSIN_VECTORS names their folder";
  RunCases(name, ReadLines(*folder / file), check);
}

void RunCases(std::string_view name, const std::vector<Line>& lines,
              const std::function<void(Case&)>& check) {
  const Tally tally = RunLines(lines, check);
  Print(name, tally);
  EXPECT_GT(tally.total, 0u);
  const std::set<std::string> exceptions = Exceptions(name);
  for (const auto& [id, difference] : tally.differences) {
    if (!exceptions.contains(id)) ADD_FAILURE() << name << '/' << id << difference;
  }
  // Another folder may have other cases.
  for (const std::string& id : exceptions) {
    EXPECT_FALSE(tally.passed_ids.contains(id))
        << name << '/' << id << " is listed in exceptions.md, but passes";
  }
}

}  // namespace tocsin::vectors
