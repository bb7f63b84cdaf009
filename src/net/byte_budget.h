#pragma once

// Bounds the bytes that are in memory for one purpose at a time. Safe from any thread; a lease
// belongs to one thread at a time.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace tocsin::net {

class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t max) : max_(max) {}

  std::uint64_t used() const { return used_.load(std::memory_order_relaxed); }

  // False, and nothing is taken, if `bytes` more would exceed the budget.
  bool TakeWithin(std::size_t bytes) { return Take(bytes, bytes); }
  // False, and nothing is taken, if the budget is used up. What crosses the line is still let
  // through: one large piece alone must not be too large for ever.
  // `reserve` of it are left to others.
  bool TakeAcross(std::size_t bytes, std::size_t reserve) { return Take(bytes, reserve + 1); }
  void GiveBack(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

 private:
  // If there is room for `needed`.
  bool Take(std::size_t bytes, std::size_t needed) {
    const std::uint64_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + needed <= max_) return true;
    GiveBack(bytes);
    return false;
  }

  const std::uint64_t max_;
  std::atomic<std::uint64_t> used_{0};
};

// A share of a budget, given back when it goes away.
class ByteLease {
 public:
  ByteLease() = default;
  explicit ByteLease(std::shared_ptr<ByteBudget> budget) : budget_(std::move(budget)) {}
  ByteLease(ByteLease&& other) noexcept
      : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  ByteLease& operator=(ByteLease&& other) noexcept {
    Release();
    budget_ = std::move(other.budget_);
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }
  ~ByteLease() { Release(); }

  bool GrowWithin(std::size_t bytes) { return Grown(budget_->TakeWithin(bytes), bytes); }
  bool GrowAcross(std::size_t bytes, std::size_t reserve) {
    return Grown(budget_->TakeAcross(bytes, reserve), bytes);
  }

  void Release() {
    if (bytes_ > 0) budget_->GiveBack(std::exchange(bytes_, 0));
  }

 private:
  bool Grown(bool taken, std::size_t bytes) {
    if (taken) bytes_ += bytes;
    return taken;
  }

  std::shared_ptr<ByteBudget> budget_;
  std::size_t bytes_ = 0;
};

}  // namespace tocsin::net
