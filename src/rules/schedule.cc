#include "rules/schedule.h"

#include "base/hash.h"

#include <string>

namespace tocsin::rules {
namespace {

// One byte for lengths below 255, else 0xFF and three little-endian bytes.
void AppendLengthPrefixed(std::string_view text, std::string* out) {
  const std::size_t size = text.size();
  if (size < 0xFF) {
    out->push_back(static_cast<char>(size));
  } else {
    out->push_back('\xFF');
    for (int shift = 0; shift < 24; shift += 8) out->push_back(static_cast<char>(size >> shift));
  }
  out->append(text);
}

}  // namespace

Duration GroupOffset(std::string_view file, std::string_view name, Duration interval) {
  std::string bytes;
  AppendLengthPrefixed("file", &bytes);
  AppendLengthPrefixed(file, &bytes);
  AppendLengthPrefixed("name", &bytes);
  AppendLengthPrefixed(name, &bytes);
  const auto period = static_cast<std::uint64_t>(interval.count());
  return Duration(static_cast<Duration::rep>(XxHash64(bytes) % period));
}

Time Slot(Time now, Duration offset, Duration interval) {
  const Duration adjusted = now.time_since_epoch() - offset;
  return Time(adjusted - adjusted % interval + offset);
}

NextEvaluation EvaluationAfter(Time previous, Time now, Duration interval) {
  NextEvaluation next;
  next.missed = (now - previous) / interval - 1;
  next.ts = previous + (next.missed + 1) * interval;
  if (next.missed < 0) next.missed = 0;
  return next;
}

}  // namespace tocsin::rules
