#pragma once

// The functions that the HTML escaper puts at the end of pipelines.

#include "gotemplate/function.h"

#include <string_view>

namespace tocsin::gotemplate {

// nullptr if there is none of that name. The result lives as long as the program.
const Function* FindHtmlFunction(std::string_view name);

}  // namespace tocsin::gotemplate
