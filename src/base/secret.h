#pragma once

// A string that must never be shown: passwords, tokens, webhook URLs. It has no stream operator and
// no implicit conversion, so that a log line or a page cannot print it by accident.

#include <string>
#include <string_view>
#include <utility>

namespace tocsin {

inline constexpr std::string_view kSecretMask = "<secret>";

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  bool empty() const { return value_.empty(); }
  // For the one place that puts it on the wire.
  const std::string& Reveal() const { return value_; }
  // What people may see: "<secret>", or "" when there is none.
  std::string_view Masked() const { return empty() ? std::string_view() : kSecretMask; }

  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

// Replaces each occurrence of `secret` (if it has at least four bytes) in `text` by "<secret>".
std::string Redact(std::string text, const Secret& secret);

}  // namespace tocsin
