#include "base/invalid_utf8.h"

#include "base/text.h"

namespace tocsin {
namespace {

// Unicode guarantees that these are never characters. Somebody who sends all of them beside invalid
// bytes has valid strings reported as invalid ones, no worse.
constexpr char32_t kFirstNoncharacter = 0xFDD0;
constexpr char32_t kLastNoncharacter = 0xFDEF;

std::string ChooseMark(std::string_view text) {
  std::string mark;
  for (char32_t rune = kFirstNoncharacter; rune <= kLastNoncharacter; ++rune) {
    mark.clear();
    AppendRune(rune, &mark);
    if (text.find(mark) == std::string_view::npos) break;
  }
  return mark;
}

}  // namespace

InvalidUtf8Marks InvalidUtf8Marks::MarkIn(std::string* text) {
  InvalidUtf8Marks marks;
  marks.mark_ = ChooseMark(*text);
  std::string marked;
  marked.reserve(text->size() + text->size() / 8);
  std::string_view rest = *text;
  while (!rest.empty()) {
    const Rune rune = DecodeRune(rest);
    const bool invalid = rune.value == kReplacementRune && rune.size == 1;
    marked += invalid ? std::string_view(marks.mark_) : rest.substr(0, rune.size);
    rest.remove_prefix(rune.size);
  }
  *text = std::move(marked);
  return marks;
}

std::string InvalidUtf8Marks::Shown(std::string_view text) const {
  std::string shown;
  while (IsMarked(text)) {
    const std::size_t at = text.find(mark_);
    shown += text.substr(0, at);
    AppendRune(kReplacementRune, &shown);
    text.remove_prefix(at + mark_.size());
  }
  shown += text;
  return shown;
}

}  // namespace tocsin
