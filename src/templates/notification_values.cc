#include "templates/notification_values.h"

#include "gotemplate/arena.h"
#include "gotemplate/function.h"
#include "gotemplate/go_time.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

namespace tocsin::templates {
namespace {

using gotemplate::Arena;
using gotemplate::Context;
using gotemplate::FieldInfo;
using gotemplate::Kind;
using gotemplate::kStringListType;
using gotemplate::kStringType;
using gotemplate::Method;
using gotemplate::Type;
using gotemplate::Value;

struct NameValue {
  std::string_view name, value;
};

// What Names and Values give: a list of strings that can join itself.
extern const Type kStringsType;

class PairObject final : public gotemplate::StructObject {
 public:
  PairObject() = default;
  explicit PairObject(NameValue pair) : pair_(pair) {}
  Value Field(std::size_t index, Arena&) const override {
    return Value::String(index == 0 ? pair_.name : pair_.value);
  }
  const NameValue& pair() const { return pair_; }

 private:
  NameValue pair_;
};

// A KV that a function made. The pairs are sorted by name.
class PairsMap final : public gotemplate::MapObject {
 public:
  explicit PairsMap(std::span<const NameValue> pairs) : pairs_(pairs) {}

  std::size_t size() const override { return pairs_.size(); }
  bool Find(const Value& key, Arena&, Value* value) const override {
    const auto found = std::find_if(pairs_.begin(), pairs_.end(), [&key](const NameValue& pair) {
      return pair.name == key.AsString();
    });
    if (found == pairs_.end()) return false;
    *value = Value::String(found->value);
    return true;
  }
  void Entry(std::size_t index, Arena&, Value* key, Value* value) const override {
    *key = Value::String(pairs_[index].name);
    *value = Value::String(pairs_[index].value);
  }

 private:
  std::span<const NameValue> pairs_;
};

NameValue EntryOf(const Value& kv, std::size_t index, Arena& arena) {
  Value name, value;
  kv.AsMap()->Entry(index, arena, &name, &value);
  return {name.AsString(), value.AsString()};
}

// The pairs of a KV in the order in which messages show them: alertname first, then by name.
std::span<PairObject> SortedPairs(const Value& kv, Arena& arena) {
  const std::span<PairObject> pairs = arena.Array<PairObject>(kv.MapSize());
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = PairObject(EntryOf(kv, i, arena));
  const auto alertname = std::find_if(pairs.begin(), pairs.end(), [](const PairObject& pair) {
    return pair.pair().name == model::kAlertNameLabel;
  });
  if (alertname != pairs.end()) std::rotate(pairs.begin(), alertname, alertname + 1);
  return pairs;
}

// The pair behind an element of template.Pairs.
const NameValue& PairOf(const Value& element) {
  return static_cast<const PairObject*>(element.AsStruct())->pair();
}

void AppendPair(const NameValue& pair, bool first, std::string* out) {
  if (!first) out->append(", ");
  out->append(pair.name).append("=").append(pair.value);
}

void KvText(const Value& kv, std::string* out) {
  alignas(std::max_align_t) char first_bytes[1024];
  Arena arena(first_bytes);
  bool first = true;
  for (const PairObject& pair : SortedPairs(kv, arena)) {
    AppendPair(pair.pair(), first, out);
    first = false;
  }
}

void PairsText(const Value& pairs, std::string* out) {
  for (const Value& element : pairs.AsList()) {
    AppendPair(PairOf(element), &element == pairs.AsList().data(), out);
  }
}

// Longer ones than there is room for are cut: the engine refuses them.
Result<Value> StringsJoin(const Value& strings, std::span<const Value> args, Context& context) {
  const std::string_view separator = args[0].AsString();
  const std::span<const Value> parts = strings.AsList();
  std::size_t size = 0;
  for (const Value& part : parts) {
    size += part.AsString().size() + (&part == parts.data() ? 0 : separator.size());
    if (size > context.room()) break;
  }
  const std::span<char> joined = context.arena().Array<char>(std::min(size, context.room() + 1));
  std::span<char> rest = joined;
  const auto copy = [&rest](std::string_view text) {
    rest = rest.subspan(text.copy(rest.data(), rest.size()));
  };
  for (const Value& part : parts) {
    if (rest.empty()) break;
    if (&part != parts.data()) copy(separator);
    copy(part.AsString());
  }
  return Value::String({joined.data(), joined.size()});
}

Result<Value> KvSortedPairs(const Value& kv, std::span<const Value>, Context& context) {
  const std::span<const PairObject> pairs = SortedPairs(kv, context.arena());
  const std::span<Value> list = context.arena().Array<Value>(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) list[i] = Value::Struct(&pairs[i], kPairType);
  return Value::List(list, kPairsType);
}

Value PartsOfKv(const Value& kv, std::string_view NameValue::* part, Arena& arena) {
  const std::span<const PairObject> pairs = SortedPairs(kv, arena);
  const std::span<Value> list = arena.Array<Value>(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) list[i] = Value::String(pairs[i].pair().*part);
  return Value::List(list, kStringsType);
}

Result<Value> KvNames(const Value& kv, std::span<const Value>, Context& context) {
  return PartsOfKv(kv, &NameValue::name, context.arena());
}

Result<Value> KvValues(const Value& kv, std::span<const Value>, Context& context) {
  return PartsOfKv(kv, &NameValue::value, context.arena());
}

Result<Value> KvRemove(const Value& kv, std::span<const Value> args, Context& context) {
  const std::span<const Value> removed = args[0].AsList();
  const std::span<NameValue> all = context.arena().Array<NameValue>(kv.MapSize());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const NameValue pair = EntryOf(kv, i, context.arena());
    const bool drop = std::any_of(removed.begin(), removed.end(), [&pair](const Value& name) {
      return name.AsString() == pair.name;
    });
    if (!drop) all[kept++] = pair;
  }
  return Value::Map(context.arena().New<PairsMap>(all.first(kept)), kKvType);
}

Value PartsOfPairs(const Value& pairs, std::string_view NameValue::* part, Arena& arena) {
  const std::span<const Value> elements = pairs.AsList();
  const std::span<Value> list = arena.Array<Value>(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    list[i] = Value::String(PairOf(elements[i]).*part);
  }
  return Value::List(list, kStringsType);
}

Result<Value> PairsNames(const Value& pairs, std::span<const Value>, Context& context) {
  return PartsOfPairs(pairs, &NameValue::name, context.arena());
}

Result<Value> PairsValues(const Value& pairs, std::span<const Value>, Context& context) {
  return PartsOfPairs(pairs, &NameValue::value, context.arena());
}

// By the status that the alert shows, so that both lists agree with what people read.
Value WithStatus(const Value& alerts, std::string_view status, Context& context) {
  const std::span<const Value> all = alerts.AsList();
  const std::span<Value> list = context.arena().Array<Value>(all.size());
  const auto end = std::copy_if(all.begin(), all.end(), list.begin(), [&](const Value& alert) {
    return alert.AsStruct()->Field(0, context.arena()).AsString() == status;
  });
  return Value::List(list.first(static_cast<std::size_t>(end - list.begin())), kAlertsType);
}

Result<Value> AlertsFiring(const Value& alerts, std::span<const Value>, Context& context) {
  return WithStatus(alerts, "firing", context);
}

Result<Value> AlertsResolved(const Value& alerts, std::span<const Value>, Context& context) {
  return WithStatus(alerts, "resolved", context);
}

constexpr std::array<const Type*, 1> kStringListParam = {&kStringListType};

constexpr std::array<const Type*, 1> kStringParam = {&kStringType};

constexpr Method kStringsMethods[] = {
    {.name = "Join", .call = StringsJoin, .params = kStringParam, .result = &kStringType},
};

constinit const Type kStringsType{.kind = Kind::kList,
                                  .name = "template.Strings",
                                  .named = true,
                                  .elem = &kStringType,
                                  .methods = kStringsMethods};

constexpr Method kKvMethods[] = {
    {.name = "Names", .call = KvNames, .result = &kStringsType},
    {.name = "Remove", .call = KvRemove, .params = kStringListParam, .result = &kKvType},
    {.name = "SortedPairs", .call = KvSortedPairs, .result = &kPairsType},
    {.name = "Values", .call = KvValues, .result = &kStringsType},
};

constexpr Method kPairsMethods[] = {
    {.name = "Names", .call = PairsNames, .result = &kStringsType},
    {.name = "Values", .call = PairsValues, .result = &kStringsType},
};

constexpr Method kAlertsMethods[] = {
    {.name = "Firing", .call = AlertsFiring, .result = &kAlertsType},
    {.name = "Resolved", .call = AlertsResolved, .result = &kAlertsType},
};

constexpr FieldInfo kPairFields[] = {{"Name", &kStringType}, {"Value", &kStringType}};

constexpr FieldInfo kAlertFields[] = {
    {"Status", &kStringType, "status"},           {"Labels", &kKvType, "labels"},
    {"Annotations", &kKvType, "annotations"},     {"StartsAt", &gotemplate::kTimeType, "startsAt"},
    {"EndsAt", &gotemplate::kTimeType, "endsAt"}, {"GeneratorURL", &kStringType, "generatorURL"},
    {"Fingerprint", &kStringType, "fingerprint"},
};
constexpr FieldInfo kDataFields[] = {
    {"Receiver", &kStringType, "receiver"},
    {"Status", &kStringType, "status"},
    {"Alerts", &kAlertsType, "alerts"},
    {"NotificationReason", &kStringType, "notification_reason"},
    {"GroupLabels", &kKvType, "groupLabels"},
    {"CommonLabels", &kKvType, "commonLabels"},
    {"CommonAnnotations", &kKvType, "commonAnnotations"},
    {"RouteLabels", &kKvType, "routeLabels", /*omit_empty=*/true},
    {"ExternalURL", &kStringType, "externalURL"},
};

}  // namespace

constinit const Type kKvType{.kind = Kind::kMap,
                             .name = "template.KV",
                             .named = true,
                             .elem = &kStringType,
                             .key = &kStringType,
                             .methods = kKvMethods,
                             .text = KvText};
constinit const Type kPairType{
    .kind = Kind::kStruct, .name = "template.Pair", .named = true, .fields = kPairFields};
constinit const Type kPairsType{.kind = Kind::kList,
                                .name = "template.Pairs",
                                .named = true,
                                .elem = &kPairType,
                                .methods = kPairsMethods,
                                .text = PairsText};
constinit const Type kAlertType{
    .kind = Kind::kStruct, .name = "template.Alert", .named = true, .fields = kAlertFields};
constinit const Type kAlertsType{.kind = Kind::kList,
                                 .name = "template.Alerts",
                                 .named = true,
                                 .elem = &kAlertType,
                                 .methods = kAlertsMethods};
constinit const Type kDataType{
    .kind = Kind::kStruct, .name = "template.Data", .named = true, .fields = kDataFields};
constinit const Type kDataPointerType{
    .kind = Kind::kPointer, .name = "*template.Data", .elem = &kDataType};

AlertObject::AlertObject(const model::NotifiedAlert& notified)
    : notified_(&notified),
      labels_(&notified.alert->labels),
      annotations_(&notified.alert->annotations) {}

Value AlertObject::Field(std::size_t index, Arena& arena) const {
  const model::Alert& alert = *notified_->alert;
  switch (index) {
    case kStatus:
      return Value::String(notified_->resolved ? "resolved" : "firing");
    case kLabels:
      return Value::Map(&labels_, kKvType);
    case kAnnotations:
      return Value::Map(&annotations_, kKvType);
    case kStartsAt:
      return gotemplate::TimeValue(gotemplate::GoTime::From(alert.starts_at), arena);
    case kEndsAt:
      // The end of a firing alert is a guess in the future; messages do not show it.
      return gotemplate::TimeValue(
          gotemplate::GoTime::From(notified_->resolved ? alert.ends_at : kZeroTime), arena);
    case kGeneratorUrl:
      return Value::String(alert.generator_url.view());
    case kFingerprint:
      return Value::String(arena.Copy(model::ToString(alert.fingerprint())));
    default:
      return {};
  }
}

DataObject::DataObject(const NotificationData& data)
    : data_(&data),
      group_labels_(&data.group_labels),
      common_labels_(&data.common_labels),
      common_annotations_(&data.common_annotations),
      route_labels_(&data.route_labels) {
  alerts_.reserve(data.alerts.size());
  alert_values_.reserve(data.alerts.size());
  for (const model::NotifiedAlert& notified : data.alerts) {
    alerts_.emplace_back(notified);
    alert_values_.push_back(Value::Struct(&alerts_.back(), kAlertType));
  }
}

Value DataObject::Field(std::size_t index, Arena&) const {
  switch (index) {
    case kReceiver:
      return Value::String(data_->receiver);
    case kDataStatus:
      return Value::String(data_->status());
    case kAlerts:
      return Value::List(alert_values_, kAlertsType);
    case kNotificationReason:
      return Value::String(data_->reason);
    case kGroupLabels:
      return Value::Map(&group_labels_, kKvType);
    case kCommonLabels:
      return Value::Map(&common_labels_, kKvType);
    case kCommonAnnotations:
      return Value::Map(&common_annotations_, kKvType);
    case kRouteLabels:
      return Value::Map(&route_labels_, kKvType);
    case kExternalUrl:
      return Value::String(data_->external_url);
    default:
      return {};
  }
}

}  // namespace tocsin::templates
