#include "notifiers/integration.h"

#include "base/duration.h"
#include "base/retry_after.h"
#include "base/text.h"

#include <algorithm>
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

std::string RedactUrl(std::string text, const Secret& url) {
  if (url.empty()) return text;
  for (const std::string& part : SecretParts(url.Reveal())) {
    ReplaceAll(part, "<redacted>", &text);
  }
  return text;
}

}  // namespace tocsin::notifiers
