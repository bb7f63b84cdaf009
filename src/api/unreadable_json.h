#pragma once

// For bodies that simdjson refuses although they are JSON: numbers beyond 64 bits, and escapes of
// half a surrogate pair. Other readers take both, and one of them must not cost the good alerts
// beside it.

#include <string>

namespace tocsin::api {

// Of a body in which no number counts: replaces, in place and without changing its length, what the
// grammar of JSON (RFC 8259) allows and simdjson does not read: numbers by 0, lone surrogates by
// U+FFFD, as Go reads them. False if there is nothing to replace. What is no JSON stays none. Safe
// from any input.
bool ReplaceUnreadable(std::string* json);

}  // namespace tocsin::api
