#pragma once

// Finding things in large JSON bodies without parsing them: the load generator must cost little
// beside what it measures.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tocsin::load {

std::uint64_t CountOf(std::string_view needle, std::string_view text);

// Calls `visit` with the decimal number after each `"seq":"`, the label that numbers alerts.
void ForEachSequenceNumber(std::string_view body, const std::function<void(std::uint64_t)>& visit);

// Counts a needle in a text that comes in pieces.
class PieceCounter {
 public:
  // An empty needle is never found.
  explicit PieceCounter(std::string needle) : needle_(std::move(needle)) {}

  void Feed(std::string_view piece);
  std::uint64_t TakeCount();

 private:
  std::string needle_;
  std::string tail_;  // What may be the beginning of a needle.
  std::uint64_t count_ = 0;
};

}  // namespace tocsin::load
