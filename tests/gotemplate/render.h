#pragma once

// Parses and executes a template in one step, for table tests.

#include "gotemplate/template.h"
#include "gotemplate/value_map.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::gotemplate {

// One expectation: the output, or the message of the error.
struct RenderCase {
  std::string_view text;
  std::string_view want;
};

// {S: "abc", I: 42, F: 2.5, T: true, E: "", L: ["x", "y", "z"], M: {a: "1", b: "<2>"}, N: nil}
Value SampleData();

std::string Render(std::string_view text, const Value& data = SampleData(), Options options = {},
                   const Limits& limits = {});
std::string RenderHtml(std::string_view text, const Value& data = SampleData());

// A table with a few functions beside the built-ins: upper(string), list(any...), fail(), join
// (string, []string), twice(string), which writes and fails half-way for "bad", nested(name, dot),
// which executes a template, and clock(), which is not pure.
std::shared_ptr<const FunctionTable> SampleFunctions();

}  // namespace tocsin::gotemplate
