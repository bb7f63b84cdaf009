#pragma once

// Base64 with padding (RFC 4648), for Basic credentials and SMTP logins.

#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

std::string Base64Encode(std::string_view bytes);
// Nothing for anything but whole, padded groups.
std::optional<std::string> Base64Decode(std::string_view text);

}  // namespace tocsin
