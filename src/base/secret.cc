#include "base/secret.h"

namespace tocsin {

std::string Redact(std::string text, const Secret& secret) {
  // A shorter one would also hide innocent text, and say by that what it is.
  constexpr std::size_t kShortestRedacted = 4;
  const std::string& value = secret.Reveal();
  if (value.size() < kShortestRedacted) return text;
  std::size_t at = text.find(value);
  while (at != std::string::npos) {
    text.replace(at, value.size(), kSecretMask);
    at = text.find(value, at + kSecretMask.size());
  }
  return text;
}

}  // namespace tocsin
