#include "lint/finding.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <tuple>
#include <utility>

namespace tocsin::lint {

void Findings::Add(std::string_view id, config::Position position, std::string message,
                   std::string excerpt) {
  const CatalogueEntry* const entry = FindInCatalogue(id);
  assert(entry != nullptr);
  all_.push_back(
      {entry->id, entry->severity, std::move(position), std::move(message), std::move(excerpt)});
}

void Findings::Add(const config::Diagnostics& diagnostics) {
  std::size_t errors = 0;
  for (const config::Diagnostic& diagnostic : diagnostics.all()) {
    const bool error = diagnostic.severity == config::Severity::kError;
    if (error) ++errors;
    Add(error ? kLoadError : kLoadWarning, diagnostic.position, diagnostic.message,
        diagnostic.excerpt);
  }
  if (errors == diagnostics.error_count()) return;
  const config::Position& last = diagnostics.all().back().position;
  Add(kLoadError, {last.file, 0, 0},
      "and " + std::to_string(diagnostics.error_count() - errors) + " more errors");
}

void Findings::Add(Findings others) {
  std::move(others.all_.begin(), others.all_.end(), std::back_inserter(all_));
}

std::size_t Findings::Count(Severity severity) const {
  return static_cast<std::size_t>(
      std::count_if(all_.begin(), all_.end(),
                    [severity](const Finding& finding) { return finding.severity == severity; }));
}

void Findings::Sort() {
  // What is known of a file alone comes after what is known of its lines.
  const auto key = [](const Finding& finding) {
    const config::Position& at = finding.position;
    return std::tuple(std::string_view(at.file), at.line == 0, at.line, at.column);
  };
  std::stable_sort(all_.begin(), all_.end(),
                   [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
}

std::string ToString(const Finding& finding) {
  config::Diagnostic diagnostic{config::Severity::kError, finding.position, finding.message};
  if (finding.severity == Severity::kError && finding.id == kLoadError) {
    return config::ToString(diagnostic);
  }
  diagnostic.message = std::string(ToString(finding.severity)) + ": " + finding.message + " [" +
                       std::string(finding.id) + "]";
  return config::ToString(diagnostic);
}

}  // namespace tocsin::lint
