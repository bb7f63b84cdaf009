// Any text as a rule file, with the templates in it: groups or errors, never both.

#include "rules/rule_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tocsin::config::Diagnostics diagnostics;
  const auto groups = tocsin::rules::ParseRuleFile(text, "fuzz.rules", &diagnostics);
  if (!groups.empty() && diagnostics.HasErrors()) std::abort();
  return 0;
}
