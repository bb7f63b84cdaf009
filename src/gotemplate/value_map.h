#pragma once

// A map that holds its entries itself, for the results of functions and for data that is built for
// one rendering. Immutable once it is shown to an execution.

#include "gotemplate/value.h"

#include <utility>
#include <vector>

namespace tocsin::gotemplate {

// Go's order of map keys as printing and range show it: numbers by size, strings by bytes, false
// before true.
int CompareKeys(const Value& a, const Value& b);

class ValueMap final : public MapObject {
 public:
  ValueMap() = default;
  // Sorts; of entries with equal keys the last one counts.
  explicit ValueMap(std::vector<std::pair<Value, Value>> entries);

  std::size_t size() const override { return entries_.size(); }
  bool Find(const Value& key, Arena& arena, Value* value) const override;
  void Entry(std::size_t index, Arena& arena, Value* key, Value* value) const override;

 private:
  std::vector<std::pair<Value, Value>> entries_;
};

}  // namespace tocsin::gotemplate
