#include "config/object_reader.h"

#include "base/duration.h"
#include "base/text.h"
#include "config/http_url.h"
#include "config/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

namespace tocsin::config {
namespace {

constexpr std::size_t kLongestHintedKey = 64;

Result<std::uint64_t> ParseBytes(const std::string& text) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KB", "MB", "GB", "TB"};
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string_view unit = std::string_view(text).substr(end);
  const auto number = ParseYamlInt(text.substr(0, end));
  const auto found = std::find(kUnits.begin(), kUnits.end(), unit.empty() ? "B" : unit);
  if (!number || text.front() == '-' || found == kUnits.end()) {
    return Fail("not a size: " + Shown(text) + " (a number with B, KB, MB, GB or TB)");
  }
  const auto shift = static_cast<unsigned>(10 * (found - kUnits.begin()));
  if (*number > (std::numeric_limits<std::int64_t>::max() >> shift)) {
    return Fail("size out of range: " + Shown(text));
  }
  return static_cast<std::uint64_t>(*number) << shift;
}

// Large numbers come as 1.5e+12 from programs that write YAML; Alertmanager takes their whole part.
std::optional<std::int64_t> Truncated(std::optional<double> number) {
  constexpr double kBeyond = 9223372036854775808.0;  // 2^63.
  if (!number || !(*number > -kBeyond && *number < kBeyond)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

Result<std::int64_t> ParseInteger(const YamlNode& node, std::int64_t least, std::int64_t most) {
  auto value = node.quoted() ? std::nullopt : ParseYamlInt(node.text());
  if (!value && !node.quoted()) value = Truncated(ParseYamlFloat(node.text()));
  if (!value) return Fail("not a whole number: " + Shown(node.text()));
  if (*value < least || *value > most) return Fail("number out of range: " + Shown(node.text()));
  return *value;
}

}  // namespace

std::string Source::ResolvePath(const std::string& path) const {
  if (path.empty()) return path;
  return (std::filesystem::path(directory) / path).lexically_normal().string();
}

Places PlacesOf(const Source& source, const YamlNode& node) {
  Places places;
  places.block = source.At(node);
  for (const YamlNode::Entry& entry : node.entries()) {
    places.keys.emplace(entry.key->text(), source.At(*entry.value));
  }
  return places;
}

std::string_view KindName(const YamlNode& node) {
  switch (node.kind()) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "a single value";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMapping:
      return "a mapping";
  }
  return "";
}

std::string Shown(std::string_view text) {
  return GoQuote(TruncateRunes(text, 80));
}

std::string DirectoryOf(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path.empty() ? "." : path, error);
  if (error) return "/";
  return (path.empty() ? absolute : absolute.parent_path()).lexically_normal().string();
}

ObjectReader::ObjectReader(const Source& source, YamlNodePtr node, std::string_view what)
    : source_(source), node_(std::move(node)), what_(what) {
  if (node_->is_mapping() || node_->is_null()) return;
  Error(std::string(what_) + " must be a mapping, not " + std::string(KindName(*node_)));
}

const YamlNode::Entry* ObjectReader::Find(std::string_view key) const {
  for (const YamlNode::Entry& entry : node_->entries()) {
    if (entry.key->text() == key) return &entry;
  }
  return nullptr;
}

YamlNodePtr ObjectReader::GetOrNullNode(std::string_view key) {
  known_.push_back(key);
  const YamlNode::Entry* entry = Find(key);
  return entry == nullptr ? nullptr : entry->value;
}

YamlNodePtr ObjectReader::Get(std::string_view key) {
  YamlNodePtr value = GetOrNullNode(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool ObjectReader::HasText(std::string_view key) {
  const YamlNodePtr value = Get(key);
  return value != nullptr && value->is_scalar() && !value->text().empty();
}

YamlNodePtr ObjectReader::Scalar(std::string_view key, std::string_view expected) {
  YamlNodePtr value = Get(key);
  if (value == nullptr || value->is_scalar()) return value;
  source_.Error(*value, GoQuote(key) + " must be " + std::string(expected) + ", not " +
                            std::string(KindName(*value)));
  return nullptr;
}

template <class T, class Parse>
bool ObjectReader::ReadWith(std::string_view key, std::string_view expected, T* out, Parse parse) {
  const YamlNodePtr value = Scalar(key, expected);
  if (value == nullptr) return false;
  auto parsed = parse(*value);
  if (!parsed) {
    source_.Error(*value, std::string(key) + ": " + parsed.error().message);
    return false;
  }
  *out = static_cast<T>(*std::move(parsed));
  return true;
}

bool ObjectReader::Read(std::string_view key, std::string* out) {
  const YamlNodePtr value = GetOrNullNode(key);
  if (value != nullptr && value->is_null()) out->clear();
  const YamlNodePtr scalar = Scalar(key, "a string");
  if (scalar == nullptr) return false;
  *out = scalar->text();
  return true;
}

bool ObjectReader::Read(std::string_view key, Secret* out) {
  std::string text;
  if (!Read(key, &text)) return false;
  *out = Secret(std::move(text));
  return true;
}

bool ObjectReader::Read(std::string_view key, bool* out) {
  return ReadWith(key, "true or false", out, [](const YamlNode& node) -> Result<bool> {
    const auto value = node.quoted() ? std::nullopt : ParseYamlBool(node.text());
    if (!value) return Fail("must be true or false, not " + Shown(node.text()));
    return *value;
  });
}

bool ObjectReader::Read(std::string_view key, std::optional<bool>* out) {
  bool value = false;
  if (!Read(key, &value)) return false;
  *out = value;
  return true;
}

bool ObjectReader::Read(std::string_view key, int* out) {
  return ReadWith(key, "a number", out, [](const YamlNode& node) {
    return ParseInteger(node, std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
  });
}

bool ObjectReader::Read(std::string_view key, std::uint64_t* out) {
  return ReadWith(key, "a number", out, [](const YamlNode& node) {
    return ParseInteger(node, 0, std::numeric_limits<std::int64_t>::max());
  });
}

bool ObjectReader::Read(std::string_view key, std::int64_t* out) {
  return ReadWith(key, "a number", out, [](const YamlNode& node) {
    return ParseInteger(node, std::numeric_limits<std::int64_t>::min(),
                        std::numeric_limits<std::int64_t>::max());
  });
}

bool ObjectReader::Read(std::string_view key, double* out) {
  return ReadWith(key, "a number", out, [](const YamlNode& node) -> Result<double> {
    const auto value = node.quoted() ? std::nullopt : ParseYamlFloat(node.text());
    if (!value) return Fail("not a number: " + Shown(node.text()));
    return *value;
  });
}

bool ObjectReader::ReadDuration(std::string_view key, Duration* out) {
  return ReadWith(key, "a duration", out,
                  [](const YamlNode& node) { return ParsePrometheusDuration(node.text()); });
}

bool ObjectReader::ReadDuration(std::string_view key, std::optional<Duration>* out) {
  Duration value{};
  if (!ReadDuration(key, &value)) return false;
  *out = value;
  return true;
}

bool ObjectReader::ReadSignedDuration(std::string_view key, std::optional<Duration>* out) {
  return ReadWith(key, "a duration", out,
                  [](const YamlNode& node) -> Result<std::optional<Duration>> {
                    const bool negative = node.text().starts_with('-');
                    auto duration = ParsePrometheusDuration(node.text().substr(negative ? 1 : 0));
                    if (!duration) return tl::unexpected(std::move(duration.error()));
                    return negative ? -*duration : *duration;
                  });
}

bool ObjectReader::ReadGoDuration(std::string_view key, Duration* out) {
  return ReadWith(key, "a duration", out, [](const YamlNode& node) -> Result<Duration> {
    auto parsed = ParseGoDuration(node.text());
    if (parsed && *parsed < Duration::zero()) return Fail("a duration cannot be negative here");
    return parsed;
  });
}

bool ObjectReader::ReadBytes(std::string_view key, std::uint64_t* out) {
  return ReadWith(key, "a size", out, [](const YamlNode& node) { return ParseBytes(node.text()); });
}

bool ObjectReader::ReadPath(std::string_view key, std::string* out) {
  if (!Read(key, out)) return false;
  *out = source_.ResolvePath(*out);
  return true;
}

bool ObjectReader::ReadPaths(std::string_view key, std::vector<std::string>* out) {
  if (!Read(key, out)) return false;
  for (std::string& path : *out) path = source_.ResolvePath(path);
  return true;
}

bool ObjectReader::ReadUrl(std::string_view key, std::string* out) {
  return ReadWith(key, "a URL", out,
                  [](const YamlNode& node) { return ParseHttpUrl(node.text()); });
}

bool ObjectReader::ReadSecretUrl(std::string_view key, Secret* out) {
  return ReadWith(key, "a URL", out, [](const YamlNode& node) -> Result<Secret> {
    if (node.text() == kSecretMask) return Secret(node.text());
    auto url = ParseHttpUrl(node.text());
    if (!url) return tl::unexpected(url.error());
    return Secret(*std::move(url));
  });
}

std::vector<YamlNodePtr> ObjectReader::ReadList(std::string_view key) {
  const YamlNodePtr value = Get(key);
  if (value == nullptr) return {};
  if (value->is_sequence()) return value->items();
  source_.Error(*value, GoQuote(key) + " must be a list, not " + std::string(KindName(*value)));
  return {};
}

bool ObjectReader::Read(std::string_view key, std::vector<std::string>* out) {
  const YamlNodePtr value = GetOrNullNode(key);
  if (value == nullptr) return false;
  std::vector<std::string> texts;
  for (const YamlNodePtr& item : ReadList(key)) {
    if (item->is_scalar() || item->is_null()) {
      texts.push_back(item->text());
    } else {
      source_.Error(*item, std::string(key) + ": an item must be a string, not " +
                               std::string(KindName(*item)));
    }
  }
  if (value->is_sequence() || value->is_null()) *out = std::move(texts);
  return value->is_sequence();
}

bool ObjectReader::Read(std::string_view key, std::vector<Secret>* out) {
  std::vector<std::string> texts;
  if (!Read(key, &texts)) return false;
  out->clear();
  for (std::string& text : texts) out->emplace_back(std::move(text));
  return true;
}

bool ObjectReader::Read(std::string_view key, std::map<std::string, std::string>* out) {
  const YamlNodePtr value = GetOrNullNode(key);
  if (value == nullptr) return false;
  if (!value->is_mapping() && !value->is_null()) {
    source_.Error(*value,
                  GoQuote(key) + " must be a mapping, not " + std::string(KindName(*value)));
    return false;
  }
  out->clear();
  for (const YamlNode::Entry& entry : value->entries()) {
    if (entry.value->is_scalar() || entry.value->is_null()) {
      (*out)[entry.key->text()] = entry.value->text();
    } else {
      source_.Error(*entry.value, std::string(key) + ": the value of " + Shown(entry.key->text()) +
                                      " must be a string, not " +
                                      std::string(KindName(*entry.value)));
    }
  }
  return value->is_mapping();
}

bool ObjectReader::AtMostOne(std::string_view a, std::string_view b) {
  const bool has_a = HasText(a);
  const bool has_b = HasText(b);
  if (!has_a || !has_b) return true;
  const YamlNode::Entry* first = Find(a);
  const YamlNode::Entry* second = Find(b);
  const bool in_order =
      first->key->line() < second->key->line() ||
      (first->key->line() == second->key->line() && first->key->column() < second->key->column());
  source_.Error(*(in_order ? second : first)->key, "at most one of " + std::string(a) + " & " +
                                                       std::string(b) + " must be configured");
  return false;
}

void ObjectReader::NotSupportedYet(std::string_view key) {
  const YamlNodePtr value = Get(key);
  if (value == nullptr) return;
  const bool empty = (value->is_sequence() && value->items().empty()) ||
                     (value->is_mapping() && value->entries().empty()) ||
                     (value->is_scalar() && value->text().empty());
  if (!empty) source_.Error(*Find(key)->key, GoQuote(key) + " is not supported yet");
}

Position ObjectReader::At(std::string_view key) const {
  const YamlNode::Entry* entry = Find(key);
  return source_.At(entry == nullptr ? *node_ : *entry->value);
}

void ObjectReader::Error(std::string_view key, std::string message) {
  source_.diagnostics->AddError(At(key), std::move(message));
}

void ObjectReader::Error(std::string message) {
  source_.Error(*node_, std::move(message));
}

void ObjectReader::Finish() {
  for (const YamlNode::Entry& entry : node_->entries()) {
    const std::string& key = entry.key->text();
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    std::string message = "unknown key " + Shown(key);
    const bool hint =
        key.size() <= kLongestHintedKey && source_.diagnostics->error_count() < Diagnostics::kKept;
    const std::string_view nearest = hint ? NearestWord(key, known_) : std::string_view();
    if (nearest.empty()) {
      message += " in " + std::string(what_);
    } else {
      message += "; did you mean " + GoQuote(nearest) + "?";
    }
    source_.Error(*entry.key, std::move(message));
  }
}

}  // namespace tocsin::config
