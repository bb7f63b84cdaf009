#pragma once

// Regular expressions with Go's meaning (RE2). regex.cc is the only file that includes RE2.
// Immutable and safe from any thread; copies share the compiled program.

#include "base/result.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tocsin::model {

class Regex {
 public:
  enum class Anchor {
    kNone,        // Go's regexp.MatchString: a match anywhere.
    kFull,        // `^(?:RE)$`: Alertmanager's matchers; dot does not match newline.
    kFullDotAll,  // `^(?s:RE)$`: Prometheus's matchers and relabelling.
  };

  // Error text names what is wrong as RE2 says it. `(?<name>` is accepted as `(?P<name>`.
  static Result<Regex> Compile(std::string_view pattern, Anchor anchor);
  // For a pattern that Compile took before: what its automaton costs, time and some KiB, is spent
  // when a text is first held against it. One that Compile does not take matches nothing.
  static Regex CompileLater(std::string_view pattern, Anchor anchor);

  bool Matches(std::string_view text) const;
  // Go's ReplaceAllString: $1, $name, ${name}, $$ in `replacement`; `$1W` is the group named "1W".
  // Appends to `out`, and stops soon after that has grown by more than `limit` bytes.
  void ReplaceAll(std::string_view text, std::string_view replacement, std::size_t limit,
                  std::string* out) const;
  // If the whole text matches, `replacement` expanded (as above) for that match; Prometheus
  // relabelling.
  bool ExpandFullMatch(std::string_view text, std::string_view replacement, std::string* out) const;

  const std::string& pattern() const;  // As given.
  // Instructions of the compiled program: a byte of text costs up to as many steps to match. Of one
  // that needs no automaton, about what it would have.
  std::size_t program_size() const;

 private:
  struct Program;
  explicit Regex(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

  std::shared_ptr<const Program> program_;
};

}  // namespace tocsin::model
