#include "bench/load/text_search.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace tocsin::load {
namespace {

// memmem is much faster on long texts than std::string_view::find.
std::size_t Find(std::string_view needle, std::string_view text, std::size_t from) {
  const void* const found =
      memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

// Also returns where the last one ends.
std::pair<std::uint64_t, std::size_t> Count(std::string_view needle, std::string_view text) {
  std::uint64_t count = 0;
  std::size_t from = 0;
  for (std::size_t at = 0; (at = Find(needle, text, from)) != std::string_view::npos; ++count) {
    from = at + needle.size();
  }
  return {count, from};
}

}  // namespace

std::uint64_t CountOf(std::string_view needle, std::string_view text) {
  return Count(needle, text).first;
}

void ForEachSequenceNumber(std::string_view body, const std::function<void(std::uint64_t)>& visit) {
  constexpr std::string_view kLabel = R"("seq":")";
  std::size_t from = 0;
  for (std::size_t at = 0; (at = Find(kLabel, body, from)) != std::string_view::npos;) {
    from = at + kLabel.size();
    // The quote after the number ends it, if the body is JSON at all.
    visit(std::strtoull(std::string(body.substr(from, 20)).c_str(), nullptr, 10));
  }
}

void PieceCounter::Feed(std::string_view piece) {
  if (needle_.empty()) return;
  tail_.append(piece);
  const auto [count, end] = Count(needle_, tail_);
  count_ += count;
  tail_.erase(0, tail_.size() - std::min(tail_.size() - end, needle_.size() - 1));
}

std::uint64_t PieceCounter::TakeCount() {
  tail_.clear();
  return std::exchange(count_, 0);
}

}  // namespace tocsin::load
