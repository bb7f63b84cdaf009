#include "base/large_text.h"

#include <cstdint>
#include <sys/mman.h>

namespace tocsin {

void ReserveLarge(std::size_t bytes, std::string* text) {
  constexpr std::uintptr_t kPage = 2 * 1024 * 1024;
  text->reserve(bytes);
  const auto begin = reinterpret_cast<std::uintptr_t>(text->data());
  const std::uintptr_t first = (begin + kPage - 1) / kPage * kPage;
  const std::uintptr_t end = (begin + text->capacity()) / kPage * kPage;
  // Advice: where it is not taken nothing is lost.
  if (end > first) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

}  // namespace tocsin
