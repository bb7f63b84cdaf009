// Any bytes as the files that an Alertmanager leaves: read without harm, and what is taken is good.

#include "storage/snapshot_files.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  tocsin::storage::AlertmanagerState state;
  tocsin::storage::ReadSilences(file, &state);
  tocsin::storage::ReadNotificationLog(file, tocsin::Time(std::chrono::seconds(1'800'000'000)),
                                       &state);
  for (const auto& silence : state.silences) {
    if (silence->id.empty() || silence->matcher_sets.empty()) std::abort();
    for (const auto& matchers : silence->matcher_sets) {
      if (matchers.empty()) std::abort();
    }
  }
  for (const auto& [key, entry] : state.log_entries) {
    if (key.empty() || !entry) std::abort();
  }
  return 0;
}
