#include "base/interned_text.h"

#include "base/hash.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>

namespace tocsin {

// This header, then the bytes.
struct alignas(std::max_align_t) InternedText::Block {
  // Falls to zero, and rises from it, only under the shard's mutex.
  std::atomic<std::uint32_t> references;
  std::uint32_t size;
  std::uint64_t hash;

  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  std::string_view text() const { return {bytes(), size}; }
};

struct InternedText::Shard {
  struct Key {
    std::uint64_t hash;
    std::string_view text;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Block* block) const {
      return static_cast<std::size_t>(block->hash);
    }
    std::size_t operator()(const Key& key) const { return static_cast<std::size_t>(key.hash); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Block* a, const Block* b) const { return a == b; }
    bool operator()(const Key& key, const Block* block) const {
      return key.hash == block->hash && key.text == block->text();
    }
    bool operator()(const Block* block, const Key& key) const { return (*this)(key, block); }
  };

  std::mutex mutex;
  boost::unordered_flat_set<Block*, Hash, Equal> blocks;  // Guarded by mutex.
};

InternedText::Shard& InternedText::ShardOf(std::uint64_t hash) {
  constexpr std::size_t kShards = 16;
  // Never destroyed: threads that end after main give back what they hold.
  static auto* const shards = new std::array<Shard, kShards>;
  return (*shards)[(hash >> 32) % kShards];
}

InternedText::InternedText(std::string_view text) {
  if (text.empty()) return;
  const std::uint64_t hash = XxHash64(text);
  Shard& shard = ShardOf(hash);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.blocks.find(Shard::Key{hash, text});
  if (found != shard.blocks.end()) {
    block_ = *found;
    block_->references.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  void* const memory = std::malloc(sizeof(Block) + text.size());
  if (memory == nullptr) std::abort();
  block_ = new (memory) Block{1, static_cast<std::uint32_t>(text.size()), hash};
  std::memcpy(static_cast<char*>(memory) + sizeof(Block), text.data(), text.size());
  shard.blocks.insert(block_);
}

InternedText::InternedText(const InternedText& other) noexcept : block_(other.block_) {
  if (block_ != nullptr) block_->references.fetch_add(1, std::memory_order_relaxed);
}

InternedText::~InternedText() {
  if (block_ == nullptr) return;
  std::uint32_t references = block_->references.load(std::memory_order_relaxed);
  while (references > 1) {
    if (block_->references.compare_exchange_weak(
            references, references - 1, std::memory_order_release, std::memory_order_relaxed)) {
      return;
    }
  }
  // Perhaps the last one: nobody may find the block between the count and the end of it.
  Shard& shard = ShardOf(block_->hash);
  const std::lock_guard lock(shard.mutex);
  if (block_->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  shard.blocks.erase(block_);
  block_->~Block();
  std::free(block_);
}

std::string_view InternedText::view() const {
  return block_ == nullptr ? std::string_view() : block_->text();
}

}  // namespace tocsin
