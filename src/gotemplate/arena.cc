#include "gotemplate/arena.h"

#include <algorithm>
#include <cstdint>

namespace tocsin::gotemplate {
namespace {

// Longer strings are moved into the arena; for shorter ones a copy costs less than a destructor.
constexpr std::size_t kMoveFrom = 512;

}  // namespace

Arena::~Arena() {
  DestroyFrom(0);
}

void Arena::DestroyFrom(std::size_t first) {
  while (destructors_.size() > first) {
    const Destructor last = destructors_.back();
    destructors_.pop_back();
    last.destroy(last.object);
  }
}

void Arena::Rewind(const Mark& mark) {
  if (used_ == mark.used) return;
  DestroyFrom(mark.destructors);
  large_.resize(mark.large);
  next_ = mark.next;
  left_ = mark.left;
  used_ = mark.used;
  blocks_in_use_ = mark.blocks;
}

void* Arena::Allocate(std::size_t size, std::size_t alignment) {
  std::size_t padding = (0 - reinterpret_cast<std::uintptr_t>(next_)) & (alignment - 1);
  if (padding > left_ || size > left_ - padding) return AllocateSlow(size);
  char* place = next_ + padding;
  next_ = place + size;
  left_ -= padding + size;
  used_ += padding + size;
  return place;
}

// Blocks from new[] are aligned for every fundamental type.
void* Arena::AllocateSlow(std::size_t size) {
  used_ += size;
  const std::size_t next_size = blocks_in_use_ == 0
                                    ? first_size_
                                    : std::min(2 * blocks_[blocks_in_use_ - 1].size, kLargestBlock);
  // A large request gets a block of its own, so that the rest of the current one stays in use.
  if (size > next_size / 4) {
    large_.push_back(std::make_unique_for_overwrite<char[]>(size));
    return large_.back().get();
  }
  if (blocks_in_use_ == blocks_.size()) {
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(next_size), next_size});
  }
  const Block& block = blocks_[blocks_in_use_++];
  next_ = block.bytes.get() + size;
  left_ = block.size - size;
  return block.bytes.get();
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
