#include "model/relabel.h"

#include "base/hash.h"
#include "base/letter_case.h"
#include "base/text.h"
#include "model/matcher.h"

#include <array>
#include <utility>

namespace tocsin::model {
namespace {

// In the order of RelabelAction.
constexpr std::array<std::string_view, 11> kActions = {
    "replace",  "keep",      "drop",      "keepequal", "dropequal", "hashmod",
    "labelmap", "labeldrop", "labelkeep", "lowercase", "uppercase"};

// A name that is made of others may come out longer than they; nobody means one of this size.
constexpr std::size_t kNameBytesMax = 64 * 1024;

std::optional<RelabelAction> FindAction(std::string_view name) {
  for (std::size_t i = 0; i < kActions.size(); ++i) {
    if (name == kActions[i]) return static_cast<RelabelAction>(i);
  }
  return std::nullopt;
}

// Any UTF-8, as Prometheus has it since 3.0.
bool IsName(std::string_view text) {
  return IsValidLabelName(text, MatcherSyntax::kUtf8Strict);
}

bool SetsTarget(RelabelAction action) {
  return action == RelabelAction::kReplace || action == RelabelAction::kHashMod ||
         action == RelabelAction::kLowercase || action == RelabelAction::kUppercase;
}

bool ComparesTarget(RelabelAction action) {
  return action == RelabelAction::kKeepEqual || action == RelabelAction::kDropEqual;
}

bool ReadsNames(RelabelAction action) {
  return action == RelabelAction::kLabelMap || action == RelabelAction::kLabelDrop ||
         action == RelabelAction::kLabelKeep;
}

using Problem = std::optional<RelabelError>;

Problem CheckTarget(RelabelAction action, const RelabelFields& fields) {
  const std::string name(kActions[static_cast<std::size_t>(action)]);
  if (action == RelabelAction::kHashMod && fields.modulus == 0) {
    return RelabelError{"modulus", "relabel configuration for hashmod requires non-zero modulus"};
  }
  if (!SetsTarget(action) && !ComparesTarget(action)) return std::nullopt;
  if (fields.target_label.empty()) {
    return RelabelError{
        "", "relabel configuration for " + name + " action requires 'target_label' value"};
  }
  if (!IsName(fields.target_label)) {
    return RelabelError{"target_label", GoQuote(fields.target_label) +
                                            " is invalid 'target_label' for " + name + " action"};
  }
  return std::nullopt;
}

// What an action would ignore is an error where it hints at a misunderstanding.
Problem CheckUnused(RelabelAction action, const RelabelFields& fields) {
  const std::string name(kActions[static_cast<std::size_t>(action)]);
  const RelabelFields defaults;
  const bool replaces = fields.replacement != defaults.replacement;
  const bool changes_case =
      action == RelabelAction::kLowercase || action == RelabelAction::kUppercase;
  if ((changes_case || ComparesTarget(action)) && replaces) {
    return RelabelError{"replacement", "'replacement' can not be set for " + name + " action"};
  }
  const bool separates = fields.separator != defaults.separator;
  if (ComparesTarget(action) &&
      (fields.regex != defaults.regex || fields.modulus != 0 || separates)) {
    return RelabelError{"", name +
                                " action requires only 'source_labels' and 'target_label', and no "
                                "other fields"};
  }
  const bool filters_names =
      action == RelabelAction::kLabelDrop || action == RelabelAction::kLabelKeep;
  if (filters_names && (fields.source_labels || !fields.target_label.empty() ||
                        fields.modulus != 0 || separates || replaces)) {
    return RelabelError{"", name + " action requires only 'regex', and no other fields"};
  }
  return std::nullopt;
}

Problem Check(RelabelAction action, const RelabelFields& fields) {
  for (const std::string& name : fields.source_labels.value_or(std::vector<std::string>())) {
    if (!IsName(name)) {
      return RelabelError{"source_labels", GoQuote(name) + " is not a valid label name"};
    }
  }
  if (Problem problem = CheckTarget(action, fields)) return problem;
  if (action == RelabelAction::kLabelMap && !IsName(fields.replacement)) {
    return RelabelError{"replacement", GoQuote(fields.replacement) +
                                           " is invalid 'replacement' for labelmap action"};
  }
  return CheckUnused(action, fields);
}

}  // namespace

tl::expected<RelabelRule, RelabelError> RelabelRule::Create(RelabelFields fields) {
  const auto fail = [](std::string_view field, std::string message) {
    return tl::unexpected<RelabelError>({field, std::move(message)});
  };
  if (fields.action.empty()) return fail("action", "relabel action cannot be empty");
  const std::optional<RelabelAction> action = FindAction(AsciiLower(fields.action));
  if (!action) return fail("action", "unknown relabel action " + GoQuote(fields.action));
  if (Problem problem = Check(*action, fields)) {
    return tl::unexpected<RelabelError>(*std::move(problem));
  }
  Result<Regex> regex = Regex::Compile(fields.regex, Regex::Anchor::kFullDotAll);
  if (!regex) return fail("regex", regex.error().message);
  return RelabelRule(*action, std::move(fields), *std::move(regex));
}

std::string RelabelRule::SourceOf(const LabelSetBuilder& labels) const {
  std::string source;
  if (!fields_.source_labels) return source;
  bool first = true;
  for (const std::string& name : *fields_.source_labels) {
    if (!std::exchange(first, false)) source += fields_.separator;
    source += labels.Get(name);
  }
  return source;
}

void RelabelRule::Replace(const std::string& source, LabelSetBuilder* labels) const {
  std::string value;
  if (!regex_.ExpandFullMatch(source, fields_.replacement, &value)) return;
  std::string target;
  regex_.ExpandFullMatch(source, fields_.target_label, &target);
  // What a group gives need not be a name; the labels then stay as they are.
  if (IsName(target)) labels->Set(target, value);
}

void RelabelRule::ChangeNames(LabelSetBuilder* labels) const {
  const LabelSet before = labels->Build();
  for (const Label label : before) {
    const bool matches = regex_.Matches(label.name);
    if (action_ == RelabelAction::kLabelMap) {
      std::string name;
      if (matches) regex_.ReplaceAll(label.name, fields_.replacement, kNameBytesMax, &name);
      if (IsName(name)) labels->Set(name, label.value);
    } else if (matches == (action_ == RelabelAction::kLabelDrop)) {
      labels->Remove(label.name);
    }
  }
}

bool RelabelRule::Apply(LabelSetBuilder* labels) const {
  if (ReadsNames(action_)) {
    ChangeNames(labels);
    return true;
  }
  const std::string source = SourceOf(*labels);
  std::string value;
  switch (action_) {
    case RelabelAction::kKeep:
      return regex_.Matches(source);
    case RelabelAction::kDrop:
      return !regex_.Matches(source);
    case RelabelAction::kKeepEqual:
      return labels->Get(fields_.target_label) == source;
    case RelabelAction::kDropEqual:
      return labels->Get(fields_.target_label) != source;
    case RelabelAction::kHashMod:
      value = std::to_string(Md5Suffix64(source) % fields_.modulus);
      break;
    case RelabelAction::kLowercase:
      AppendLower(source, &value);
      break;
    case RelabelAction::kUppercase:
      AppendUpper(source, &value);
      break;
    default:
      Replace(source, labels);
      return true;
  }
  labels->Set(fields_.target_label, value);
  return true;
}

std::optional<LabelSet> Relabel(const RelabelRules& rules, const LabelSet& labels) {
  if (rules.empty()) return labels;
  LabelSetBuilder builder(labels);
  for (const RelabelRule& rule : rules) {
    if (!rule.Apply(&builder)) return std::nullopt;
  }
  return builder.Build();
}

}  // namespace tocsin::model
