#pragma once

// PromQL's functions with their signatures (spec/rules.md §9.5).

#include "promql/ast.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace tocsin::promql {

struct Function {
  static constexpr std::size_t kMaxParameters = 5;
  // Of `variadic`: any number of arguments of the last type, from none on.
  static constexpr int kAnyNumber = -1;

  std::string_view name;
  std::array<ValueType, kMaxParameters> parameters{};
  std::size_t parameter_count = 0;
  // 0: exactly the parameters. n: the last one may be missing, or there n times.
  int variadic = 0;
  ValueType result = ValueType::kVector;
  bool experimental = false;  // Needs promql-experimental-functions.
};

// Null if there is none. The name's case matters.
const Function* FindFunction(std::string_view name);

}  // namespace tocsin::promql
