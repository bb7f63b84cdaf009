#pragma once

// Finds among many lists of matchers the few that a label set can satisfy, without trying each: a
// list is filed under the most selective of its matchers, by the values that this one allows (`=`,
// an alternation of literals) or the literal text that every value of it begins with. Lists without
// such a matcher are tried always. What silences, inhibit rules and routes are found by. One
// thread.

#include "model/label_set.h"
#include "model/matcher.h"

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::router {

class MatcherIndex {
 public:
  // The caller's number of a list; several lists may have the same.
  using Id = std::uint32_t;

  void Add(Id id, const model::Matchers& matchers);
  // Precondition: added with equal matchers.
  void Remove(Id id, const model::Matchers& matchers);

  // Appends the id of every list that may match, and some that do not: the caller checks. Each id
  // once, in no order.
  void Candidates(const model::LabelSet& labels, std::vector<Id>* out) const;

  bool empty() const { return lists_.empty(); }

 private:
  // A hash of a label name and a value or its beginning. Two that share a key cost a look at a list
  // in vain, nothing else.
  using Key = std::uint64_t;
  using Keys = std::vector<Key>;

  // Where a list may be filed: under all of the keys.
  struct Place {
    std::string_view name;
    std::size_t prefix_size = 0;  // 0: the keys are of whole values.
    Keys keys;                    // No key: among those that are tried always.
  };

  struct Filed {
    Id id = 0;
    std::uint32_t tag = 0;  // Tells lists with the same id apart, by a hash of their matchers.
    bool operator==(const Filed&) const = default;
  };
  using Bucket = boost::container::small_vector<Filed, 2>;

  // What has to be looked up for a label with that name.
  struct Name {
    std::size_t exact = 0;                                      // Lists filed by whole values.
    std::vector<std::pair<std::size_t, std::size_t>> prefixes;  // Size, lists filed by it.
  };
  struct HashName {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>()(name);
    }
  };

  static Place PlaceFor(const model::Matcher& matcher);
  std::size_t Cost(const Place& place) const;
  void Count(const Place& place, bool add);
  void File(const Place& place, Filed filed);
  // Under all of the place's keys.
  bool IsFiled(const Place& place, Filed filed) const;
  // Precondition: it is filed there.
  void Unfile(const Place& place, Filed filed);
  // False if nothing is filed there.
  bool Find(Key key, std::vector<Id>* out) const;

  boost::unordered_flat_map<std::string, Name, HashName, std::equal_to<>> names_;
  boost::unordered_flat_map<Key, Bucket> buckets_;
  std::vector<Filed> always_;
  // Lists by id. While no id has several, what is found under a key cannot be among `always_`.
  boost::unordered_flat_map<Id, std::uint32_t> lists_;
  std::size_t repeated_ = 0;  // Lists beyond the first of an id.
};

}  // namespace tocsin::router
