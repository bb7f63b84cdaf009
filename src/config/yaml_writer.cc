#include "config/yaml_writer.h"

#include "base/text.h"
#include "config/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace tocsin::config {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Can stand in a plain or single-quoted scalar.
bool IsPlainRune(char32_t rune) {
  if (rune < 0x20 || (rune >= 0x7F && rune < 0xA0)) return false;
  return rune != 0x2028 && rune != 0x2029 && rune != 0xFEFF && rune != 0xFFFE && rune != 0xFFFF;
}

bool HasOnlyPlainRunes(std::string_view text, bool allow_newline) {
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (!IsPlainRune(rune.value) && !(allow_newline && rune.value == '\n')) return false;
    text.remove_prefix(rune.size);
  }
  return true;
}

// `1:30` is a number to the base of sixty in YAML 1.1, though not to everybody.
bool LooksLikeBase60(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !IsDigit(text.front())) return false;
  const std::vector<std::string_view> places = Split(text.substr(0, text.find('.')), ':');
  const auto is_place = [](std::string_view place) {
    if (place.empty() || place.size() > 2 || !IsDigit(place.back())) return false;
    return place.size() == 1 || (place.front() >= '0' && place.front() <= '5');
  };
  return places.size() > 1 && std::all_of(places.begin() + 1, places.end(), is_place) &&
         places.front().find_first_not_of("0123456789_") == std::string_view::npos;
}

bool CanBePlain(std::string_view text) {
  if (text.empty() || ResolveScalar(text) != ScalarType::kString || LooksLikeBase60(text) ||
      text == "=") {
    return false;
  }
  if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (text.starts_with("---") || text.starts_with("...")) return false;
  constexpr std::string_view kIndicators = "#,[]{}&*!|>'\"%@`";
  if (kIndicators.find(text.front()) != std::string_view::npos) return false;
  constexpr std::string_view kIndicatorsBeforeSpace = "-?:";
  if (kIndicatorsBeforeSpace.find(text.front()) != std::string_view::npos &&
      (text.size() == 1 || text[1] == ' ')) {
    return false;
  }
  return text.find(": ") == std::string_view::npos && text.find(" #") == std::string_view::npos &&
         HasOnlyPlainRunes(text, false);
}

std::string SingleQuoted(std::string_view text) {
  std::string result = "'";
  for (char c : text) {
    result.push_back(c);
    if (c == '\'') result.push_back(c);
  }
  return result + "'";
}

std::string DoubleQuoted(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (rune.value == '"' || rune.value == '\\') {
      result += '\\';
      result += static_cast<char>(rune.value);
    } else if (rune.value == '\n') {
      result += "\\n";
    } else if (rune.value == '\t') {
      result += "\\t";
    } else if (IsPlainRune(rune.value)) {
      result.append(text.substr(0, rune.size));
    } else {
      std::array<char, 16> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04X", static_cast<unsigned>(rune.value));
      result += escape.data();
    }
    text.remove_prefix(rune.size);
  }
  return result + "\"";
}

// A block can show it as it is: several lines, the first neither blank nor indented.
bool CanBeBlock(std::string_view text) {
  return text.find('\n') != std::string_view::npos && text.front() != '\n' && text.front() != ' ' &&
         HasOnlyPlainRunes(text, true);
}

std::string Block(std::string_view text, std::size_t indent) {
  std::string result = "|";
  if (!text.ends_with('\n')) {
    result += '-';
  } else if (text.ends_with("\n\n")) {
    result += '+';
  }
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (std::string_view line : Split(text, '\n')) {
    result += '\n';
    if (!line.empty()) result.append(indent, ' ').append(line);
  }
  return result;
}

// In flow style every string is quoted, since more characters have a meaning there.
void AppendFlow(const YamlNode& node, std::string* out) {
  switch (node.kind()) {
    case YamlNode::Kind::kNull:
      *out += "null";
      return;
    case YamlNode::Kind::kScalar: {
      const bool string = node.quoted() || ResolveScalar(node.text()) == ScalarType::kString;
      *out += string ? DoubleQuoted(node.text()) : node.text();
      return;
    }
    case YamlNode::Kind::kSequence: {
      *out += '[';
      std::string_view separator;
      for (const YamlNodePtr& item : node.items()) {
        *out += separator;
        AppendFlow(*item, out);
        separator = ", ";
      }
      *out += ']';
      return;
    }
    case YamlNode::Kind::kMapping: {
      *out += '{';
      std::string_view separator;
      for (const YamlNode::Entry& entry : node.entries()) {
        *out += separator;
        AppendFlow(*entry.key, out);
        *out += ": ";
        AppendFlow(*entry.value, out);
        separator = ", ";
      }
      *out += '}';
      return;
    }
  }
}

}  // namespace

std::string YamlScalar(std::string_view text) {
  if (CanBePlain(text)) return std::string(text);
  // Words that would be read as another type get double quotes, as in yaml.v2.
  const bool other_type = ResolveScalar(text) != ScalarType::kString || LooksLikeBase60(text);
  if (other_type || !HasOnlyPlainRunes(text, false)) return DoubleQuoted(text);
  return SingleQuoted(text);
}

void YamlWriter::Indent() {
  if (dash_) {
    out_.append(indent_ - 2, ' ').append("- ");
    dash_ = false;
  } else {
    out_.append(indent_, ' ');
  }
}

void YamlWriter::Line(std::string_view key, std::string_view rest) {
  Indent();
  out_.append(YamlScalar(key)).append(":");
  if (!rest.empty()) out_.append(" ").append(rest);
  out_ += '\n';
}

void YamlWriter::Text(std::string_view key, std::string_view text) {
  Line(key, CanBeBlock(text) ? Block(text, indent_ + 2) : YamlScalar(text));
}

void YamlWriter::TextIfAny(std::string_view key, std::string_view text) {
  if (!text.empty()) Text(key, text);
}

void YamlWriter::SecretIfAny(std::string_view key, const Secret& secret) {
  TextIfAny(key, secret.Masked());
}

void YamlWriter::Bool(std::string_view key, bool value) {
  Line(key, value ? "true" : "false");
}

void YamlWriter::Number(std::string_view key, std::uint64_t value) {
  Line(key, std::to_string(value));
}

void YamlWriter::Number(std::string_view key, std::int64_t value) {
  Line(key, std::to_string(value));
}

void YamlWriter::Number(std::string_view key, double value) {
  std::array<char, 64> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  Line(key, std::string_view(text.data(), static_cast<std::size_t>(end - text.data())));
}

void YamlWriter::Item(std::string_view scalar) {
  out_.append(indent_, ' ').append("- ").append(scalar) += '\n';
}

void YamlWriter::TextsIfAny(std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  Line(key, "");
  for (const std::string& text : texts) Item(YamlScalar(text));
}

void YamlWriter::SecretsIfAny(std::string_view key, const std::vector<Secret>& secrets) {
  if (secrets.empty()) return;
  Line(key, "");
  for (const Secret& secret : secrets) Item(YamlScalar(secret.Masked()));
}

void YamlWriter::MapIfAny(std::string_view key, const std::map<std::string, std::string>& map) {
  if (map.empty()) return;
  BeginMapping(key);
  for (const auto& [name, value] : map) Text(name, value);
  EndMapping();
}

void YamlWriter::EmptyList(std::string_view key) {
  Line(key, "[]");
}

void YamlWriter::Node(std::string_view key, const YamlNode& node) {
  std::string text;
  AppendFlow(node, &text);
  Line(key, text);
}

void YamlWriter::FlowTexts(std::string_view key, const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) {
    list += list.empty() ? "[" : ", ";
    const std::string scalar = YamlScalar(text);
    const bool plain = scalar == text && text.find_first_of(",?[]{}:") == std::string::npos;
    list += plain || scalar != text ? scalar : SingleQuoted(text);
  }
  Line(key, texts.empty() ? "[]" : list + "]");
}

void YamlWriter::BeginMapping(std::string_view key) {
  Line(key, "");
  indent_ += 2;
  begun_.push_back(out_.size());
}

void YamlWriter::EndMapping() {
  indent_ -= 2;
  if (begun_.back() == out_.size()) {
    out_.pop_back();
    out_ += " {}\n";
  }
  begun_.pop_back();
}

void YamlWriter::BeginList(std::string_view key) {
  Line(key, "");
}

void YamlWriter::BeginItem() {
  indent_ += 2;
  dash_ = true;
}

void YamlWriter::EndItem() {
  if (dash_) out_.append(indent_ - 2, ' ').append("- {}\n");
  dash_ = false;
  indent_ -= 2;
}

}  // namespace tocsin::config
