#include "router/matcher_index.h"

#include "base/hash.h"
#include "model/pattern_starts.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace tocsin::router {
namespace {

// Prefixes are cut to one of these sizes: a look-up hashes the value's beginning for each size that
// is in use with the name.
constexpr std::size_t kPrefixSizes[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,
                                        10, 11, 12, 14, 16, 20, 24, 32, 48};

std::size_t PrefixSizeFor(std::size_t known_bytes) {
  std::size_t best = 0;
  for (const std::size_t size : kPrefixSizes) {
    if (size <= known_bytes) best = size;
  }
  return best;
}

std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
  a = (a ^ b) * 0x9E3779B97F4A7C15ULL;
  return a ^ (a >> 32);
}

std::uint64_t KeyOf(std::string_view name, std::size_t prefix_size, std::string_view text) {
  return Mix(Mix(std::hash<std::string_view>()(name), prefix_size), XxHash64(text));
}

std::uint32_t TagOf(const model::Matchers& matchers) {
  std::uint64_t tag = 0;
  for (const model::Matcher& matcher : matchers) {
    tag = Mix(tag, KeyOf(matcher.name(), static_cast<std::size_t>(matcher.op()), matcher.value()));
  }
  return static_cast<std::uint32_t>(tag);
}

template <class T>
void SortUnique(typename std::vector<T>::iterator begin, std::vector<T>* values) {
  std::sort(begin, values->end());
  values->erase(std::unique(begin, values->end()), values->end());
}

}  // namespace

MatcherIndex::Place MatcherIndex::PlaceFor(const model::Matcher& matcher) {
  Place place{matcher.name(), 0, {}};
  if (matcher.op() == model::MatchOp::kEqual && !matcher.value().empty()) {
    place.keys.push_back(KeyOf(matcher.name(), 0, matcher.value()));
  }
  if (matcher.op() != model::MatchOp::kRegex) return place;
  const model::PatternStarts starts = model::FindPatternStarts(matcher.value());
  std::size_t known_bytes = std::numeric_limits<std::size_t>::max();
  for (const std::string& text : starts.texts) known_bytes = std::min(known_bytes, text.size());
  // What a label that is missing matches, too, is under no key.
  if (known_bytes == 0) return place;
  if (!starts.whole) place.prefix_size = PrefixSizeFor(known_bytes);
  for (const std::string_view text : starts.texts) {
    const std::string_view known = starts.whole ? text : text.substr(0, place.prefix_size);
    place.keys.push_back(KeyOf(matcher.name(), place.prefix_size, known));
  }
  SortUnique(place.keys.begin(), &place.keys);
  return place;
}

// What a label set that has one of the place's values costs more than another, in looks at lists.
std::size_t MatcherIndex::Cost(const Place& place) const {
  if (place.keys.empty()) return std::numeric_limits<std::size_t>::max();
  std::size_t others = 0;
  for (const Key key : place.keys) {
    const auto bucket = buckets_.find(key);
    if (bucket != buckets_.end()) others = std::max(others, bucket->second.size());
  }
  // The more values, the more label sets; a short prefix has more than a long one.
  const std::size_t prefix = place.prefix_size == 0 ? 0 : place.prefix_size < 4 ? 16 : 4;
  return others + prefix + place.keys.size() / 4;
}

// Keeps account of what look-ups have to try for the place's name.
void MatcherIndex::Count(const Place& place, bool add) {
  Name& name = names_[std::string(place.name)];
  std::size_t* count = &name.exact;
  if (place.prefix_size > 0) {
    auto it = std::find_if(name.prefixes.begin(), name.prefixes.end(),
                           [&](const auto& prefix) { return prefix.first == place.prefix_size; });
    if (it == name.prefixes.end()) it = name.prefixes.insert(it, {place.prefix_size, 0});
    count = &it->second;
  }
  add ? ++*count : --*count;
  std::erase_if(name.prefixes, [](const auto& prefix) { return prefix.second == 0; });
  if (name.exact == 0 && name.prefixes.empty()) names_.erase(std::string(place.name));
}

void MatcherIndex::File(const Place& place, Filed filed) {
  if (place.keys.empty()) return always_.push_back(filed);
  for (const Key key : place.keys) buckets_[key].push_back(filed);
  Count(place, true);
}

bool MatcherIndex::IsFiled(const Place& place, Filed filed) const {
  const auto is_under = [&](Key key) {
    const auto bucket = buckets_.find(key);
    return bucket != buckets_.end() &&
           std::find(bucket->second.begin(), bucket->second.end(), filed) != bucket->second.end();
  };
  return !place.keys.empty() && std::all_of(place.keys.begin(), place.keys.end(), is_under);
}

void MatcherIndex::Unfile(const Place& place, Filed filed) {
  for (const Key key : place.keys) {
    const auto bucket = buckets_.find(key);
    bucket->second.erase(std::find(bucket->second.begin(), bucket->second.end(), filed));
    if (bucket->second.empty()) buckets_.erase(bucket);
  }
  Count(place, false);
}

void MatcherIndex::Add(Id id, const model::Matchers& matchers) {
  Place best;
  for (const model::Matcher& matcher : matchers) {
    Place place = PlaceFor(matcher);
    if (Cost(place) < Cost(best)) best = std::move(place);
  }
  File(best, {id, TagOf(matchers)});
  if (++lists_[id] > 1) ++repeated_;
}

void MatcherIndex::Remove(Id id, const model::Matchers& matchers) {
  const Filed filed{id, TagOf(matchers)};
  const auto lists = lists_.find(id);
  if (lists == lists_.end()) return;
  if (lists->second > 1) --repeated_;
  if (--lists->second == 0) lists_.erase(lists);
  // Where the list went depended on what else was there.
  for (const model::Matcher& matcher : matchers) {
    const Place place = PlaceFor(matcher);
    if (IsFiled(place, filed)) return Unfile(place, filed);
  }
  const auto it = std::find(always_.begin(), always_.end(), filed);
  if (it != always_.end()) always_.erase(it);
}

bool MatcherIndex::Find(Key key, std::vector<Id>* out) const {
  const auto bucket = buckets_.find(key);
  if (bucket == buckets_.end()) return false;
  for (const Filed& filed : bucket->second) out->push_back(filed.id);
  return true;
}

void MatcherIndex::Candidates(const model::LabelSet& labels, std::vector<Id>* out) const {
  const auto start = static_cast<std::ptrdiff_t>(out->size());
  int buckets = 0;
  if (!names_.empty()) {
    for (const model::Label label : labels) {
      const auto name = names_.find(label.name);
      if (name == names_.end() || label.value.empty()) continue;
      if (name->second.exact > 0) buckets += Find(KeyOf(label.name, 0, label.value), out);
      for (const auto& [size, lists] : name->second.prefixes) {
        if (size > label.value.size()) continue;
        buckets += Find(KeyOf(label.name, size, label.value.substr(0, size)), out);
      }
    }
  }
  if (buckets > 1) SortUnique(std::next(out->begin(), start), out);
  for (const Filed& filed : always_) out->push_back(filed.id);
  if (repeated_ > 0) SortUnique(std::next(out->begin(), start), out);
}

}  // namespace tocsin::router
