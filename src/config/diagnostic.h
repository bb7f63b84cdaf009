#pragma once

// What is wrong with a file somebody wrote, and where. A load reports all of them, not the first.

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::config {

// Lines and columns count from 1; 0 means that the place is not known (a file that cannot be read).
struct Position {
  std::string file;
  int line = 0;
  int column = 0;
  bool operator==(const Position&) const = default;
};

// Where the keys of one block were written, for what is found wrong with their values only later.
struct Places {
  Position block;
  std::map<std::string, Position, std::less<>> keys;  // Of the values.

  // `headers.Subject` and `fields[0].title` have the place of their first part.
  const Position& Of(std::string_view field) const;
};

enum class Severity { kError, kWarning };

struct Diagnostic {
  Severity severity = Severity::kError;
  Position position;
  std::string message;
  // Lines that show the place, for people (base/excerpt.h); "" where there is nothing to show.
  std::string excerpt = {};
  bool operator==(const Diagnostic&) const = default;
};

// `file:line:column: message`, as compilers print it; without a position just `file: message`.
std::string ToString(const Diagnostic& diagnostic);

class Diagnostics {
 public:
  // Beyond this many, only the count grows: a hopeless file must not fill the screen or memory.
  static constexpr std::size_t kKept = 200;

  void AddError(Position position, std::string message, std::string excerpt = {});
  void AddWarning(Position position, std::string message, std::string excerpt = {});

  bool HasErrors() const { return errors_ > 0; }
  std::size_t error_count() const { return errors_; }
  // What is added is only counted: its place need not be looked for.
  bool full() const { return all_.size() >= kKept; }
  const std::vector<Diagnostic>& all() const { return all_; }
  // By file, line and column, as somebody goes through them.
  void Sort();
  // One line each, in their order.
  std::string ToString() const { return ToText(false); }
  // The same with the excerpts.
  std::string ForTerminal() const { return ToText(true); }

 private:
  void Add(Diagnostic diagnostic);
  std::string ToText(bool excerpts) const;

  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

}  // namespace tocsin::config
