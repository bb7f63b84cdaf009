#pragma once

// Alerts as a Prometheus of some size sends them: about 590 bytes of JSON each, eight labels or
// so, two annotations. An alert is made from its number alone, so that the same numbers give the
// same alerts. Made by patching digits into a text that is ready, so that it costs well below a
// microsecond.

#include "bench/load/flags.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::load {

class AlertGenerator {
 public:
  struct Options {
    std::string prefix = "Alert";  // Of the alert names.
    std::string severity;          // Of all alerts; "": by turns.
    std::uint64_t names = 50;      // How many different alert names.
    std::uint64_t groups = 0;      // How many values of the label `grp`; 0: no such label.
    std::uint64_t per_group = 1;   // How many alerts in a row have the same.
    std::uint64_t offset = 0;      // Added to each number, but not to `seq`.
    std::uint64_t tick = 0;        // Changes the annotations and nothing else.
    bool sequence = false;         // A label `seq` with the number, unique in a run.
  };
  static Options FromFlags(const Flags& flags);

  explicit AlertGenerator(const Options& options);

  // Appends the JSON of alert `number`. Safe from any thread.
  void Append(std::uint64_t number, std::string* out) const;

 private:
  enum Field : std::uint8_t {
    kHost,
    kCluster,
    kValue,
    kFraction,
    kName,
    kGroup,
    kSpace,
    kSequence
  };
  static constexpr std::size_t kFields = kSequence + 1;
  struct Digits {
    std::size_t begin;
    std::size_t count;
    Field field;
  };
  struct Template {
    std::string text;
    std::vector<Digits> digits;

    void Add(std::string_view piece) { text += piece; }
    void Add(Field field, std::size_t count);
    void AddInstance();
  };

  Template Build(std::string_view severity, std::string_view starts_at,
                 std::string_view ends_at) const;

  Options options_;
  std::array<Template, 3> templates_;  // One a severity.
};

}  // namespace tocsin::load
