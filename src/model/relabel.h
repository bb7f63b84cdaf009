#pragma once

// Prometheus's relabelling: rules that change a label set or drop what has it. For alerts on their
// way out, for the targets that discovery finds, for the series that are written. Values; safe from
// any thread.

#include "model/label_set.h"
#include "model/regex.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::model {

enum class RelabelAction {
  kReplace,    // target_label gets the expanded replacement, or goes if that is empty.
  kKeep,       // Dropped unless the regex matches the source.
  kDrop,       // Dropped if it does.
  kKeepEqual,  // Dropped unless the source is the value of target_label.
  kDropEqual,  // Dropped if it is.
  kHashMod,    // target_label gets the source's hash modulo modulus.
  kLabelMap,   // For each name that matches: a label with the replaced name and the same value.
  kLabelDrop,  // Labels whose names match go.
  kLabelKeep,  // Labels whose names do not match go.
  kLowercase,  // target_label gets the source in lower case.
  kUppercase,
};

// A rule as somebody writes it, with the defaults of what is left out.
struct RelabelFields {
  std::string action = "replace";  // In any case.
  std::optional<std::vector<std::string>> source_labels = {};
  std::string separator = ";";  // Between the values of source_labels.
  std::string regex = "(.*)";   // Matches the whole text; dot matches newline.
  std::uint64_t modulus = 0;
  std::string target_label = {};  // For replace, $1 and ${name} stand for groups of the regex.
  std::string replacement = "$1";
};

struct RelabelError {
  std::string_view field;  // The member of RelabelFields that is wrong; "": how they go together.
  std::string message;
};

class RelabelRule {
 public:
  static tl::expected<RelabelRule, RelabelError> Create(RelabelFields fields);

  // False if what has these labels is dropped; they may be changed then, too.
  bool Apply(LabelSetBuilder* labels) const;

 private:
  RelabelRule(RelabelAction action, RelabelFields fields, Regex regex)
      : action_(action), fields_(std::move(fields)), regex_(std::move(regex)) {}

  std::string SourceOf(const LabelSetBuilder& labels) const;
  void Replace(const std::string& source, LabelSetBuilder* labels) const;
  void ChangeNames(LabelSetBuilder* labels) const;

  RelabelAction action_;
  RelabelFields fields_;
  Regex regex_;
};

// In order, each working on what the one before left.
using RelabelRules = std::vector<RelabelRule>;

// Nothing if a rule drops it.
std::optional<LabelSet> Relabel(const RelabelRules& rules, const LabelSet& labels);

}  // namespace tocsin::model
