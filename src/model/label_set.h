#pragma once

// An immutable set of name/value pairs, sorted bytewise by name, shared by reference count: copying
// is one atomic increment, one allocation holds the values, and the names are shared with all sets
// that have the same ones. Rules, router and snapshots hand the same set around. Also used for
// annotations, where a value may be empty.
//
// Two sets are equal if all pairs are. The hash is computed at construction and only speeds up
// "no": collisions can be constructed, so equality compares the pairs. The fingerprint, which takes
// a step for each byte, is computed when somebody asks for it.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::model {

// Identity of a label set as Alertmanager prints it (FNV-1a 64 over name 0xFF value 0xFF).
enum class Fingerprint : std::uint64_t {};
std::string ToString(Fingerprint fingerprint);  // 16 lower-case hex digits.

struct Label {
  std::string_view name;
  std::string_view value;
  bool operator==(const Label&) const = default;
};

class LabelSet {
 public:
  LabelSet() = default;  // Empty; no allocation.
  LabelSet(std::initializer_list<Label> labels);
  LabelSet(const LabelSet& other) noexcept;
  LabelSet(LabelSet&& other) noexcept : rep_(std::exchange(other.rep_, nullptr)) {}
  LabelSet& operator=(LabelSet other) noexcept {
    std::swap(rep_, other.rep_);
    return *this;
  }
  ~LabelSet();

  // Sorts; of equal names the last one given wins. Values may be empty.
  static LabelSet FromUnsorted(const std::vector<Label>& labels);
  // Precondition: strictly ascending names.
  static LabelSet FromSorted(const std::vector<Label>& labels);

  std::size_t size() const;
  bool empty() const { return size() == 0; }
  // The i-th pair by name. The views live as long as any copy of this set.
  Label operator[](std::size_t i) const;
  // "" if absent, as the field treats a missing label everywhere.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  // Whether both have the same names; quick.
  bool HasNamesOf(const LabelSet& other) const;

  model::Fingerprint Fingerprint() const;
  // For hash tables. Equal in all runs of one build; nothing that is stored or shown.
  std::size_t Hash() const;
  // Ahead of its use by a loop over many sets, asks for the memory of the fingerprint, or of all.
  void PrefetchFingerprint() const { __builtin_prefetch(rep_); }
  void Prefetch() const {
    if (rep_ == nullptr) return;
    __builtin_prefetch(rep_);
    __builtin_prefetch(reinterpret_cast<const char*>(rep_) + 64);
    __builtin_prefetch(reinterpret_cast<const char*>(rep_) + 128);
  }
  // Bytes of heap this set holds for itself, for memory accounting.
  std::size_t HeapBytes() const;

  // `{a="x", b="y"}`: the form in group keys. Values are Go-quoted.
  std::string ToString() const;

  class Iterator {
   public:
    using value_type = Label;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    Iterator() = default;
    Iterator(const LabelSet* set, std::size_t i) : set_(set), i_(i) {}
    Label operator*() const { return (*set_)[i_]; }
    Iterator& operator++() {
      ++i_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator old = *this;
      ++i_;
      return old;
    }
    bool operator==(const Iterator& other) const { return i_ == other.i_; }

   private:
    const LabelSet* set_ = nullptr;
    std::size_t i_ = 0;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

  bool operator==(const LabelSet& other) const;
  // Order of Alertmanager's API (fewer labels first; then the sorted union of names is walked: the
  // set that lacks a name comes first; else values bytewise).
  std::strong_ordering operator<=>(const LabelSet& other) const;

 private:
  struct Rep;
  explicit LabelSet(const Rep* rep) : rep_(rep) {}

  const Rep* rep_ = nullptr;  // Null for the empty set.
};

// Collects pairs and makes a set of them; Set with an empty value removes, as relabelling and rule
// labels do. Small and linear: label sets have a dozen names.
class LabelSetBuilder {
 public:
  LabelSetBuilder() = default;
  explicit LabelSetBuilder(const LabelSet& base);

  LabelSetBuilder& Set(std::string_view name, std::string_view value);
  LabelSetBuilder& Remove(std::string_view name);
  std::string_view Get(std::string_view name) const;
  LabelSet Build() const;

 private:
  std::vector<std::pair<std::string, std::string>> labels_;  // Sorted by name.
};

// `[a-zA-Z_][a-zA-Z0-9_]*`.
bool IsClassicLabelName(std::string_view name);
// `[a-zA-Z_:][a-zA-Z0-9_:]*`.
bool IsClassicMetricName(std::string_view name);

struct LabelSetHash {
  std::size_t operator()(const LabelSet& set) const { return set.Hash(); }
};

}  // namespace tocsin::model
