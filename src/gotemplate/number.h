#pragma once

// Number and character constants in templates. A constant has no type of its own: it is kept in
// every form that holds it exactly enough, and the place of use chooses.

#include "base/result.h"

#include <complex>
#include <cstdint>
#include <string_view>

namespace tocsin::gotemplate {

struct Number {
  bool is_int = false;
  bool is_uint = false;
  bool is_float = false;
  bool is_complex = false;
  std::int64_t int_value = 0;
  std::uint64_t uint_value = 0;
  double float_value = 0;
  std::complex<double> complex_value;
};

// `text` as the lexer found it: 1_000, 0x1F, 1.5e3, 0x1p-2, 1+2i.
Result<Number> ParseNumber(std::string_view text);
Result<Number> ParseComplexNumber(std::string_view text);
// With its single quotes: 'a', '\n', '\u00e9'.
Result<Number> ParseCharacter(std::string_view text);

}  // namespace tocsin::gotemplate
