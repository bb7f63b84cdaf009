#include "model/label_set.h"

#include "base/hash.h"
#include "base/text.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>

namespace tocsin::model {

namespace {

// Separates names and values in the fingerprint; it cannot occur in UTF-8.
constexpr std::string_view kHashSeparator = "\xFF";

bool IsLetterOrUnderscore(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsStrictlyAscending(const std::vector<Label>& labels) {
  return std::adjacent_find(labels.begin(), labels.end(), [](const Label& a, const Label& b) {
           return a.name >= b.name;
         }) == labels.end();
}

}  // namespace

std::string ToString(Fingerprint fingerprint) {
  return Hex16(static_cast<std::uint64_t>(fingerprint));
}

// The block: this header, then for each pair the end of its name and the end of its value (offsets
// into the characters; a string starts where the one before it ends), then the characters.
struct LabelSet::Rep {
  mutable std::atomic<std::uint32_t> references;
  std::uint32_t count;
  std::uint64_t fingerprint;

  static std::size_t BlockBytes(std::size_t pairs, std::size_t characters) {
    return sizeof(Rep) + 2 * pairs * sizeof(std::uint32_t) + characters;
  }

  std::uint32_t* ends() { return reinterpret_cast<std::uint32_t*>(this + 1); }
  const std::uint32_t* ends() const { return reinterpret_cast<const std::uint32_t*>(this + 1); }
  char* characters() { return reinterpret_cast<char*>(ends() + 2 * std::size_t{count}); }
  const char* characters() const {
    return reinterpret_cast<const char*>(ends() + 2 * std::size_t{count});
  }

  // Names are the even strings, values the odd ones.
  std::string_view Text(std::size_t i) const {
    const std::uint32_t start = i == 0 ? 0 : ends()[i - 1];
    return {characters() + start, ends()[i] - start};
  }

  static const Rep* Make(const std::vector<Label>& labels) {
    if (labels.empty()) return nullptr;
    std::size_t size = 0;
    for (const Label& label : labels) size += label.name.size() + label.value.size();
    assert(size <= std::numeric_limits<std::uint32_t>::max());
    void* const block = std::malloc(BlockBytes(labels.size(), size));
    if (block == nullptr) std::abort();
    auto* const rep = new (block) Rep{1, static_cast<std::uint32_t>(labels.size()), 0};
    std::uint64_t hash = kFnvOffsetBasis;
    std::uint32_t end = 0;
    std::uint32_t* next_end = rep->ends();
    const auto put = [&](std::string_view text) {
      if (!text.empty()) std::memcpy(rep->characters() + end, text.data(), text.size());
      end += static_cast<std::uint32_t>(text.size());
      *next_end++ = end;
      hash = Fnv1a64(kHashSeparator, Fnv1a64(text, hash));
    };
    for (const Label& label : labels) {
      put(label.name);
      put(label.value);
    }
    rep->fingerprint = hash;
    return rep;
  }

  static void Release(const Rep* rep) {
    // Release on the way down and acquire at the end, so that whoever frees sees all reads done.
    if (rep == nullptr || rep->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    auto* const owned = const_cast<Rep*>(rep);
    owned->~Rep();
    std::free(owned);
  }
};

LabelSet::LabelSet(std::initializer_list<Label> labels) : LabelSet(FromUnsorted(labels)) {}

LabelSet::LabelSet(const LabelSet& other) noexcept : rep_(other.rep_) {
  if (rep_ != nullptr) rep_->references.fetch_add(1, std::memory_order_relaxed);
}

LabelSet::~LabelSet() {
  Rep::Release(rep_);
}

LabelSet LabelSet::FromUnsorted(std::vector<Label> labels) {
  // What Prometheus sends is in order already.
  if (IsStrictlyAscending(labels)) return FromSorted(labels);
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return labels[a].name != labels[b].name ? labels[a].name < labels[b].name : a < b;
  });
  std::vector<Label> sorted;
  sorted.reserve(labels.size());
  for (const std::size_t i : order) {
    // Equal names stand in the order in which they were given: each replaces the one before.
    if (!sorted.empty() && sorted.back().name == labels[i].name) sorted.pop_back();
    sorted.push_back(labels[i]);
  }
  return FromSorted(sorted);
}

LabelSet LabelSet::FromSorted(const std::vector<Label>& labels) {
  assert(IsStrictlyAscending(labels));
  return LabelSet(Rep::Make(labels));
}

std::size_t LabelSet::size() const {
  return rep_ == nullptr ? 0 : rep_->count;
}

Label LabelSet::operator[](std::size_t i) const {
  assert(i < size());
  return {rep_->Text(2 * i), rep_->Text(2 * i + 1)};
}

std::string_view LabelSet::Get(std::string_view name) const {
  for (const Label label : *this) {
    if (label.name == name) return label.value;
  }
  return {};
}

bool LabelSet::Has(std::string_view name) const {
  return std::any_of(begin(), end(), [&](const Label& label) { return label.name == name; });
}

model::Fingerprint LabelSet::Fingerprint() const {
  return model::Fingerprint{rep_ == nullptr ? kFnvOffsetBasis : rep_->fingerprint};
}

std::size_t LabelSet::HeapBytes() const {
  if (rep_ == nullptr) return 0;
  return Rep::BlockBytes(rep_->count, rep_->ends()[2 * std::size_t{rep_->count} - 1]);
}

std::string LabelSet::ToString() const {
  std::string out = "{";
  for (const Label label : *this) {
    if (out.size() > 1) out += ", ";
    out += label.name;
    out += '=';
    AppendGoQuoted(label.value, &out);
  }
  out += '}';
  return out;
}

bool LabelSet::operator==(const LabelSet& other) const {
  if (rep_ == other.rep_) return true;
  if (Fingerprint() != other.Fingerprint() || size() != other.size()) return false;
  return std::equal(begin(), end(), other.begin());
}

std::strong_ordering LabelSet::operator<=>(const LabelSet& other) const {
  if (size() != other.size()) return size() <=> other.size();
  for (std::size_t i = 0; i < size(); ++i) {
    const Label mine = (*this)[i];
    const Label theirs = other[i];
    // The smaller name is missing in the other set, which therefore comes first.
    if (mine.name != theirs.name) return theirs.name <=> mine.name;
    if (mine.value != theirs.value) return mine.value <=> theirs.value;
  }
  return std::strong_ordering::equal;
}

LabelSetBuilder::LabelSetBuilder(const LabelSet& base) {
  labels_.reserve(base.size() + 2);
  for (const Label label : base) labels_.emplace_back(label.name, label.value);
}

namespace {

template <class Labels>
auto LowerBound(Labels& labels, std::string_view name) {
  return std::lower_bound(labels.begin(), labels.end(), name,
                          [](const auto& label, std::string_view n) { return label.first < n; });
}

}  // namespace

LabelSetBuilder& LabelSetBuilder::Set(std::string_view name, std::string_view value) {
  if (value.empty()) return Remove(name);
  const auto at = LowerBound(labels_, name);
  if (at != labels_.end() && at->first == name) {
    at->second = value;
  } else {
    labels_.emplace(at, name, value);
  }
  return *this;
}

LabelSetBuilder& LabelSetBuilder::Remove(std::string_view name) {
  const auto at = LowerBound(labels_, name);
  if (at != labels_.end() && at->first == name) labels_.erase(at);
  return *this;
}

std::string_view LabelSetBuilder::Get(std::string_view name) const {
  const auto at = LowerBound(labels_, name);
  if (at == labels_.end() || at->first != name) return {};
  return at->second;
}

LabelSet LabelSetBuilder::Build() const {
  std::vector<Label> labels;
  labels.reserve(labels_.size());
  for (const auto& [name, value] : labels_) labels.push_back({name, value});
  return LabelSet::FromSorted(labels);
}

bool IsClassicLabelName(std::string_view name) {
  if (name.empty() || !IsLetterOrUnderscore(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return IsLetterOrUnderscore(c) || IsDigit(c); });
}

bool IsClassicMetricName(std::string_view name) {
  if (name.empty() || IsDigit(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return IsLetterOrUnderscore(c) || IsDigit(c) || c == ':'; });
}

}  // namespace tocsin::model
