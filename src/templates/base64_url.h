#pragma once

// Base64 in the alphabet for URLs and file names, with padding (RFC 4648, section 5). Pure
// functions.

#include "base/result.h"

#include <string>
#include <string_view>

namespace tocsin::templates {

void AppendBase64Url(std::string_view bytes, std::string* out);
// Line ends are skipped. Fails with `illegal base64 data at input byte N`.
Status DecodeBase64Url(std::string_view text, std::string* out);

}  // namespace tocsin::templates
