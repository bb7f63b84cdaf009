#pragma once

// Reads an instant vector in one pass over the text, where it is written as servers write it: no
// blanks, no escapes, the labels before the value. That is most answers, and large ones cost a
// third of the time, and none of the memory that a document of them takes. Pure; safe from any
// thread, and from any input.

#include "rules/query.h"

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::datasource {

struct VectorScan {
  rules::Vector vector;
  std::string rest;  // The answer, with an empty vector in the place of this one.
};

// Nothing if it is written in another way or not valid: who knows all of JSON is to read it then.
// Whether `rest` is valid, and all of it UTF-8, has not been looked at.
std::optional<VectorScan> ScanVector(std::string_view body);

// Go's and C's spellings of a number, with or without a sign.
std::optional<double> ParseSampleValue(std::string_view text);

}  // namespace tocsin::datasource
