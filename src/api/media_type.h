#pragma once

// Content negotiation, as far as an API that only speaks JSON needs it.

#include <string>
#include <string_view>

namespace tocsin::api {

// May the answer be JSON? An absent or empty Accept header takes everything.
bool AcceptsJson(std::string_view accept);

// `application/json` of `Application/JSON; charset=utf-8`.
std::string MediaType(std::string_view content_type);

}  // namespace tocsin::api
