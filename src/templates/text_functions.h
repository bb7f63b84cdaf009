#pragma once

// Functions that rule and notification templates have in common, and the pieces that both build
// theirs from. Pure.

#include "base/letter_case.h"
#include "base/result.h"
#include "gotemplate/function.h"
#include "gotemplate/value.h"

#include <string>
#include <string_view>

namespace tocsin::templates {

// toUpper, toLower, title, match, reReplaceAll, safeHtml and humanizeDuration.
void AddTextFunctions(RestOfWord title_rest, gotemplate::FunctionTable* table);

// A text made of one string, or of anything that can be read as a number.
gotemplate::Function StringFunction(std::string name,
                                    void (*append)(std::string_view, std::string*));
gotemplate::Function NumberFunction(std::string name, void (*append)(double, std::string*));

// Numbers, a duration (as seconds) or a number in a string, as Prometheus converts them.
Result<double> ToFloat(const gotemplate::Value& value);

}  // namespace tocsin::templates
