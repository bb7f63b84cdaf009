#include "router/silence_size.h"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace tocsin::router {
namespace {

std::size_t VarintSize(std::uint64_t value) {
  std::size_t size = 1;
  while (value >>= 7) ++size;
  return size;
}

// Of a field with a number below 16, all that there are: its tag is one byte.
std::size_t LengthFieldSize(std::size_t bytes) {
  return 1 + VarintSize(bytes) + bytes;
}

// Fields that have their default value are left out; messages are not, even if they are empty.
std::size_t TextFieldSize(std::string_view text) {
  return text.empty() ? 0 : LengthFieldSize(text.size());
}

std::size_t NumberFieldSize(std::int64_t value) {
  return value == 0 ? 0 : 1 + VarintSize(static_cast<std::uint64_t>(value));
}

std::size_t TimeFieldSize(Time time) {
  constexpr std::int64_t kYearOne = -62135596800;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::int64_t nanos = IsZero(time) ? 0 : (time - seconds).count();
  return LengthFieldSize(
      NumberFieldSize(IsZero(time) ? kYearOne : seconds.time_since_epoch().count()) +
      NumberFieldSize(nanos));
}

std::size_t MatcherFieldSize(const model::Matcher& matcher) {
  const bool default_op = matcher.op() == model::MatchOp::kEqual;
  return LengthFieldSize((default_op ? 0 : 2) + TextFieldSize(matcher.name()) +
                         TextFieldSize(matcher.value()));
}

}  // namespace

std::size_t EncodedSize(const model::Silence& silence, Time expires_at) {
  std::size_t size = TextFieldSize(silence.id) + TimeFieldSize(silence.starts_at) +
                     TimeFieldSize(silence.ends_at) + TimeFieldSize(silence.updated_at) +
                     TextFieldSize(silence.created_by) + TextFieldSize(silence.comment);
  for (const model::Matchers& set : silence.matcher_sets) {
    std::size_t set_size = 0;
    for (const model::Matcher& matcher : set) set_size += MatcherFieldSize(matcher);
    size += LengthFieldSize(set_size);
  }
  for (const model::Label annotation : silence.annotations) {
    // Entries of a map have both members, always.
    size += LengthFieldSize(LengthFieldSize(annotation.name.size()) +
                            LengthFieldSize(annotation.value.size()));
  }
  return LengthFieldSize(size) + TimeFieldSize(expires_at);
}

}  // namespace tocsin::router
