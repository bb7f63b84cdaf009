#pragma once

// Content negotiation, as far as an API that only speaks JSON needs it.

#include "base/http_message.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::api {

// May the answer be JSON? Without an Accept header it may; an empty one takes nothing.
bool AcceptsJson(const std::vector<HttpHeader>& headers);

// `application/json` of `Application/JSON; charset=utf-8`. Fails for what is no media type, with
// the words of Go's mime package.
Result<std::string> ParseMediaType(std::string_view content_type);

}  // namespace tocsin::api
