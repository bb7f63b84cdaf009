#include "model/label_set.h"

#include "base/hash.h"
#include "base/interned_text.h"
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
constexpr std::uint64_t kOddFactor = 0x9E3779B97F4A7C15ULL;

template <class Number>
Number Load(const char* from) {
  Number number;
  std::memcpy(&number, from, sizeof number);
  return number;
}

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

namespace {

// Most sets have their names in common with thousands of others: these share one text that holds,
// for each name, where it ends, and then the characters of all.
class Names {
 public:
  explicit Names(std::string_view encoded) : encoded_(encoded) {}

  static InternedText Intern(const std::vector<Label>& labels) {
    thread_local std::string encoded;
    encoded.clear();
    std::uint32_t end = 0;
    for (const Label& label : labels) {
      end += static_cast<std::uint32_t>(label.name.size());
      encoded.append(reinterpret_cast<const char*>(&end), sizeof end);
    }
    for (const Label& label : labels) encoded.append(label.name);
    // The alerts of a batch mostly come with the same names one after the other.
    thread_local InternedText last;
    if (last.view() != encoded) last = InternedText(encoded);
    return last;
  }

  std::string_view Get(std::size_t i, std::size_t count) const {
    const std::uint32_t start = i == 0 ? 0 : End(i - 1);
    return encoded_.substr(count * sizeof start + start, End(i) - start);
  }

  // The position of the name; `count` if it is not there.
  std::size_t Find(std::string_view name, std::size_t count) const {
    const char* at = encoded_.data() + count * sizeof(std::uint32_t);
    std::uint32_t start = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t size = End(i) - start;
      if (std::string_view(at, size) == name) return i;
      at += size;
      start += size;
    }
    return count;
  }

 private:
  std::uint32_t End(std::size_t i) const {
    return Load<std::uint32_t>(encoded_.data() + i * sizeof(std::uint32_t));
  }

  const std::string_view encoded_;
};

}  // namespace

// The block: this header, then the shape, then for each value where it ends (offsets into the
// characters; a value starts where the one before it ends), then the characters. Every byte of it
// is there once for each alert, twice with its annotations: sets of less than 256 bytes have ends
// of one byte each, and what is behind the header is not aligned.
struct LabelSet::Rep {
  mutable std::atomic<std::uint32_t> references;
  std::uint32_t hash;
  mutable std::atomic<std::uint64_t> fingerprint;  // 0: nobody has asked yet.
  InternedText names;

  // How many pairs there are and how wide the ends are: a few bits for most sets, for others the
  // count is behind.
  class Shape {
   public:
    Shape(std::size_t count, std::size_t size)
        : bits_(count > kCountMax || size > kShortMax
                    ? kLarge
                    : static_cast<std::uint16_t>(count << 1 | (size > kTinyMax))),
          count_(static_cast<std::uint32_t>(count)) {}
    explicit Shape(const char* from) {
      std::memcpy(&bits_, from, sizeof bits_);
      count_ = bits_ >> 1;
      if (bits_ == kLarge) std::memcpy(&count_, from + sizeof bits_, sizeof count_);
    }
    void Write(char* to) const {
      std::memcpy(to, &bits_, sizeof bits_);
      if (bits_ == kLarge) std::memcpy(to + sizeof bits_, &count_, sizeof count_);
    }

    std::size_t bytes() const {
      return bits_ == kLarge ? sizeof bits_ + sizeof count_ : sizeof bits_;
    }
    std::uint32_t count() const { return count_; }
    std::size_t end_bytes() const { return bits_ == kLarge ? 4 : 1 + (bits_ & 1U); }
    std::size_t all_ends_bytes() const { return count_ * end_bytes(); }

   private:
    static constexpr std::uint16_t kLarge = 0xFFFF;
    static constexpr std::size_t kCountMax = 0x7FFE;
    static constexpr std::size_t kTinyMax = 0xFF, kShortMax = 0xFFFF;  // Characters of all values.

    std::uint16_t bits_;
    std::uint32_t count_;
  };

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  Shape shape() const { return Shape(data()); }
  std::uint32_t count() const { return shape().count(); }

  std::uint32_t End(const Shape& shape, std::size_t i) const {
    const char* const at = data() + shape.bytes() + i * shape.end_bytes();
    switch (shape.end_bytes()) {
      case 1:
        return static_cast<unsigned char>(*at);
      case 2:
        return Load<std::uint16_t>(at);
      default:
        return Load<std::uint32_t>(at);
    }
  }
  void SetEnd(const Shape& shape, std::size_t i, std::uint32_t end) {
    char* const at = data() + shape.bytes() + i * shape.end_bytes();
    const auto narrow = static_cast<std::uint16_t>(end);
    switch (shape.end_bytes()) {
      case 1:
        *at = static_cast<char>(end);
        return;
      case 2:
        std::memcpy(at, &narrow, sizeof narrow);
        return;
      default:
        std::memcpy(at, &end, sizeof end);
    }
  }

  std::string_view Name(std::size_t i) const { return Names(names.view()).Get(i, count()); }
  std::size_t Find(std::string_view name) const { return Names(names.view()).Find(name, count()); }
  std::string_view Value(std::size_t i) const {
    const Shape is = shape();
    const std::uint32_t start = i == 0 ? 0 : End(is, i - 1);
    return {data() + is.bytes() + is.all_ends_bytes() + start, End(is, i) - start};
  }
  // All of it behind the header: equal for equal values.
  std::string_view Values() const {
    const Shape is = shape();
    return {data(), is.bytes() + is.all_ends_bytes() + End(is, is.count() - 1)};
  }
  std::size_t BlockBytes() const { return sizeof(Rep) + Values().size(); }

  static const Rep* Make(const std::vector<Label>& labels) {
    if (labels.empty()) return nullptr;
    std::size_t size = 0;
    for (const Label& label : labels) size += label.value.size();
    assert(size <= std::numeric_limits<std::uint32_t>::max());
    const Shape shape(labels.size(), size);
    void* const block = std::malloc(sizeof(Rep) + shape.bytes() + shape.all_ends_bytes() + size);
    if (block == nullptr) std::abort();
    auto* const rep = new (block) Rep{1, 0, 0, Names::Intern(labels)};
    shape.Write(rep->data());
    char* const characters = rep->data() + shape.bytes() + shape.all_ends_bytes();
    std::uint32_t end = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const std::string_view value = labels[i].value;
      if (!value.empty()) std::memcpy(characters + end, value.data(), value.size());
      end += static_cast<std::uint32_t>(value.size());
      rep->SetEnd(shape, i, end);
    }
    const std::uint64_t hash = XxHash64(rep->names.view()) * kOddFactor ^ XxHash64(rep->Values());
    rep->hash = static_cast<std::uint32_t>(hash >> 32 ^ hash);
    return rep;
  }

  // Several threads may compute it, all the same.
  std::uint64_t Fingerprint() const {
    std::uint64_t known = fingerprint.load(std::memory_order_relaxed);
    if (known != 0) return known;
    known = kFnvOffsetBasis;
    for (std::uint32_t i = 0; i < count(); ++i) {
      known = Fnv1a64(kHashSeparator, Fnv1a64(Name(i), known));
      known = Fnv1a64(kHashSeparator, Fnv1a64(Value(i), known));
    }
    fingerprint.store(known, std::memory_order_relaxed);
    return known;
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

LabelSet LabelSet::FromUnsorted(const std::vector<Label>& labels) {
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
  return rep_ == nullptr ? 0 : rep_->count();
}

Label LabelSet::operator[](std::size_t i) const {
  assert(i < size());
  return {rep_->Name(i), rep_->Value(i)};
}

std::string_view LabelSet::Get(std::string_view name) const {
  if (rep_ == nullptr) return {};
  const std::size_t at = rep_->Find(name);
  return at == rep_->count() ? std::string_view() : rep_->Value(at);
}

bool LabelSet::Has(std::string_view name) const {
  return rep_ != nullptr && rep_->Find(name) != rep_->count();
}

bool LabelSet::HasNamesOf(const LabelSet& other) const {
  if (rep_ == nullptr || other.rep_ == nullptr) return rep_ == other.rep_;
  return rep_->names == other.rep_->names;
}

model::Fingerprint LabelSet::Fingerprint() const {
  return model::Fingerprint{rep_ == nullptr ? kFnvOffsetBasis : rep_->Fingerprint()};
}

std::size_t LabelSet::Hash() const {
  return rep_ == nullptr ? 0 : rep_->hash * kOddFactor;
}

std::size_t LabelSet::HeapBytes() const {
  return rep_ == nullptr ? 0 : rep_->BlockBytes();
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
  if (rep_ == nullptr || other.rep_ == nullptr) return false;
  return rep_->hash == other.rep_->hash && rep_->names == other.rep_->names &&
         rep_->Values() == other.rep_->Values();
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
