#include "gotemplate/value_json.h"

#include "base/json_writer.h"
#include "gotemplate/arena.h"
#include "gotemplate/go_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

namespace tocsin::gotemplate {
namespace {

constexpr int kMaxDepth = 1000;
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// A float32 has fewer digits than the double that holds it.
double WidenShortest(double value, int bits) {
  if (bits != 32) return value;
  std::array<char, 32> buffer;
  auto shown =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<float>(value));
  double wide = value;
  std::from_chars(buffer.data(), shown.ptr, wide);
  return wide;
}

class JsonAppender {
 public:
  JsonAppender(Arena& arena, std::size_t limit, std::string* out)
      : arena_(arena), limit_(out->size() + limit), out_(*out) {}

  Status Append(const Value& value, int depth);

 private:
  Status Number(const Value& value);
  Status List(const Value& value, int depth);
  Status Bytes(const Value& value);
  Status Map(const Value& value, int depth);
  Status Entry(bool first, std::string_view key, const Value& value, int depth);
  Status SortedEntries(const Value& map, int depth);
  Status UnsortedEntries(const Value& map, int depth);
  Status Struct(const Value& value, int depth);
  Status Key(const Value& key, std::string* text);

  Arena& arena_;
  std::size_t limit_;
  std::string& out_;
};

Status JsonAppender::Number(const Value& value) {
  double number = value.AsFloat();
  if (std::isfinite(number)) {
    AppendJsonNumber(WidenShortest(number, value.type()->bits), &out_);
    return {};
  }
  return Fail(std::string("json: unsupported value: ") +
              (std::isnan(number) ? "NaN" : (number > 0 ? "+Inf" : "-Inf")));
}

Status JsonAppender::Bytes(const Value& value) {
  out_.push_back('"');
  std::uint32_t bits = 0;
  int count = 0;
  for (const Value& byte : value.AsList()) {
    bits = bits << 8 | static_cast<std::uint8_t>(byte.AsUint());
    for (count += 8; count >= 6; count -= 6) out_.push_back(kBase64[bits >> (count - 6) & 0x3F]);
  }
  if (count > 0) {
    out_.push_back(kBase64[bits << (6 - count) & 0x3F]);
    out_.append(count == 2 ? "==" : "=");
  }
  out_.push_back('"');
  return {};
}

Status JsonAppender::List(const Value& value, int depth) {
  const Type* elem = value.type()->elem;
  if (value.AsList().data() == nullptr && !value.type()->named) {
    out_.append("null");
    return {};
  }
  if (elem != nullptr && elem->kind == Kind::kUint && elem->bits == 8) return Bytes(value);
  out_.push_back('[');
  bool first = true;
  for (const Value& element : value.AsList()) {
    if (!first) out_.push_back(',');
    first = false;
    if (Status status = Append(element, depth + 1); !status) return status;
  }
  out_.push_back(']');
  return {};
}

Status JsonAppender::Key(const Value& key, std::string* text) {
  switch (key.kind()) {
    case Kind::kInt:
      *text = std::to_string(key.AsInt());
      return {};
    case Kind::kUint:
      *text = std::to_string(key.AsUint());
      return {};
    default:
      return Fail("json: unsupported type: map with keys that are no strings");
  }
}

Status JsonAppender::Map(const Value& value, int depth) {
  if (value.AsMap() == nullptr) {
    out_.append("null");
    return {};
  }
  out_.push_back('{');
  const Status status = value.type()->key->kind == Kind::kString ? SortedEntries(value, depth)
                                                                 : UnsortedEntries(value, depth);
  out_.push_back('}');
  return status;
}

Status JsonAppender::Entry(bool first, std::string_view key, const Value& value, int depth) {
  if (!first) out_.push_back(',');
  AppendJsonString(key, &out_);
  out_.push_back(':');
  return Append(value, depth + 1);
}

Status JsonAppender::SortedEntries(const Value& map, int depth) {
  for (std::size_t i = 0; i < map.MapSize(); ++i) {
    Value key, value;
    map.AsMap()->Entry(i, arena_, &key, &value);
    if (Status status = Entry(i == 0, key.AsString(), value, depth); !status) return status;
  }
  return {};
}

// Numbers sort as texts here.
Status JsonAppender::UnsortedEntries(const Value& map, int depth) {
  std::vector<std::pair<std::string, Value>> entries(map.MapSize());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Value key;
    map.AsMap()->Entry(i, arena_, &key, &entries[i].second);
    if (Status status = Key(key, &entries[i].first); !status) return status;
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& entry : entries) {
    const bool first = &entry == &entries.front();
    if (Status status = Entry(first, entry.first, entry.second, depth); !status) return status;
  }
  return {};
}

Status JsonAppender::Struct(const Value& value, int depth) {
  out_.push_back('{');
  bool first = true;
  for (std::size_t i = 0; i < value.type()->fields.size(); ++i) {
    const FieldInfo& field = value.type()->fields[i];
    if (field.name[0] >= 'a' && field.name[0] <= 'z') continue;
    const Value content = value.AsStruct()->Field(i, arena_);
    if (field.omit_empty && !content.Truth()) continue;
    if (!first) out_.push_back(',');
    first = false;
    AppendJsonString(field.json.empty() ? field.name : field.json, &out_);
    out_.push_back(':');
    if (Status status = Append(content, depth + 1); !status) return status;
  }
  out_.push_back('}');
  return {};
}

Status JsonAppender::Append(const Value& value, int depth) {
  if (depth > kMaxDepth) return Fail("json: value is nested too deeply");
  if (out_.size() > limit_) return Fail("json: value is too large");
  switch (value.kind()) {
    case Kind::kNil:
      out_.append("null");
      return {};
    case Kind::kBool:
      out_.append(value.AsBool() ? "true" : "false");
      return {};
    case Kind::kInt:
      out_.append(std::to_string(value.AsInt()));
      return {};
    case Kind::kUint:
      out_.append(std::to_string(value.AsUint()));
      return {};
    case Kind::kFloat:
      return Number(value);
    case Kind::kString:
      AppendJsonString(value.AsString(), &out_);
      return {};
    case Kind::kList:
      return List(value, depth);
    case Kind::kMap:
      return Map(value, depth);
    case Kind::kStruct:
      if (value.type() != &kTimeType) return Struct(value, depth);
      out_.push_back('"');
      AppendGoTime(TimeFrom(value), "2006-01-02T15:04:05.999999999Z07:00", &out_);
      out_.push_back('"');
      return {};
    case Kind::kPointer:
      if (value.AsStruct() != nullptr) return Append(value.Pointee(), depth + 1);
      out_.append("null");
      return {};
    default:
      return Fail("json: unsupported type: " + std::string(value.type()->name));
  }
}

}  // namespace

Status AppendJson(const Value& value, Arena& arena, std::size_t limit, std::string* out) {
  return JsonAppender(arena, limit, out).Append(value, 0);
}

}  // namespace tocsin::gotemplate
