#include "config/yaml_writer.h"

#include "base/text.h"
#include "config/yaml_scalar.h"
#include "config/yaml_style.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace tocsin::config {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view TakeDigits(std::string_view* text) {
  const auto end = std::find_if_not(text->begin(), text->end(), IsDigit);
  const std::string_view digits = text->substr(0, static_cast<std::size_t>(end - text->begin()));
  text->remove_prefix(digits.size());
  return digits;
}

std::string_view WithoutZeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

// Below 0, 0 or above 0.
int CompareNumbers(std::string_view a, std::string_view b) {
  const std::string_view x = WithoutZeros(a);
  const std::string_view y = WithoutZeros(b);
  if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
  if (x != y) return x < y ? -1 : 1;
  return static_cast<int>(a.size()) - static_cast<int>(b.size());
}

int Rank(char c) {
  return IsLetter(c) ? 2 : IsDigit(c) ? 1 : 0;
}

bool IsString(const YamlNode& node) {
  return node.is_scalar() && (node.quoted() || ResolveScalar(node.text()) == ScalarType::kString);
}

// The text of a number or a boolean as it comes out of Go.
std::string Resolved(const std::string& text) {
  if (const std::optional<bool> flag = ParseYamlBool(text)) return *flag ? "true" : "false";
  if (const std::optional<std::int64_t> number = ParseYamlInt(text)) return std::to_string(*number);
  return text.empty() ? "null" : text;
}

template <class Map>
std::vector<const typename Map::value_type*> InOrder(const Map& map) {
  std::vector<const typename Map::value_type*> entries;
  for (const auto& entry : map) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(),
            [](const auto* a, const auto* b) { return YamlKeyLess(a->first, b->first); });
  return entries;
}

}  // namespace

bool YamlKeyLess(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (IsDigit(a.front()) && IsDigit(b.front())) {
      const int order = CompareNumbers(TakeDigits(&a), TakeDigits(&b));
      if (order != 0) return order < 0;
      continue;
    }
    if (a.front() != b.front()) {
      if (Rank(a.front()) != Rank(b.front())) return Rank(a.front()) < Rank(b.front());
      return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front());
    }
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.size() < b.size();
}

void YamlWriter::NextLine(std::size_t indent) {
  // A block that ends in a line break has left us in a new line.
  if (!out_.empty() && out_.back() != '\n') out_ += '\n';
  out_.append(indent, ' ');
}

void YamlWriter::Separate() {
  Level& level = levels_.back();
  if (level.flow) {
    if (!level.empty) out_ += ',';
    if (YamlColumn(out_) > kYamlWidth) {
      NextLine(level.indent);
    } else if (!level.empty) {
      out_ += ' ';
    }
  } else if (level.empty && level.beside_dash) {
    out_ += ' ';
  } else {
    NextLine(level.indent);
  }
  level.empty = false;
}

void YamlWriter::Key(std::string_view key) {
  flow_next_ = false;
  Separate();
  AppendYamlScalar(key, {0, levels_.back().flow, true}, &out_);
  out_ += ':';
}

void YamlWriter::Dash() {
  Separate();
  if (!levels_.back().flow) out_ += '-';
}

void YamlWriter::Value(std::string_view text) {
  const Level& level = levels_.back();
  if (!(level.flow && level.list)) out_ += ' ';
  out_ += text;
}

void YamlWriter::String(std::string_view text) {
  const Level& level = levels_.back();
  if (!(level.flow && level.list)) out_ += ' ';
  AppendYamlScalar(text, {level.indent + 2, level.flow, false}, &out_);
}

void YamlWriter::Begin(bool list, bool flow) {
  const Level outer = levels_.back();
  const bool left_over = std::exchange(flow_next_, false);
  Level level;
  level.flow = outer.flow || flow || left_over;
  level.list = list;
  // A list in a mapping is not indented.
  level.indent = outer.indent + (list && !outer.list && !level.flow ? 0 : 2);
  level.beside_dash = outer.list;
  if (level.flow) {
    if (!(outer.flow && outer.list)) out_ += ' ';
    out_ += list ? '[' : '{';
  }
  levels_.push_back(level);
}

void YamlWriter::End() {
  const Level level = levels_.back();
  levels_.pop_back();
  if (level.flow) {
    out_ += level.list ? ']' : '}';
  } else if (level.empty) {
    out_ += level.list ? " []" : " {}";
  }
}

void YamlWriter::Text(std::string_view key, std::string_view text) {
  Key(key);
  String(text);
}

void YamlWriter::TextIfAny(std::string_view key, std::string_view text) {
  if (!text.empty()) Text(key, text);
}

void YamlWriter::SecretIfAny(std::string_view key, const Secret& secret) {
  TextIfAny(key, secret.Masked());
}

void YamlWriter::Bool(std::string_view key, bool value) {
  Key(key);
  Value(value ? "true" : "false");
}

void YamlWriter::Number(std::string_view key, std::uint64_t value) {
  Key(key);
  Value(std::to_string(value));
}

void YamlWriter::Number(std::string_view key, std::int64_t value) {
  Key(key);
  Value(std::to_string(value));
}

void YamlWriter::Number(std::string_view key, double value) {
  std::array<char, 64> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  Key(key);
  Value(std::string_view(text.data(), static_cast<std::size_t>(end - text.data())));
}

void YamlWriter::TextsIfAny(std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  BeginList(key);
  for (const std::string& text : texts) {
    Dash();
    String(text);
  }
  EndList();
}

void YamlWriter::SecretsIfAny(std::string_view key, const std::vector<Secret>& secrets) {
  std::vector<std::string> texts;
  for (const Secret& secret : secrets) texts.emplace_back(secret.Masked());
  TextsIfAny(key, texts);
}

void YamlWriter::MapIfAny(std::string_view key, const std::map<std::string, std::string>& map) {
  if (map.empty()) return;
  BeginMapping(key);
  for (const auto* entry : InOrder(map)) Text(entry->first, entry->second);
  EndMapping();
}

void YamlWriter::EmptyList(std::string_view key) {
  BeginList(key);
  EndList();
}

void YamlWriter::FlowTexts(std::string_view key, const std::vector<std::string>& texts) {
  Key(key);
  Begin(true, true);
  for (const std::string& text : texts) {
    Dash();
    String(text);
  }
  End();
}

void YamlWriter::FlowText(std::string_view key, std::string_view text) {
  Text(key, text);
  flow_next_ = true;
}

void YamlWriter::Node(std::string_view key, const YamlNode& node) {
  Key(key);
  Tree(node);
}

void YamlWriter::Tree(const YamlNode& node) {
  switch (node.kind()) {
    case YamlNode::Kind::kNull:
      return Value("null");
    case YamlNode::Kind::kScalar:
      return IsString(node) ? String(node.text()) : Value(Resolved(node.text()));
    case YamlNode::Kind::kSequence:
      Begin(true, false);
      for (const YamlNodePtr& item : node.items()) {
        Dash();
        Tree(*item);
      }
      return End();
    case YamlNode::Kind::kMapping: {
      std::vector<const YamlNode::Entry*> entries;
      for (const YamlNode::Entry& entry : node.entries()) entries.push_back(&entry);
      std::stable_sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) {
        return YamlKeyLess(a->key->text(), b->key->text());
      });
      Begin(false, false);
      for (const YamlNode::Entry* entry : entries) {
        if (IsString(*entry->key)) {
          Key(entry->key->text());
        } else {
          Separate();
          out_.append(Resolved(entry->key->text())) += ':';
        }
        Tree(*entry->value);
      }
      return End();
    }
  }
}

void YamlWriter::BeginMapping(std::string_view key) {
  Key(key);
  Begin(false, false);
}

void YamlWriter::EndMapping() {
  End();
}

void YamlWriter::BeginList(std::string_view key) {
  Key(key);
  Begin(true, false);
}

void YamlWriter::EndList() {
  End();
}

void YamlWriter::BeginItem() {
  Dash();
  Begin(false, false);
}

void YamlWriter::EndItem() {
  End();
}

std::string YamlWriter::Take() {
  if (!out_.empty() && out_.back() != '\n') out_ += '\n';
  return std::move(out_);
}

}  // namespace tocsin::config
