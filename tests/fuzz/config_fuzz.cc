// Any text as tocsin.yml: a configuration or errors, never both, never neither.

#include "config/config.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = tocsin::config::LoadText(text, "tocsin.yml");
  if ((result.config == nullptr) != result.diagnostics.HasErrors()) std::abort();
  if (result.config) tocsin::config::MarshalForAlertmanager(*result.config);
  return 0;
}
