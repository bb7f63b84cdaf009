#pragma once

// Every finding that there is: its name, how grave it is, and what it means in one line.
// docs/check.md says of each which outage is behind it.

#include <cstdint>
#include <span>
#include <string_view>

namespace tocsin::lint {

enum class Severity : std::uint8_t {
  kError,    // It cannot work: the server refuses it, or every evaluation fails.
  kWarning,  // It works, and hardly as it was meant.
  kNotice,   // It may well be meant; whoever reads it should know.
};
std::string_view ToString(Severity severity);  // error, warning, notice

struct CatalogueEntry {
  std::string_view id;  // family/name; part of the interface
  Severity severity = Severity::kWarning;
  std::string_view summary;
};

// Sorted by id.
std::span<const CatalogueEntry> Catalogue();
// Null if there is none.
const CatalogueEntry* FindInCatalogue(std::string_view id);

// What a load reports: it refuses the file, or takes it with a remark. The first cannot be
// disabled.
inline constexpr std::string_view kLoadError = "load/error";
inline constexpr std::string_view kLoadWarning = "load/warning";

}  // namespace tocsin::lint
