#pragma once

// What the grammar lets through and PromQL does not: types of operands and arguments, their number,
// selectors that select everything.

#include "promql/ast.h"
#include "promql/parser.h"

namespace tocsin::promql {

// Appends what is wrong, in Prometheus's order.
void CheckTypes(const Expr& expr, ParseErrors* errors);

}  // namespace tocsin::promql
