#pragma once

// Immutable text of which the process holds one copy, however many refer to it: what is the same
// for thousands of alerts. Copying is one atomic increment; two are equal if they are the same
// copy. The copy goes when the last reference does. Safe from any thread.

#include <cstdint>
#include <string_view>
#include <utility>

namespace tocsin {

class InternedText {
 public:
  InternedText() = default;  // Empty; no allocation.
  explicit InternedText(std::string_view text);
  InternedText(const InternedText& other) noexcept;
  InternedText(InternedText&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  InternedText& operator=(InternedText other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  InternedText& operator=(std::string_view text) { return *this = InternedText(text); }
  ~InternedText();

  // Lives as long as any copy of this. Its first byte is aligned for any number.
  std::string_view view() const;
  bool empty() const { return block_ == nullptr; }

  bool operator==(const InternedText& other) const { return block_ == other.block_; }
  bool operator==(std::string_view text) const { return view() == text; }

 private:
  struct Block;
  struct Shard;
  static Shard& ShardOf(std::uint64_t hash);

  Block* block_ = nullptr;  // Null for the empty text.
};

}  // namespace tocsin
