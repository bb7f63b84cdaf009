#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::net {

// Undoes gzip (RFC 1952), of which the text may be several members one after the other. Gives at
// most one byte more than `bytes_max`: then there would be more.
Result<std::string> Gunzip(std::string_view bytes, std::size_t bytes_max);

}  // namespace tocsin::net
