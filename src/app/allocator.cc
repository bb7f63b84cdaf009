#include "app/allocator.h"

#include <malloc.h>

namespace tocsin::app {
namespace {

// glibc raises this by itself as large blocks come and go, and then cuts request bodies out of the
// heap, between alerts that live for hours: the memory is never given back.
constexpr int kMmapThreshold = 128 * 1024;

// Each arena keeps what its threads have freed.
constexpr int kArenas = 2;

}  // namespace

void ConfigureAllocator() {
  mallopt(M_MMAP_THRESHOLD, kMmapThreshold);
  mallopt(M_ARENA_MAX, kArenas);
}

}  // namespace tocsin::app
