#pragma once

// Contextual escaping: adds to every action of a template the functions that make its output safe
// where it stands, following the template through all that it calls.

#include "gotemplate/program.h"
#include "gotemplate/template.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace tocsin::gotemplate {

// The escaped forms of `name` and of everything it calls, by the names under which the escaped
// programs call them. Fails if the output's context cannot be told.
tl::expected<std::map<std::string, std::shared_ptr<const Definition>, std::less<>>, ExecError>
EscapeTemplates(const TemplateSet& set, std::string_view name);

}  // namespace tocsin::gotemplate
