#include "datasource/vector_scan.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace tocsin::datasource {
namespace {

// What stands before the vector, byte by byte: that it is this one, and no other member of that
// name, is then certain.
constexpr std::string_view kBegins[] = {
    R"({"status":"success","data":{"resultType":"vector","result":[)",
    R"({"status":"success","isPartial":false,"data":{"resultType":"vector","result":[)",
};

// Of a time without its fraction: no more than fit any number.
constexpr std::size_t kTimeDigitsMax = 18;

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHigh = 0x8080808080808080;

// The high bit of each byte that is zero, and perhaps of some above the lowest one.
std::uint64_t Zeros(std::uint64_t word) {
  return (word - kOnes) & ~word & kHigh;
}

// The same for what may end a string, or may not stand in one as it is.
std::uint64_t Special(std::uint64_t word) {
  return Zeros(word ^ kOnes * '"') | Zeros(word ^ kOnes * '\\') |
         ((word - kOnes * 0x20) & ~word & kHigh);
}

bool IsSpecial(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  bool Take(std::string_view expected) {
    if (text_.compare(at_, expected.size(), expected) != 0) return false;
    at_ += expected.size();
    return true;
  }
  bool Take(char expected) {
    if (at_ == text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }

  // `"label":"value",...}`, behind the brace.
  bool TakeLabels(std::vector<model::Label>* labels) {
    labels->clear();
    if (Take('}')) return true;
    do {
      model::Label label;
      if (!TakeString(&label.name) || !Take(':') || !TakeString(&label.value)) return false;
      // A label without a value is no label.
      if (!label.value.empty()) labels->push_back(label);
    } while (Take(','));
    return Take('}');
  }

  // `[1435781451.781,"0.25"]`. The time is the one that was asked for.
  bool TakeTimeAndValue(double* value) {
    std::string_view text;
    if (!Take('[') || !TakeTime() || !Take(',') || !TakeString(&text) || !Take(']')) return false;
    const std::optional<double> number = ParseSampleValue(text);
    *value = number.value_or(0);
    return number.has_value();
  }

 private:
  bool TakeString(std::string_view* string) {
    if (!Take('"')) return false;
    const std::size_t begin = at_;
    SkipPlain();
    *string = text_.substr(begin, at_ - begin);
    return Take('"');
  }

  void SkipPlain() {
    if constexpr (std::endian::native == std::endian::little) {
      while (text_.size() - at_ >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text_.data() + at_, sizeof word);
        const std::uint64_t special = Special(word);
        if (special != 0) {
          at_ += static_cast<std::size_t>(std::countr_zero(special)) / 8;
          return;
        }
        at_ += sizeof word;
      }
    }
    while (at_ < text_.size() && !IsSpecial(text_[at_])) ++at_;
  }

  bool TakeTime() {
    const bool leading_zero = at_ < text_.size() && text_[at_] == '0';
    const std::size_t whole = TakeDigits();
    if (whole == 0 || whole > kTimeDigitsMax || (leading_zero && whole > 1)) return false;
    return !Take('.') || TakeDigits() > 0;
  }

  std::size_t TakeDigits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    return at_ - begin;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<double> ParseSampleValue(std::string_view text) {
  // from_chars knows no plus sign.
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<VectorScan> ScanVector(std::string_view body) {
  Scanner scanner(body);
  const bool begins = std::any_of(std::begin(kBegins), std::end(kBegins),
                                  [&](std::string_view begin) { return scanner.Take(begin); });
  if (!begins) return std::nullopt;
  const std::size_t begin = scanner.at();
  VectorScan scan;
  std::vector<model::Label> labels;
  if (!scanner.Take(']')) {
    do {
      double value = 0;
      if (!scanner.Take(R"({"metric":{)") || !scanner.TakeLabels(&labels) ||
          !scanner.Take(R"(,"value":)") || !scanner.TakeTimeAndValue(&value) ||
          !scanner.Take('}')) {
        return std::nullopt;
      }
      scan.vector.push_back({model::LabelSet::FromUnsorted(labels), value});
      // The others are about as long.
      if (scan.vector.size() == 1) {
        scan.vector.reserve((body.size() - begin) / (scanner.at() - begin) + 1);
      }
    } while (scanner.Take(','));
    if (!scanner.Take(']')) return std::nullopt;
  }
  scan.rest.append(body.substr(0, begin)).append(body.substr(scanner.at() - 1));
  return scan;
}

}  // namespace tocsin::datasource
