#pragma once

// A silence: whom not to page, from when to when, and who said so. Immutable and shared; a change
// is a new object under the same id.

#include "base/result.h"
#include "base/time.h"
#include "model/label_set.h"
#include "model/matcher.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::model {

struct Silence {
  std::string id;  // A UUID.
  // It matches an alert if all matchers of any one set do. The API makes one set; several come from
  // Alertmanager's files. Order is as given: it counts when a silence is changed.
  std::vector<Matchers> matcher_sets;
  Time starts_at{};
  Time ends_at{};
  Time updated_at{};
  std::string created_by;
  std::string comment;
  LabelSet annotations;  // Any names and values.
};

using SilencePtr = std::shared_ptr<const Silence>;

enum class SilenceState { kPending, kActive, kExpired };
std::string_view ToString(SilenceState state);  // As the API spells it.

// At the very instant of its end a silence is still active; one nanosecond later it is not.
SilenceState StateAt(const Silence& silence, Time now);

bool Matches(const Silence& silence, const LabelSet& labels);
// But for when that was said.
bool SaysTheSame(const Silence& a, const Silence& b);

// A matcher as somebody asks for it.
struct MatcherText {
  std::string name;
  MatchOp op = MatchOp::kEqual;
  std::string value;
};

// One set of a silence; `set` is its position, for the error: `invalid label matcher 0 in set 0:
// ...`.
Result<Matchers> CompileSilenceMatchers(std::vector<MatcherText> texts, std::size_t set,
                                        MatcherSyntax syntax);

}  // namespace tocsin::model
