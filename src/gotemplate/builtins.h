#pragma once

// Go's built-in template functions that compute on values: comparison, index, slice, len, not.

#include "gotemplate/function.h"
#include "gotemplate/value.h"

#include <span>

namespace tocsin::gotemplate {

Result<bool> Equal(const Value& first, std::span<const Value> others);

// All of Go's built-ins.
std::span<const Function> BuiltinFunctions();

}  // namespace tocsin::gotemplate
