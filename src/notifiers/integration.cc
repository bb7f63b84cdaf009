#include "notifiers/integration.h"

#include "base/duration.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string_view>
#include <vector>

namespace tocsin::notifiers {
namespace {

constexpr std::size_t kShownBodyBytes = 4096;

bool IsWorthRetrying(int status) {
  return status >= 500 || status == 408 || status == 425 || status == 429;
}

FailureReason ReasonFor(int status) {
  if (status == 401 || status == 403) return FailureReason::kAuthError;
  if (status == 429) return FailureReason::kRateLimited;
  if (status >= 400 && status < 500) return FailureReason::kClientError;
  if (status >= 500) return FailureReason::kServerError;
  return FailureReason::kOther;
}

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

void ReplaceAll(const std::string& from, std::string_view to, std::string* text) {
  for (std::size_t at = text->find(from); at != std::string::npos;
       at = text->find(from, at + to.size())) {
    text->replace(at, from.size(), to);
  }
}

void AddPart(std::string_view part, std::size_t shortest, std::vector<std::string>* parts) {
  if (part.size() < shortest) return;
  parts->emplace_back(part);
  if (auto decoded = QueryUnescape(part); decoded && *decoded != part) {
    parts->push_back(*std::move(decoded));
  }
}

// What of a URL may be a secret, the longest first: a credential, the path, pieces of path and
// query. Shorter pieces would hide innocent words, and are no secrets that anybody should rely on.
std::vector<std::string> SecretParts(std::string_view url) {
  constexpr std::size_t kShortest = 4, kShortestPiece = 8;
  std::vector<std::string> parts = {std::string(url)};
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return parts;
  url = url.substr(scheme + 3);
  const std::size_t host_end = std::min(url.find_first_of("/?#"), url.size());
  const std::size_t at = url.substr(0, host_end).rfind('@');
  if (at != std::string_view::npos) {
    for (std::string_view part : Split(url.substr(0, at), ':')) AddPart(part, kShortest, &parts);
  }
  std::string_view rest = url.substr(host_end);
  AddPart(rest, kShortest, &parts);
  rest = rest.substr(0, rest.find('#'));
  AddPart(rest, kShortest, &parts);
  AddPart(rest.substr(0, rest.find('?')), kShortest, &parts);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of("/?&=", 1), rest.size());
    AddPart(rest.substr(1, end - 1), end == rest.size() ? kShortest : kShortestPiece, &parts);
    rest.remove_prefix(end);
  }
  std::sort(parts.begin(), parts.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return parts;
}

}  // namespace

std::string_view ToString(FailureReason reason) {
  switch (reason) {
    case FailureReason::kOther:
      return "other";
    case FailureReason::kClientError:
      return "clientError";
    case FailureReason::kServerError:
      return "serverError";
    case FailureReason::kAuthError:
      return "authError";
    case FailureReason::kRateLimited:
      return "rateLimited";
    case FailureReason::kContextCanceled:
      return "contextCanceled";
    case FailureReason::kContextDeadlineExceeded:
      return "contextDeadlineExceeded";
  }
  return "other";
}

Outcome JudgeStatus(const HttpResponse& response) {
  Outcome outcome;
  outcome.status = response.status;
  if (response.status >= 200 && response.status < 300) return outcome;
  const bool retry = IsWorthRetrying(response.status);
  outcome.kind = retry ? Outcome::Kind::kRetry : Outcome::Kind::kGiveUp;
  outcome.reason = ReasonFor(response.status);
  outcome.error = "unexpected status code " + std::to_string(response.status);
  if (!response.body.empty()) {
    outcome.error += ": " + TruncateBytes(response.body, kShownBodyBytes);
  }
  if (retry) outcome.retry_after = RetryAfter(response);
  return outcome;
}

Outcome TransportFailure(std::string error) {
  return {.kind = Outcome::Kind::kRetry,
          .reason = FailureReason::kOther,
          .error = std::move(error),
          .status = 0,
          .retry_after = std::nullopt,
          .data = std::nullopt};
}

Outcome TimeoutFailure(const model::IntegrationId& id, Duration timeout) {
  return TransportFailure("configured " + id.type + " timeout reached (" +
                          FormatGoDuration(timeout) + ")");
}

std::optional<Duration> RetryAfter(const HttpResponse& response) {
  const std::optional<double> seconds = AskedSeconds(response);
  if (!seconds) return std::nullopt;
  constexpr double kLeast = 0.25, kMost = 3600;
  // The comparison takes care of NaN as well.
  const double bounded = *seconds >= kLeast ? std::min(*seconds, kMost) : kLeast;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(bounded));
}

std::string RedactUrl(std::string text, const Secret& url) {
  if (url.empty()) return text;
  for (const std::string& part : SecretParts(url.Reveal())) {
    ReplaceAll(part, "<redacted>", &text);
  }
  return text;
}

}  // namespace tocsin::notifiers
