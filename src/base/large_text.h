#pragma once

#include <cstddef>
#include <string>

namespace tocsin {

// As text->reserve(bytes), for megabytes that are written soon and dropped together: in large pages
// where the system has some, because asking for thousands of small ones costs a good part of what
// writing them does.
void ReserveLarge(std::size_t bytes, std::string* text);

}  // namespace tocsin
