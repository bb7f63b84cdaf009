#pragma once

// Regular expressions with Go's meaning (RE2). regex.cc is the only file that includes RE2.
// Immutable and safe from any thread; copies share the compiled program.

#include "base/result.h"

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

  bool Matches(std::string_view text) const;
  // Go's ReplaceAllString: $1, $name, ${name}, $$ in `replacement`; `$1W` is the group named "1W".
  std::string ReplaceAll(std::string_view text, std::string_view replacement) const;
  // If the whole text matches, `replacement` expanded (as above) for that match; Prometheus
  // relabelling.
  bool ExpandFullMatch(std::string_view text, std::string_view replacement, std::string* out) const;

  const std::string& pattern() const;  // As given.

 private:
  struct Program;
  explicit Regex(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

  std::shared_ptr<const Program> program_;
};

}  // namespace tocsin::model
