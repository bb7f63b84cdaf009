#pragma once

// What can be said of matchers without any alert.

#include "model/matcher.h"

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::lint {

// True if whatever `matchers` match has a label that `other` matches. May be false though it is so.
bool Implies(const model::Matchers& matchers, const model::Matcher& other);
bool Implies(const model::Matchers& matchers, const model::Matchers& others);

// Two of the matchers that cannot both match, as text for a message: `a="x"` and `a="y"`.
std::optional<std::string> Contradiction(const model::Matchers& matchers);

// Does the regular expression look like a file name pattern? `web*` was meant to be `web.*`: as it
// is, it matches "we", "web" and "webb", and nothing that anybody has.
bool LooksLikeGlob(std::string_view pattern);

}  // namespace tocsin::lint
