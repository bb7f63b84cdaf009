#pragma once

// Base64 in the alphabet for URLs and file names, with padding (RFC 4648, section 5). Pure
// functions.

#include "base/result.h"

#include <string>
#include <string_view>

namespace tocsin::templates {

std::string EncodeBase64Url(std::string_view bytes);
// Line ends are skipped. Fails with `illegal base64 data at input byte N`.
Result<std::string> DecodeBase64Url(std::string_view text);

}  // namespace tocsin::templates
