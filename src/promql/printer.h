#pragma once

// The canonical text of an expression, as Prometheus shows it in generatorURL and /api/v1/rules
// (spec/rules.md §9.6). It parses, and what it gives prints as the same text.

#include "promql/ast.h"

#include <string>

namespace tocsin::promql {

std::string Print(const Expr& expr);
std::string Print(const DurationExpr& duration);

}  // namespace tocsin::promql
