#include "gotemplate/value_map.h"

#include <algorithm>
#include <cmath>

namespace tocsin::gotemplate {
namespace {

template <class T>
int Compare(T a, T b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

// NaN sorts before all other numbers.
int CompareFloats(double a, double b) {
  if (std::isnan(a)) return std::isnan(b) ? 0 : -1;
  if (std::isnan(b)) return 1;
  return Compare(a, b);
}

// Nil first, then by kind, where an interface key type mixes them.
int KindRank(const Value& value) {
  return static_cast<int>(value.kind());
}

}  // namespace

int CompareKeys(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return Compare(KindRank(a), KindRank(b));
  switch (a.kind()) {
    case Kind::kBool:
      return Compare(a.AsBool(), b.AsBool());
    case Kind::kInt:
      return Compare(a.AsInt(), b.AsInt());
    case Kind::kUint:
      return Compare(a.AsUint(), b.AsUint());
    case Kind::kFloat:
      return CompareFloats(a.AsFloat(), b.AsFloat());
    case Kind::kString:
      return a.AsString().compare(b.AsString());
    default:
      return 0;
  }
}

ValueMap::ValueMap(std::vector<std::pair<Value, Value>> entries) : entries_(std::move(entries)) {
  // The stable sort keeps equal keys in their order, so the last of each run is the one to keep.
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const auto& a, const auto& b) { return CompareKeys(a.first, b.first) < 0; });
  auto kept = entries_.begin();
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    auto next = std::next(it);
    if (next != entries_.end() && CompareKeys(it->first, next->first) == 0) continue;
    *kept++ = *it;
  }
  entries_.erase(kept, entries_.end());
}

bool ValueMap::Find(const Value& key, Arena&, Value* value) const {
  auto it = std::lower_bound(
      entries_.begin(), entries_.end(), key,
      [](const auto& entry, const Value& wanted) { return CompareKeys(entry.first, wanted) < 0; });
  if (it == entries_.end() || CompareKeys(it->first, key) != 0) return false;
  *value = it->second;
  return true;
}

void ValueMap::Entry(std::size_t index, Arena&, Value* key, Value* value) const {
  *key = entries_[index].first;
  *value = entries_[index].second;
}

}  // namespace tocsin::gotemplate
