#pragma once

// Golden vectors: recorded outputs of the real Prometheus and Alertmanager, one JSON object a line.
// A collection is one file of them; each *_vectors.cc here registers one as a test:
//
//   void CheckLine(Case& c) { c.Expect("string", Text(c.line(), "string"), Print(...)); }
//   TEST(Vectors, Durations) { RunCollection("durations", "durations.jsonl", CheckLine); }
//
// The folder is the environment variable TOCSIN_VECTORS, or `../shared/vectors` beside the source
// root; without it the tests are skipped. A collection prints `name: passed/total` and its first
// ten differences, and fails if a case differs that exceptions.md does not list, or if one that it
// lists passes.

#include "model/label_set.h"

#include <boost/json.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::vectors {

using Line = boost::json::object;

// The folder, or nothing if it is not there.
std::optional<std::filesystem::path> VectorsFolder();

// The string under `key`, or the one under `key`_b64 decoded; "" if there is neither.
std::string Text(const Line& line, std::string_view key);
bool HasText(const Line& line, std::string_view key);
// Precondition of these: the member is there and has the type.
const Line& Object(const Line& line, std::string_view key);
const boost::json::array& Array(const Line& line, std::string_view key);
// False if absent.
bool Flag(const Line& line, std::string_view key);
// 64-bit numbers are kept as strings.
std::int64_t Integer(const Line& line, std::string_view key);
model::LabelSet Labels(const Line& line);

// One line under test. Each Expect that does not hold adds to the difference that is printed.
class Case {
 public:
  explicit Case(const Line& line) : line_(line) {}

  const Line& line() const { return line_; }

  void Expect(std::string_view what, std::string_view want, std::string_view got);
  void Expect(std::string_view what, bool want, bool got);
  void Differ(std::string difference);
  // The line is about something that this program does not do; it is not counted.
  void LeaveOut() { left_out_ = true; }

  bool left_out() const { return left_out_; }
  const std::string& difference() const { return difference_; }

 private:
  const Line& line_;
  std::string difference_;
  bool left_out_ = false;
};

// Runs `check` on each line of `file` (relative to the folder) inside the current gtest test.
void RunCollection(std::string_view name, std::string_view file,
                   const std::function<void(Case&)>& check);
// The same for cases that were read by other means.
void RunCases(std::string_view name, const std::vector<Line>& lines,
              const std::function<void(Case&)>& check);

// The objects of a .jsonl file, for those that keep their inputs beside the cases.
std::vector<Line> ReadLines(const std::filesystem::path& path);

}  // namespace tocsin::vectors
