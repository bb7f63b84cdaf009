#pragma once

// YAML text as an immutable tree in which every node knows its place. Strict where YAML is not: a
// key given twice is an error, merge keys (`<<`) are resolved here, and the size of what aliases
// expand to is bounded. yaml_reader.cc is the only file that includes yaml-cpp.
//
// Nodes are shared (an alias is the node it names) and safe from any thread.

#include "config/diagnostic.h"

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::config {

class YamlNode;
using YamlNodePtr = std::shared_ptr<const YamlNode>;

class YamlNode {
 public:
  enum class Kind { kNull, kScalar, kSequence, kMapping };

  struct Entry {
    YamlNodePtr key;  // A scalar, or null for an empty key.
    YamlNodePtr value;
  };

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_scalar() const { return kind_ == Kind::kScalar; }
  bool is_sequence() const { return kind_ == Kind::kSequence; }
  bool is_mapping() const { return kind_ == Kind::kMapping; }

  // A scalar's text, escapes and folding already done, but as written otherwise (`0x1f`, `yes`).
  const std::string& text() const { return text_; }
  // Quoted, a block, or tagged !!str: never a boolean or a number, whatever the text looks like.
  bool quoted() const { return quoted_; }
  // An explicit tag (`tag:yaml.org,2002:int`), or "".
  const std::string& tag() const { return tag_; }

  // Both count from 1; the column counts bytes. An absent value has the place of its key.
  int line() const { return line_; }
  int column() const { return column_; }

  const std::vector<YamlNodePtr>& items() const { return items_; }
  // In the order of the text, then what merge keys added. No key twice.
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  friend class YamlTreeBuilder;

  Kind kind_ = Kind::kNull;
  bool quoted_ = false;
  int line_ = 0;
  int column_ = 0;
  int height_ = 1;          // Levels from here down, aliases expanded.
  std::size_t weight_ = 1;  // Nodes from here down, aliases expanded; long texts count for several.
  std::string text_;
  std::string tag_;
  std::vector<YamlNodePtr> items_;
  std::vector<Entry> entries_;
};

struct YamlLimits {
  std::size_t bytes = 16 * 1024 * 1024;
  std::size_t nodes = 1'000'000;  // After the expansion of aliases.
  int depth = 200;
  std::size_t documents =
      std::numeric_limits<std::size_t>::max();  // What follows is not looked at.
};

// The documents of `text`; an empty one is a null node. Errors go to `diagnostics`. After an error
// that leaves no usable tree (syntax, limits) there is no value; otherwise there is one even with
// errors, so that the caller can report what else is wrong.
std::optional<std::vector<YamlNodePtr>> ReadYaml(std::string_view text, const std::string& file,
                                                 Diagnostics* diagnostics,
                                                 const YamlLimits& limits = {});

}  // namespace tocsin::config
