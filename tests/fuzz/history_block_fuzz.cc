// Any bytes as a block of history.db: what is read can be shown, packed again, and read again.

#include "history/block.h"
#include "history/event_json.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  tocsin::history::HasKey(bytes, 7);
  const auto entries = tocsin::history::DecodeBlock(bytes, 1);
  if (!entries) return 0;
  std::string json;
  for (const auto& entry : *entries) {
    tocsin::JsonWriter writer(&json);
    tocsin::history::WriteEntry(entry, &writer);
  }
  const std::string packed = tocsin::history::EncodeBlock(*entries).bytes;
  const auto again = tocsin::history::DecodeBlock(packed, 1);
  if (!again || tocsin::history::EncodeBlock(*again).bytes != packed) std::abort();
  return 0;
}
