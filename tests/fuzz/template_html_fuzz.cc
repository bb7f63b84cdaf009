// Any text as a field of a message in HTML: parsed, escaped by its contexts, and executed on two
// alerts.

#include "tests/fuzz/message_execution.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const base = new auto(tocsin::fuzz::MessageTemplates(true));
  tocsin::fuzz::ExecuteMessage(*base, {reinterpret_cast<const char*>(data), size});
  return 0;
}
