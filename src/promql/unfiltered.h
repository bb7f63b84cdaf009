#pragma once

// An expression without the filters around it: which series it speaks of, whether or not its
// condition holds for them.

#include "promql/ast.h"

#include <optional>
#include <string>

namespace tocsin::promql {

// `up == 0 and on (job) x` is `up`: what comparisons and set operators let through has the labels
// of one side, which is left. The text of an expression. Nothing if there is no filter, or if that
// side comes and goes for other reasons than its data: through filters deeper inside, absent(),
// topk() and the like, or as ALERTS do.
std::optional<std::string> Unfiltered(const Expr& expr);

}  // namespace tocsin::promql
