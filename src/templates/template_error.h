#pragma once

// What is wrong with a template, and where: for tools and checks that show the place.

#include "base/result.h"

#include <string>

namespace tocsin::templates {

struct TemplateError : Error {
  std::string file = {};  // The path of a template file; "" for the text that was given.
  int line = 0;           // From 1; 0 if the error has no place.
  int column = 0;         // In bytes, from 1.
  std::string line_text = {};
};

}  // namespace tocsin::templates
