#pragma once

// The methods of go_time.h's types.

#include "gotemplate/value.h"

namespace tocsin::gotemplate {

// Arrays of known size, so that the types that refer to them are constants.
extern const Method kTimeMethods[28];
extern const Method kDurationMethods[10];
// String alone, for types that have a text.
extern const Method kTextMethods[1];

}  // namespace tocsin::gotemplate
