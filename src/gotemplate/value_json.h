#pragma once

// Template values as JSON, as Go's encoding/json writes them.

#include "base/result.h"
#include "gotemplate/value.h"

#include <cstddef>
#include <string>

namespace tocsin::gotemplate {

// Keys of maps are sorted, < > & are escaped, times are in RFC 3339, []byte is base64. Fails for
// what JSON cannot express, and for more than `limit` bytes; `out` has a part of it then.
Status AppendJson(const Value& value, Arena& arena, std::size_t limit, std::string* out);

}  // namespace tocsin::gotemplate
