#pragma once

// For decoders that refuse a document as a whole because one byte of it is not valid UTF-8: the
// same document with those bytes marked, so that it can be decoded and whatever holds a mark be
// named. Values; safe from any thread.

#include <string>
#include <string_view>

namespace tocsin {

class InvalidUtf8Marks {
 public:
  // No marks: every text is fine.
  InvalidUtf8Marks() = default;

  // Replaces each invalid byte of *text by a rune that the text did not contain.
  static InvalidUtf8Marks MarkIn(std::string* text);

  bool empty() const { return mark_.empty(); }
  bool IsMarked(std::string_view text) const {
    return !mark_.empty() && text.find(mark_) != std::string_view::npos;
  }
  // `text` with each mark replaced by U+FFFD, for people.
  std::string Shown(std::string_view text) const;

 private:
  std::string mark_;
};

}  // namespace tocsin
