#pragma once

// Which labels the series of an expression can have, as far as its text tells. Pure.

#include "promql/ast.h"

#include <set>
#include <string>
#include <string_view>

namespace tocsin::lint {

struct Rule;

// Never says of a label that it cannot be there when it can.
struct LabelShape {
  // False: no labels but `names`. True: any but `names`, which something has removed.
  bool open = true;
  std::set<std::string, std::less<>> names;
  // Those that a series has for sure, as far as anything is sure: what is scraped has job and
  // instance, and who groups by a label has it.
  std::set<std::string, std::less<>> certain;
  // What took labels away last: `sum by (job)`; "" if nothing did.
  std::string limited_by;

  bool MayHave(std::string_view name) const { return names.contains(name) != open; }
  // Why the label is not there, for a message.
  std::string Reason(std::string_view name) const;
};

// Without the metric's name, which is no label to anybody who asks here.
LabelShape ShapeOf(const promql::Expr& expr);
// Of the samples of a rule; open where the expression is not known.
LabelShape ShapeOf(const Rule& rule);

// Do the labels decide whether series of the two sides find each other?
bool TakesPartInMatching(const promql::VectorMatching& matching, const std::string& label);

}  // namespace tocsin::lint
