#pragma once

// One event of each kind, with a value in every member.

#include "history/event.h"

#include <vector>

namespace tocsin::history {

inline constexpr Time kNoon = Time(std::chrono::hours(24 * 20'000 + 12));

std::vector<Entry> OneOfEachKind();
// As JSON, one line each.
std::string Shown(const std::vector<Entry>& entries);

}  // namespace tocsin::history
