#include "base/retry_after.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string_view>

namespace tocsin {
namespace {

template <class T>
std::optional<T> ParseWhole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The preferred form of RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`.
std::optional<std::chrono::sys_seconds> ParseHttpDate(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(25) != " GMT") return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = ParseWhole<unsigned>(text.substr(5, 2));
  const auto year = ParseWhole<int>(text.substr(12, 4));
  const auto hours = ParseWhole<int>(text.substr(17, 2));
  const auto minutes = ParseWhole<int>(text.substr(20, 2));
  const auto seconds = ParseWhole<int>(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hours || !minutes || !seconds) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
      std::chrono::day(*day));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds);
}

// Seconds to wait, before any bound.
std::optional<double> AskedSeconds(const HttpResponse& response) {
  const std::string_view value = TrimSpace(FindHeader(response.headers, "Retry-After"));
  if (value.empty()) return std::nullopt;
  if (const auto seconds = ParseWhole<double>(value)) return seconds;
  const auto until = ParseHttpDate(value);
  const auto sent = ParseHttpDate(TrimSpace(FindHeader(response.headers, "Date")));
  if (!until || !sent) return std::nullopt;
  return static_cast<double>((*until - *sent).count());
}

}  // namespace

std::optional<Duration> RetryAfter(const HttpResponse& response) {
  const std::optional<double> seconds = AskedSeconds(response);
  if (!seconds) return std::nullopt;
  constexpr double kLeast = 0.25, kMost = 3600;
  // The comparison takes care of NaN as well.
  const double bounded = *seconds >= kLeast ? std::min(*seconds, kMost) : kLeast;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(bounded));
}

}  // namespace tocsin
