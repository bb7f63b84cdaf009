#include "config/inner_place.h"

#include "base/text.h"
#include "config/source_file.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace tocsin::config {
namespace {

// The part of a line that cannot have been changed by indentation or trimming.
std::string_view Core(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

// The action {{ ... }} around a byte of a line, or what follows the byte where there is none.
std::string_view ActionAt(std::string_view line, std::size_t at) {
  const std::size_t open = line.rfind("{{", at);
  const std::size_t begin = open == std::string_view::npos ? at : open;
  const std::size_t close = line.find("}}", at);
  return line.substr(begin, close == std::string_view::npos ? close : close + 2 - begin);
}

class Search {
 public:
  Search(std::string_view file_text, const Position& from)
      : lines_(Split(file_text, '\n')), found_(from) {}

  // Goes on to the next place at which `part` stands; false, and stays, if there is none.
  bool Find(std::string_view part) {
    std::size_t from = static_cast<std::size_t>(found_.column - 1) + (moved_ ? 1 : 0);
    for (std::size_t i = static_cast<std::size_t>(found_.line - 1); i < lines_.size(); ++i) {
      const std::size_t at = lines_[i].find(part, std::min(from, lines_[i].size()));
      if (at != std::string_view::npos) {
        found_.line = static_cast<int>(i) + 1;
        found_.column = static_cast<int>(at) + 1;
        moved_ = true;
        return true;
      }
      from = 0;
    }
    return false;
  }

  Position Found(std::size_t offset) const {
    Position place = found_;
    place.column += static_cast<int>(offset);
    return place;
  }

 private:
  std::vector<std::string_view> lines_;
  Position found_;
  bool moved_ = false;
};

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Reads a YAML scalar as it stands beside the text that was read from it. White space, which
// indentation and folding change, is skipped on both sides.
class Follower {
 public:
  // `begin` is where the scalar begins, with its quote or the header of its block.
  Follower(std::string_view file_text, std::size_t begin) : file_(file_text), at_(begin) {
    const char first = at_ < file_.size() ? file_[at_] : '\0';
    if (first == '|' || first == '>') at_ = std::min(file_.find('\n', at_), file_.size());
    if (first == '"' || first == '\'') {
      quote_ = first;
      ++at_;
    }
  }

  // Where the byte at `target` of `text` stands; npos where they do not agree up to there.
  std::size_t Find(std::string_view text, std::size_t target) {
    for (std::size_t i = 0; i < target; ++i) {
      if (IsBlank(text[i])) continue;
      if (Take() != text[i]) return std::string_view::npos;
    }
    if (target < text.size() && !IsBlank(text[target])) SkipBlank();
    return at_;
  }

 private:
  void SkipBlank() {
    while (at_ < file_.size()) {
      const std::string_view two = file_.substr(at_, 2);
      const bool escaped =
          quote_ == '"' && (two == "\\n" || two == "\\t" || two == "\\r" || two == "\\\n");
      if (!escaped && !IsBlank(file_[at_])) return;
      at_ += escaped ? 2 : 1;
    }
  }

  // The next byte that is not white space; a zero at the end, and for an escape that may be
  // anything.
  char Take() {
    SkipBlank();
    if (at_ >= file_.size()) return '\0';
    const std::string_view two = file_.substr(at_, 2);
    if (quote_ == '\'' && two == "''") {
      at_ += 2;
      return '\'';
    }
    if (quote_ == '"' && file_[at_] == '\\') {
      at_ += 2;
      return two == "\\\"" || two == "\\\\" ? two[1] : '\0';
    }
    return file_[at_++];
  }

  std::string_view file_;
  std::size_t at_;
  char quote_ = '\0';
};

// The byte at which a line and column, both from 1, stand; npos beyond the text.
std::size_t OffsetOf(std::string_view text, int line, int column) {
  std::size_t begin = 0;
  for (int i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) return end;
    begin = end + 1;
  }
  const std::size_t at = begin + static_cast<std::size_t>(column - 1);
  return at <= text.size() ? at : std::string_view::npos;
}

std::optional<Position> Followed(std::string_view file_text, const Position& value,
                                 std::string_view text, std::size_t target) {
  const std::size_t begin = OffsetOf(file_text, value.line, value.column);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t at = Follower(file_text, begin).Find(text, target);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view before = file_text.substr(0, at);
  Position place = value;
  place.line += static_cast<int>(
      std::count(before.begin() + static_cast<std::ptrdiff_t>(begin), before.end(), '\n'));
  place.column = static_cast<int>(at - (before.rfind('\n') + 1)) + 1;
  return place;
}

}  // namespace

Position PlaceInValue(std::string_view file_text, const Position& value, std::string_view text,
                      int line, int column) {
  if (value.line < 1 || value.column < 1 || line < 1 || column < 1) return value;
  const std::vector<std::string_view> lines = Split(text, '\n');
  const std::size_t last = std::min(static_cast<std::size_t>(line), lines.size()) - 1;
  const std::string_view wanted = lines[last];
  const std::size_t at = std::min(static_cast<std::size_t>(column - 1), wanted.size());
  const auto target = static_cast<std::size_t>(wanted.data() - text.data()) + at;
  if (const auto place = Followed(file_text, value, text, target)) return *place;
  // Escapes or an anchor are in the way.
  Search search(file_text, value);
  // The lines before it, in their order, so that one of several equal lines is the right one.
  for (std::size_t i = 0; i < last; ++i) {
    if (!Core(lines[i]).empty()) search.Find(Core(lines[i]));
  }
  const std::string_view core = Core(wanted);
  if (!core.empty() && search.Find(core)) {
    const auto begin = static_cast<std::size_t>(core.data() - wanted.data());
    return search.Found(at > begin ? at - begin : 0);
  }
  const std::string_view action = ActionAt(wanted, at);
  if (action.empty() || !search.Find(action)) return value;
  return search.Found(at - static_cast<std::size_t>(action.data() - wanted.data()));
}

Position PlaceInValue(const Position& value, std::string_view text, int line, int column) {
  const Result<std::string> file_text = ReadSourceFile(value.file);
  return file_text ? PlaceInValue(*file_text, value, text, line, column) : value;
}

}  // namespace tocsin::config
