#include "config/diagnostic.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

namespace tocsin::config {

std::string ToString(const Diagnostic& diagnostic) {
  const Position& position = diagnostic.position;
  std::string text = position.file;
  if (position.line > 0) {
    text += ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
  }
  if (!text.empty()) text += ": ";
  if (diagnostic.severity == Severity::kWarning) text += "warning: ";
  return text + diagnostic.message;
}

void Diagnostics::AddError(Position position, std::string message, std::string excerpt) {
  ++errors_;
  Add({Severity::kError, std::move(position), std::move(message), std::move(excerpt)});
}

void Diagnostics::AddWarning(Position position, std::string message, std::string excerpt) {
  Add({Severity::kWarning, std::move(position), std::move(message), std::move(excerpt)});
}

std::string Diagnostics::ToText(bool excerpts) const {
  std::string text;
  std::size_t errors_shown = 0;
  for (const Diagnostic& diagnostic : all_) {
    if (diagnostic.severity == Severity::kError) ++errors_shown;
    text += config::ToString(diagnostic) + "\n";
    if (excerpts) text += diagnostic.excerpt;
  }
  if (errors_shown < errors_) {
    text += "and " + std::to_string(errors_ - errors_shown) + " more errors\n";
  }
  return text;
}

void Diagnostics::Add(Diagnostic diagnostic) {
  if (all_.size() < kKept) all_.push_back(std::move(diagnostic));
}

void Diagnostics::Sort() {
  std::stable_sort(all_.begin(), all_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.position.file, a.position.line, a.position.column) <
           std::tie(b.position.file, b.position.line, b.position.column);
  });
}

const Position& Places::Of(std::string_view field) const {
  const auto key = keys.find(field.substr(0, field.find_first_of(".[")));
  return key == keys.end() ? block : key->second;
}

}  // namespace tocsin::config
