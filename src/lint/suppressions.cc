#include "lint/suppressions.h"

#include "base/text.h"
#include "lint/catalogue.h"

#include <algorithm>
#include <limits>

namespace tocsin::lint {
namespace {

constexpr std::string_view kMark = "tocsin:";
constexpr std::string_view kDisable = "disable=";

std::size_t Indentation(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool IsBlank(std::string_view line) {
  return TrimSpace(line).empty();
}

bool IsComment(std::string_view line) {
  return TrimSpace(line).starts_with('#');
}

// The ids of the comment in the line; none if it has no such comment.
std::vector<std::string_view> DisabledIn(std::string_view line) {
  for (std::size_t hash = line.find('#'); hash != std::string_view::npos;
       hash = line.find('#', hash + 1)) {
    std::string_view comment = TrimSpace(line.substr(hash + 1));
    if (!comment.starts_with(kMark)) continue;
    comment = TrimSpace(comment.substr(kMark.size()));
    if (!comment.starts_with(kDisable)) continue;
    comment.remove_prefix(kDisable.size());
    // What follows a space is why.
    return Split(comment.substr(0, comment.find_first_of(" \t")), ',');
  }
  return {};
}

// The last line of the block that begins at `first`, both as indices.
std::size_t EndOfBlock(const std::vector<std::string_view>& lines, std::size_t first) {
  const std::size_t indentation = Indentation(lines[first]);
  const bool is_item = lines[first].substr(indentation).starts_with('-');
  std::size_t last = first;
  for (std::size_t i = first + 1; i < lines.size(); ++i) {
    if (IsBlank(lines[i])) continue;
    const std::size_t here = Indentation(lines[i]);
    const bool own_item = !is_item && lines[i].substr(here).starts_with('-');
    if (here < indentation || (here == indentation && !own_item)) break;
    last = i;
  }
  return last;
}

}  // namespace

Suppressions::Suppressions(std::string_view text) {
  const std::vector<std::string_view> lines = Split(text, '\n');
  bool at_head = true;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool own_line = IsComment(lines[i]);
    if (!own_line && !IsBlank(lines[i]) && TrimSpace(lines[i]) != "---") at_head = false;
    std::size_t first = i;
    std::size_t last = i;
    if (own_line && !at_head) {
      while (first < lines.size() && (IsComment(lines[first]) || IsBlank(lines[first]))) ++first;
      if (first == lines.size()) continue;
      last = EndOfBlock(lines, first);
    }
    for (const std::string_view id : DisabledIn(lines[i])) {
      if (FindInCatalogue(id) == nullptr) {
        unknown_.push_back({std::string(id), static_cast<int>(i) + 1});
      } else if (at_head) {
        blocks_.push_back({0, std::numeric_limits<int>::max(), std::string(id)});
      } else {
        blocks_.push_back(
            {static_cast<int>(first) + 1, static_cast<int>(last) + 1, std::string(id)});
      }
    }
  }
}

bool Suppressions::Cover(int line, std::string_view id) const {
  return std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& block) {
    return block.id == id && line >= block.first_line && line <= block.last_line;
  });
}

}  // namespace tocsin::lint
