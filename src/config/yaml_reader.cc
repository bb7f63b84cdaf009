#include "config/yaml_reader.h"

#include "base/text.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <exception>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace tocsin::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kCoreTagPrefix = "tag:yaml.org,2002:";
constexpr std::size_t kBytesPerWeight = 256;

// What YAML allows in a text. yaml-cpp lets the others pass, and ends the text at U+0004.
bool IsYamlCharacter(char32_t rune) {
  if (rune == '\t' || rune == '\n' || rune == '\r' || rune == 0x85) return true;
  if (rune < 0x20 || (rune >= 0x7F && rune < 0xA0)) return false;
  return rune != 0xFFFE && rune != 0xFFFF;
}

// Reports the first byte that is no UTF-8 and the first character that YAML does not allow.
bool CheckCharacters(std::string_view text, const std::string& file, Diagnostics* diagnostics) {
  int line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    Rune rune{byte, 1};
    if (byte >= 0x80) rune = DecodeRune(text.substr(i));
    const bool invalid = byte >= 0x80 && rune.size == 1;
    if (invalid || !IsYamlCharacter(rune.value)) {
      diagnostics->AddError({file, line, static_cast<int>(i - line_start) + 1},
                            invalid ? "invalid UTF-8" : "control characters are not allowed");
      return false;
    }
    i += rune.size;
    if (byte == '\n') {
      ++line;
      line_start = i;
    }
  }
  return true;
}

// yaml-cpp counts lines at \n only.
std::string WithUnixNewlines(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      result.push_back(text[i]);
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      result.push_back('\n');
    }
  }
  return result;
}

// yaml-cpp makes a byte of the escapes `\N` and `\_`, where the characters have two.
std::string WithWholeRunes(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    const auto byte = static_cast<unsigned char>(text.front());
    AppendRune(rune.size == 1 ? byte : rune.value, &result);
    text.remove_prefix(rune.size);
  }
  return result;
}

bool IsKnownTag(std::string_view tag) {
  if (!tag.starts_with(kCoreTagPrefix)) return false;
  constexpr std::array<std::string_view, 9> kKnown = {"str",       "int",   "float", "bool", "null",
                                                      "timestamp", "merge", "seq",   "map"};
  tag.remove_prefix(kCoreTagPrefix.size());
  for (std::string_view known : kKnown) {
    if (tag == known) return true;
  }
  return false;
}

// For messages: a key may be as long as the file.
std::string Shown(const std::string& text) {
  return GoQuote(TruncateRunes(text, 80));
}

}  // namespace

// Makes the tree from yaml-cpp's events. After a fatal error it ignores all further events, since
// an exception of ours would have to pass through the library.
class YamlTreeBuilder final : public YAML::EventHandler {
 public:
  YamlTreeBuilder(std::string_view text, const std::string& file, Diagnostics* diagnostics,
                  const YamlLimits& limits)
      : text_(text), file_(file), diagnostics_(diagnostics), limits_(limits) {}

  bool failed() const { return failed_; }
  std::vector<YamlNodePtr> TakeDocuments() { return std::move(documents_); }

  void Fatal(int line, int column, const std::string& message) {
    if (!failed_) diagnostics_->AddError({file_, line, column}, message);
    failed_ = true;
  }

  void SyntaxError(const YAML::Mark& mark, std::string message) {
    const std::size_t pos = mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
    if (pos > 0 && pos <= text_.size()) {
      std::string_view line = text_.substr(text_.rfind('\n', pos - 1) + 1);
      line = line.substr(0, line.find_first_not_of(" \t"));
      if (line.find('\t') != std::string_view::npos) message += " (tabs cannot indent)";
    }
    Fatal(mark.line + 1, mark.column + 1, message);
  }

  // yaml-cpp takes the end of the text for a closing quote. Only the last scalar can be such a one.
  void CheckLastQuote() {
    if (failed_ || !last_scalar_) return;
    auto [offset, line, column] = *last_scalar_;
    while (offset < text_.size() && (text_[offset] == '&' || text_[offset] == '!')) {
      offset = text_.find_first_of(" \t\n", offset);
      offset = std::min(text_.find_first_not_of(" \t\n", offset), text_.size());
    }
    if (offset >= text_.size()) return;
    const char quote = text_[offset];
    if (quote != '"' && quote != '\'') return;
    for (std::size_t i = offset + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\' && quote == '"') {
        ++i;
      } else if (text_[i] == quote) {
        if (quote == '"' || i + 1 == text_.size() || text_[i + 1] != quote) return;
        ++i;  // '' stands for one.
      }
    }
    Fatal(line, column, "quoted string without closing quote");
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    // Content that fits nowhere starts a document of its own in yaml-cpp.
    if (!documents_.empty() && !StartsWith(mark, "---")) {
      Fatal(mark.line + 1, mark.column + 1, "this does not belong to what is above: indentation?");
    }
    anchors_.clear();
    root_ = nullptr;
  }

  void OnDocumentEnd() override {
    if (failed_) return;
    if (root_ == nullptr) root_ = std::make_shared<YamlNode>();
    documents_.push_back(std::move(root_));
    root_ = nullptr;
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (failed_) return;
    auto node = NewNode(YamlNode::Kind::kNull, mark);
    if (!StartsWith(mark, "~") && !StartsWith(mark, "null") && !StartsWith(mark, "Null") &&
        !StartsWith(mark, "NULL")) {
      PlaceAbsent(mark, node.get());
    }
    Finish(std::move(node), anchor, 1);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (failed_) return;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      Fatal(mark.line + 1, mark.column + 1, "the anchor contains itself");
      return;
    }
    const YamlNode& target = *found->second;
    Admit(target.weight_, target.height_, mark.line + 1, mark.column + 1);
    Attach(found->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (failed_) return;
    auto node = NewNode(YamlNode::Kind::kScalar, mark);
    SetTag(tag, node.get());
    node->quoted_ = tag == "!" || node->tag_ == "tag:yaml.org,2002:str";
    last_scalar_.reset();
    if (node->tag_ == "tag:yaml.org,2002:null") {
      node->kind_ = YamlNode::Kind::kNull;
    } else {
      node->text_ = IsValidUtf8(value) ? value : WithWholeRunes(value);
      node->weight_ += value.size() / kBytesPerWeight;
    }
    if (node->kind_ == YamlNode::Kind::kScalar && mark.pos >= 0) {
      last_scalar_ = Place{static_cast<std::size_t>(mark.pos), node->line_, node->column_};
    }
    const std::size_t weight = node->weight_;
    Finish(std::move(node), anchor, weight);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    Open(YamlNode::Kind::kSequence, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    Open(YamlNode::Kind::kMapping, mark, tag, anchor, style);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Place {
    std::size_t offset;
    int line;
    int column;
  };

  struct Level {
    std::shared_ptr<YamlNode> node;
    YAML::anchor_t anchor;
    bool is_block;
    YamlNodePtr key;  // Of a mapping: read, its value is to come.
  };

  bool StartsWith(const YAML::Mark& mark, std::string_view word) const {
    return mark.pos >= 0 && static_cast<std::size_t>(mark.pos) <= text_.size() &&
           text_.substr(static_cast<std::size_t>(mark.pos)).starts_with(word);
  }

  std::shared_ptr<YamlNode> NewNode(YamlNode::Kind kind, const YAML::Mark& mark) {
    auto node = std::make_shared<YamlNode>();
    node->kind_ = kind;
    node->line_ = mark.line + 1;
    node->column_ = mark.column + 1;
    return node;
  }

  void SetTag(const std::string& tag, YamlNode* node) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    if (!IsKnownTag(tag)) Error(*node, "unsupported YAML tag " + Shown(tag));
    node->tag_ = tag;
  }

  // The library's mark of a value that is not there is that of the next token.
  void PlaceAbsent(const YAML::Mark& mark, YamlNode* node) {
    if (levels_.empty()) return;
    const Level& level = levels_.back();
    const YamlNode& place = level.key != nullptr ? *level.key : *level.node;
    if (level.key != nullptr && level.is_block && node->line_ == place.line_ &&
        node->column_ == place.column_ && IsInPlace(mark)) {
      // The mark is that of the key itself if there was no colon, which the library lets pass.
      Error(*node, "expected ':' after " + Shown(place.text_));
    }
    node->line_ = place.line_;
    node->column_ = place.column_;
  }

  // Of an absent value: at the end of the text the library has its line and column wrong, and those
  // of its key, but not its position.
  bool IsInPlace(const YAML::Mark& mark) const {
    const auto pos = static_cast<std::size_t>(std::max(mark.pos, 0));
    const std::size_t line = pos == 0 ? 0 : text_.rfind('\n', pos - 1) + 1;
    return pos == line + static_cast<std::size_t>(std::max(mark.column, 0));
  }

  void Error(const YamlNode& node, std::string message) {
    diagnostics_->AddError({file_, node.line_, node.column_}, std::move(message));
  }

  void Open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
    if (failed_) return;
    if (levels_.size() >= static_cast<std::size_t>(limits_.depth)) {
      FatalDepth(mark.line + 1, mark.column + 1);
      return;
    }
    auto node = NewNode(kind, mark);
    SetTag(tag, node.get());
    levels_.push_back({std::move(node), anchor, style == YAML::EmitterStyle::Block, nullptr});
  }

  void Close() {
    if (failed_) return;
    Level level = std::move(levels_.back());
    levels_.pop_back();
    if (level.node->is_mapping()) CloseMapping(level.node.get());
    Finish(std::move(level.node), level.anchor, 1);
  }

  // `weight` is what this adds to the total: a container's children have been counted before it.
  void Finish(std::shared_ptr<YamlNode> node, YAML::anchor_t anchor, std::size_t weight) {
    if (anchor != 0) anchors_[anchor] = node;
    Admit(weight, node->height_, node->line_, node->column_);
    Attach(std::move(node));
  }

  // Holds what comes at that place to the limits.
  void Admit(std::size_t weight, int height, int line, int column) {
    total_weight_ += weight;
    if (static_cast<int>(levels_.size()) + height > limits_.depth) {
      FatalDepth(line, column);
    } else if (total_weight_ > limits_.nodes) {
      Fatal(line, column,
            "more than " + std::to_string(limits_.nodes) + " nodes, aliases expanded");
    }
  }

  void Attach(YamlNodePtr node) {
    if (failed_) return;
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    level.node->height_ = std::max(level.node->height_, node->height_ + 1);
    level.node->weight_ += node->weight_;
    if (level.node->is_sequence()) {
      level.node->items_.push_back(std::move(node));
    } else if (level.key == nullptr) {
      if (node->is_sequence() || node->is_mapping()) Error(*node, "a key must be a plain word");
      level.key = std::move(node);
    } else {
      level.node->entries_.push_back({std::move(level.key), std::move(node)});
      level.key = nullptr;
    }
  }

  void FatalDepth(int line, int column) {
    Fatal(line, column, "nested more than " + std::to_string(limits_.depth) + " levels deep");
  }

  static bool IsMergeKey(const YamlNode& key) {
    return key.is_scalar() && !key.quoted_ && key.text_ == "<<";
  }

  void CloseMapping(YamlNode* node) {
    std::unordered_map<std::string_view, const YamlNode*> seen;
    std::vector<YamlNode::Entry> entries;
    std::vector<YamlNodePtr> merged;
    for (YamlNode::Entry& entry : node->entries_) {
      if (IsMergeKey(*entry.key)) {
        CollectMerged(entry.value, &merged);
        continue;
      }
      const auto [first, inserted] = seen.emplace(entry.key->text_, entry.key.get());
      if (inserted) {
        entries.push_back(std::move(entry));
      } else {
        Error(*entry.key, "mapping key " + Shown(entry.key->text_) + " already defined at line " +
                              std::to_string(first->second->line_));
      }
    }
    for (const YamlNodePtr& source : merged) {
      for (const YamlNode::Entry& entry : source->entries_) {
        if (!seen.emplace(entry.key->text_, entry.key.get()).second) continue;
        entries.push_back(entry);
        const std::size_t weight = entry.key->weight_ + entry.value->weight_;
        node->weight_ += weight;
        Admit(weight, 1, node->line_, node->column_);
      }
    }
    node->entries_ = std::move(entries);
  }

  void CollectMerged(const YamlNodePtr& value, std::vector<YamlNodePtr>* merged) {
    if (value->is_mapping()) {
      merged->push_back(value);
      return;
    }
    bool good = value->is_sequence();
    for (const YamlNodePtr& item : value->items_) {
      if (item->is_mapping()) {
        merged->push_back(item);
      } else {
        good = false;
      }
    }
    if (!good) Error(*value, "a merge key takes a mapping or a list of mappings");
  }

  std::string_view text_;
  const std::string& file_;
  Diagnostics* diagnostics_;
  const YamlLimits& limits_;

  bool failed_ = false;
  std::size_t total_weight_ = 0;
  std::vector<Level> levels_;
  std::unordered_map<YAML::anchor_t, YamlNodePtr> anchors_;
  std::optional<Place> last_scalar_;
  YamlNodePtr root_;
  std::vector<YamlNodePtr> documents_;
};

namespace {

// Feeds so many documents to the builder; the library's exceptions end here.
void Parse(const std::string& text, std::size_t documents_max, YamlTreeBuilder* builder) {
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    for (std::size_t i = 0; i < documents_max && !builder->failed(); ++i) {
      if (!parser.HandleNextDocument(*builder)) return;
    }
  } catch (const YAML::ParserException& error) {
    builder->SyntaxError(error.mark, error.msg);
  } catch (const std::exception& error) {
    builder->Fatal(0, 0, error.what());
  }
}

}  // namespace

std::optional<std::vector<YamlNodePtr>> ReadYaml(std::string_view text, const std::string& file,
                                                 Diagnostics* diagnostics,
                                                 const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    diagnostics->AddError({file, 0, 0},
                          "larger than " + std::to_string(limits.bytes) + " bytes, the limit");
    return std::nullopt;
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (!CheckCharacters(text, file, diagnostics)) return std::nullopt;
  const std::string unix_text = WithUnixNewlines(text);
  YamlTreeBuilder builder(unix_text, file, diagnostics, limits);
  Parse(unix_text, limits.documents, &builder);
  builder.CheckLastQuote();
  if (builder.failed()) return std::nullopt;
  return builder.TakeDocuments();
}

}  // namespace tocsin::config
