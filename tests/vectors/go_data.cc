#include "tests/vectors/go_data.h"

#include "gotemplate/function.h"
#include "gotemplate/go_time.h"
#include "gotemplate/value_map.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tocsin::vectors {
namespace {

using gotemplate::Arena;
using gotemplate::Context;
using gotemplate::FieldInfo;
using gotemplate::Kind;
using gotemplate::MapObject;
using gotemplate::Method;
using gotemplate::StructObject;
using gotemplate::Type;
using gotemplate::Value;
using Args = std::span<const Value>;

class FieldsObject final : public StructObject {
 public:
  explicit FieldsObject(std::vector<Value> fields) : fields_(std::move(fields)) {}
  Value Field(std::size_t index, Arena&) const override { return fields_[index]; }

 private:
  std::vector<Value> fields_;
};

constexpr std::array<const Type*, 1> kTakesStrings{&gotemplate::kStringListType};
constexpr std::array<FieldInfo, 2> kPairFields{
    {{"Name", &gotemplate::kStringType}, {"Value", &gotemplate::kStringType}}};
constexpr Type kPairType{
    .kind = Kind::kStruct, .name = "template.Pair", .named = true, .fields = kPairFields};

void PairsText(const Value& pairs, std::string* out);
Result<Value> PairNames(const Value& self, Args, Context& context);
Result<Value> PairValues(const Value& self, Args, Context& context);
constexpr std::array<Method, 2> kPairsMethods{
    {{.name = "Names", .call = PairNames}, {.name = "Values", .call = PairValues}}};
constexpr Type kPairsType{.kind = Kind::kList,
                          .name = "template.Pairs",
                          .named = true,
                          .elem = &kPairType,
                          .methods = kPairsMethods,
                          .text = PairsText};

// `alertname` first, the rest by name.
Value SortedPairs(const Value& kv, Arena& arena) {
  std::vector<std::pair<Value, Value>> entries;
  for (std::size_t i = 0; i < kv.MapSize(); ++i) {
    auto& [key, value] = entries.emplace_back();
    kv.AsMap()->Entry(i, arena, &key, &value);
  }
  std::stable_partition(entries.begin(), entries.end(),
                        [](const auto& e) { return e.first.AsString() == "alertname"; });
  std::span<Value> pairs = arena.Array<Value>(entries.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    std::vector<Value> fields{entries[i].first, entries[i].second};
    pairs[i] = Value::Struct(arena.New<FieldsObject>(std::move(fields)), kPairType);
  }
  return Value::List(pairs, kPairsType);
}

Value Part(const Value& pairs, std::size_t field, Arena& arena) {
  std::span<Value> parts = arena.Array<Value>(pairs.AsList().size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i] = pairs.AsList()[i].AsStruct()->Field(field, arena);
  }
  return Value::List(parts, gotemplate::kStringListType);
}

void PairsText(const Value& pairs, std::string* out) {
  Arena arena;
  bool first = true;
  for (const Value& pair : pairs.AsList()) {
    if (!first) out->append(", ");
    first = false;
    out->append(pair.AsStruct()->Field(0, arena).AsString()).append("=");
    out->append(pair.AsStruct()->Field(1, arena).AsString());
  }
}

Result<Value> PairNames(const Value& self, Args, Context& context) {
  return Part(self, 0, context.arena());
}
Result<Value> PairValues(const Value& self, Args, Context& context) {
  return Part(self, 1, context.arena());
}

void KvText(const Value& kv, std::string* out) {
  Arena arena;
  PairsText(SortedPairs(kv, arena), out);
}
Result<Value> KvSortedPairs(const Value& self, Args, Context& context) {
  return SortedPairs(self, context.arena());
}
Result<Value> KvNames(const Value& self, Args, Context& context) {
  return Part(SortedPairs(self, context.arena()), 0, context.arena());
}
Result<Value> KvValues(const Value& self, Args, Context& context) {
  return Part(SortedPairs(self, context.arena()), 1, context.arena());
}
Result<Value> KvString(const Value& self, Args, Context& context) {
  std::string text;
  KvText(self, &text);
  return context.String(std::move(text));
}
Result<Value> KvRemove(const Value& self, Args args, Context& context) {
  std::vector<std::pair<Value, Value>> left;
  for (std::size_t i = 0; i < self.MapSize(); ++i) {
    Value key;
    Value value;
    self.AsMap()->Entry(i, context.arena(), &key, &value);
    auto names = args[0].AsList();
    bool removed = std::any_of(names.begin(), names.end(), [&](const Value& name) {
      return name.AsString() == key.AsString();
    });
    if (!removed) left.emplace_back(key, value);
  }
  return Value::Map(context.arena().New<gotemplate::ValueMap>(std::move(left)), *self.type());
}
constexpr std::array<Method, 5> kKvMethods{
    {{.name = "SortedPairs", .call = KvSortedPairs},
     {.name = "Names", .call = KvNames},
     {.name = "Values", .call = KvValues},
     {.name = "String", .call = KvString},
     {.name = "Remove", .call = KvRemove, .params = kTakesStrings}}};
constexpr Type kKvType{.kind = Kind::kMap,
                       .name = "template.KV",
                       .named = true,
                       .elem = &gotemplate::kStringType,
                       .key = &gotemplate::kStringType,
                       .methods = kKvMethods,
                       .text = KvText};

constexpr std::array<FieldInfo, 7> kAlertFields{{{"Status", &gotemplate::kStringType},
                                                 {"Labels", &kKvType},
                                                 {"Annotations", &kKvType},
                                                 {"StartsAt", &gotemplate::kTimeType},
                                                 {"EndsAt", &gotemplate::kTimeType},
                                                 {"GeneratorURL", &gotemplate::kStringType},
                                                 {"Fingerprint", &gotemplate::kStringType}}};
constexpr Type kAlertType{
    .kind = Kind::kStruct, .name = "template.Alert", .named = true, .fields = kAlertFields};
constexpr Type kAlertListType{.kind = Kind::kList, .name = "[]template.Alert", .elem = &kAlertType};

Result<Value> WithStatus(const Value& self, std::string_view status, Context& context) {
  std::vector<Value> chosen;
  for (const Value& alert : self.AsList()) {
    if (alert.AsStruct()->Field(0, context.arena()).AsString() == status) chosen.push_back(alert);
  }
  return context.List(chosen, kAlertListType);
}
Result<Value> Firing(const Value& self, Args, Context& context) {
  return WithStatus(self, "firing", context);
}
Result<Value> Resolved(const Value& self, Args, Context& context) {
  return WithStatus(self, "resolved", context);
}
constexpr std::array<Method, 2> kAlertsMethods{
    {{.name = "Firing", .call = Firing}, {.name = "Resolved", .call = Resolved}}};
constexpr Type kAlertsType{.kind = Kind::kList,
                           .name = "template.Alerts",
                           .named = true,
                           .elem = &kAlertType,
                           .methods = kAlertsMethods};

constexpr std::array<FieldInfo, 7> kDataFields{{{"Receiver", &gotemplate::kStringType},
                                                {"Status", &gotemplate::kStringType},
                                                {"Alerts", &kAlertsType},
                                                {"NotificationReason", &gotemplate::kStringType},
                                                {"GroupLabels", &kKvType},
                                                {"CommonLabels", &kKvType},
                                                {"CommonAnnotations", &kKvType}}};
constexpr std::array<FieldInfo, 8> kAllDataFields{{kDataFields[0],
                                                   kDataFields[1],
                                                   kDataFields[2],
                                                   kDataFields[3],
                                                   kDataFields[4],
                                                   kDataFields[5],
                                                   kDataFields[6],
                                                   {"ExternalURL", &gotemplate::kStringType}}};
constexpr Type kDataType{
    .kind = Kind::kStruct, .name = "template.Data", .named = true, .fields = kAllDataFields};
constexpr Type kDataPointerType{
    .kind = Kind::kPointer, .name = "*template.Data", .elem = &kDataType};

constexpr std::array<FieldInfo, 4> kPromFields{{{"Labels", &gotemplate::kStringMapType},
                                                {"ExternalLabels", &gotemplate::kStringMapType},
                                                {"ExternalURL", &gotemplate::kStringType},
                                                {"Value", &gotemplate::kAnyType}}};
constexpr Type kPromType{.kind = Kind::kStruct,
                         .name =
                             "struct { Labels map[string]string; ExternalLabels "
                             "map[string]string; ExternalURL string; Value interface {} }",
                         .fields = kPromFields};

constexpr std::array<const Type*, 28> kKnown{&gotemplate::kBoolType,
                                             &gotemplate::kIntType,
                                             &gotemplate::kInt8Type,
                                             &gotemplate::kInt16Type,
                                             &gotemplate::kInt32Type,
                                             &gotemplate::kInt64Type,
                                             &gotemplate::kUintType,
                                             &gotemplate::kUint8Type,
                                             &gotemplate::kUint16Type,
                                             &gotemplate::kUint32Type,
                                             &gotemplate::kUint64Type,
                                             &gotemplate::kFloat32Type,
                                             &gotemplate::kFloat64Type,
                                             &gotemplate::kStringType,
                                             &gotemplate::kAnyType,
                                             &gotemplate::kAnyListType,
                                             &gotemplate::kStringListType,
                                             &gotemplate::kBytesType,
                                             &gotemplate::kStringMapType,
                                             &gotemplate::kAnyMapType,
                                             &gotemplate::kTimeType,
                                             &kPairType,
                                             &kPairsType,
                                             &kKvType,
                                             &kAlertType,
                                             &kAlertsType,
                                             &kDataType,
                                             &kPromType};

}  // namespace

const Type& GoData::TypeNamed(std::string_view name) {
  for (const Type* type : kKnown) {
    if (type->name == name) return *type;
  }
  for (const Type* type :
       {&gotemplate::kDurationType, &gotemplate::kMonthType, &gotemplate::kWeekdayType}) {
    if (type->name == name) return *type;
  }
  for (const Type& type : types_) {
    if (type.name == name) return type;
  }
  Type type{.kind = Kind::kList, .name = Keep(name)};
  if (name.starts_with("[]")) {
    type.elem = &TypeNamed(name.substr(2));
  } else {
    std::size_t close = name.find(']');
    type.kind = Kind::kMap;
    type.key = &TypeNamed(name.substr(4, close - 4));
    type.elem = &TypeNamed(name.substr(close + 1));
  }
  return types_.emplace_back(type);
}

Value GoData::BuildNumber(std::string_view text, const Type& type) {
  if (type.kind == Kind::kFloat) {
    if (text == "NaN") return Value::Float(NAN, type);
    if (text == "+Inf") return Value::Float(INFINITY, type);
    if (text == "-Inf") return Value::Float(-INFINITY, type);
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return Value::Float(number, type);
  }
  if (type.kind == Kind::kUint) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return Value::Uint(number, type);
  }
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return Value::Int(number, type);
}

Value GoData::BuildList(const boost::json::object& typed, const Type& type) {
  const boost::json::array& list = typed.at("list").as_array();
  // Empty, but not nil.
  std::span<Value> values = arena_.Array<Value>(std::max<std::size_t>(list.size(), 1));
  for (std::size_t i = 0; i < list.size(); ++i) values[i] = Build(list[i]);
  return Value::List(values.first(list.size()), type);
}

Value GoData::BuildMap(const boost::json::object& typed, const Type& type) {
  std::vector<std::pair<Value, Value>> entries;
  for (const auto& entry : typed.at("map").as_object()) {
    std::string_view key = Keep(entry.key());
    entries.emplace_back(
        type.key->kind == Kind::kString ? Value::String(key) : BuildNumber(key, *type.key),
        Build(entry.value()));
  }
  return Value::Map(arena_.New<gotemplate::ValueMap>(std::move(entries)), type);
}

Value GoData::BuildStruct(const boost::json::array& fields, std::string_view type_name) {
  std::vector<Value> values;
  for (const boost::json::value& field : fields) values.push_back(Build(field.as_array()[1]));
  const Type& type = TypeNamed(type_name);
  EXPECT_EQ(values.size(), type.fields.size());
  return Value::Struct(arena_.New<FieldsObject>(std::move(values)), type);
}

Value GoData::Build(const boost::json::value& value) {
  if (value.is_string()) return Value::String(Keep(std::string_view(value.as_string())));
  const boost::json::object& typed = value.as_object();
  std::string_view name(typed.at("t").as_string());
  if (typed.contains("ptr")) {
    Value object = BuildStruct(typed.at("ptr").at("fields").as_array(),
                               std::string_view(typed.at("ptr").at("t").as_string()));
    return object.WithType(kDataPointerType);
  }
  if (typed.contains("time")) {
    std::string text = Text(typed, "time");
    auto time = gotemplate::ParseGoTime("2006-01-02T15:04:05.999999999Z07:00", text);
    EXPECT_TRUE(time.has_value()) << text;
    return gotemplate::TimeValue(*time, arena_);
  }
  if (name == "nil") return {};
  if (typed.contains("nil")) return Value::Zero(TypeNamed(name));
  if (typed.contains("fields")) return BuildStruct(typed.at("fields").as_array(), name);
  const Type& type = TypeNamed(name);
  if (typed.contains("b")) return Value::Bool(typed.at("b").as_bool());
  if (typed.contains("n")) return BuildNumber(typed.at("n").as_string(), type);
  if (typed.contains("list")) return BuildList(typed, type);
  if (typed.contains("map")) return BuildMap(typed, type);
  return Value::String(Keep(Text(typed, "s")), type);
}

}  // namespace tocsin::vectors
