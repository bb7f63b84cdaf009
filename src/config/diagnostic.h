#pragma once

// What is wrong with a file somebody wrote, and where. A load reports all of them, not the first.

#include <cstddef>
#include <string>
#include <vector>

namespace tocsin::config {

// Lines and columns count from 1; 0 means that the place is not known (a file that cannot be read).
struct Position {
  std::string file;
  int line = 0;
  int column = 0;
  bool operator==(const Position&) const = default;
};

enum class Severity { kError, kWarning };

struct Diagnostic {
  Severity severity = Severity::kError;
  Position position;
  std::string message;
  bool operator==(const Diagnostic&) const = default;
};

// `file:line:column: message`, as compilers print it; without a position just `file: message`.
std::string ToString(const Diagnostic& diagnostic);

class Diagnostics {
 public:
  // Beyond this many, only the count grows: a hopeless file must not fill the screen or memory.
  static constexpr std::size_t kKept = 200;

  void AddError(Position position, std::string message);
  void AddWarning(Position position, std::string message);

  bool HasErrors() const { return errors_ > 0; }
  std::size_t error_count() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return all_; }
  // One line each, in the order found.
  std::string ToString() const;

 private:
  void Add(Diagnostic diagnostic);

  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

}  // namespace tocsin::config
