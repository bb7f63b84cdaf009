#pragma once

// What the fuzzers of templates have in common: parsing a text and executing it within limits that
// a build with sanitizers reaches soon, and what must hold of the outcome.

#include "gotemplate/template.h"

#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

namespace tocsin::fuzz {

inline void Check(bool holds) {
  if (!holds) std::abort();
}

inline void CheckPlace(const gotemplate::ErrorPlace& place) {
  if (place.line == 0) return;
  Check(place.line > 0 && place.column >= 0);
  Check(static_cast<std::size_t>(place.column) <= place.line_text.size());
}

// Parses `text` beside the templates of `base`; null if it does not parse.
inline std::unique_ptr<gotemplate::TemplateSet> Parse(
    std::shared_ptr<const gotemplate::TemplateSet> base, std::string_view text) {
  auto set = std::make_unique<gotemplate::TemplateSet>(std::move(base));
  const auto parsed = set->Parse("t", text);
  if (parsed) return set;
  Check(parsed.error().message.starts_with("template: "));
  CheckPlace(parsed.error().place);
  return nullptr;
}

inline void Execute(const gotemplate::TemplateSet& set, const gotemplate::Value& dot, void* user) {
  const gotemplate::Limits limits{.max_output_bytes = std::size_t{64} << 10,
                                  .max_scratch_bytes = std::size_t{1} << 20,
                                  .max_steps = 20'000,
                                  .max_depth = 1000};
  const auto text = set.Execute("t", dot, limits, user);
  if (text) {
    Check(text->size() <= limits.max_output_bytes);
    return;
  }
  Check(!text.error().message.empty());
  Check(text.error().partial_output.size() <= limits.max_output_bytes);
  CheckPlace(text.error().place);
}

}  // namespace tocsin::fuzz
