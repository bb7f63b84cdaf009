#include "gotemplate/arena.h"

#include <algorithm>
#include <cstdint>

namespace tocsin::gotemplate {
namespace {

// Longer strings are moved into the arena; for shorter ones a copy costs less than a destructor.
constexpr std::size_t kMoveFrom = 512;

}  // namespace

Arena::~Arena() {
  for (auto it = destructors_.rbegin(); it != destructors_.rend(); ++it) it->destroy(it->object);
}

void* Arena::Allocate(std::size_t size, std::size_t alignment) {
  std::size_t padding = (0 - reinterpret_cast<std::uintptr_t>(next_)) & (alignment - 1);
  if (padding > left_ || size > left_ - padding) return AllocateSlow(size, alignment);
  char* place = next_ + padding;
  next_ = place + size;
  left_ -= padding + size;
  used_ += padding + size;
  return place;
}

void* Arena::AllocateSlow(std::size_t size, std::size_t alignment) {
  // Blocks from new[] are aligned for every fundamental type. A large request gets a block of its
  // own, so that the rest of the current one stays in use.
  static_cast<void>(alignment);
  used_ += size;
  if (size > next_block_ / 4) {
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    return blocks_.back().get();
  }
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(next_block_));
  char* place = blocks_.back().get();
  next_ = place + size;
  left_ = next_block_ - size;
  next_block_ = std::min<std::size_t>(2 * next_block_, std::size_t{256} << 10);
  return place;
}

std::string_view Arena::Copy(std::string_view text) {
  if (text.empty()) return {};
  char* place = static_cast<char*>(Allocate(text.size(), 1));
  std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

std::string_view Arena::Keep(std::string&& text) {
  if (text.size() < kMoveFrom) return Copy(text);
  used_ += text.size();
  return *New<std::string>(std::move(text));
}

}  // namespace tocsin::gotemplate
