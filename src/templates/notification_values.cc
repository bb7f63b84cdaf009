#include "templates/notification_values.h"

#include "gotemplate/arena.h"
#include "gotemplate/function.h"
#include "gotemplate/go_time.h"
#include "gotemplate/value_map.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

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
  explicit PairObject(NameValue pair) : pair_(pair) {}
  Value Field(std::size_t index, Arena&) const override {
    return Value::String(index == 0 ? pair_.name : pair_.value);
  }

 private:
  NameValue pair_;
};

// The pairs of a KV in the order in which messages show them: alertname first, then by name.
std::vector<NameValue> SortedPairs(const Value& kv, Arena& arena) {
  std::vector<NameValue> pairs;
  pairs.reserve(kv.MapSize());
  for (std::size_t i = 0; i < kv.MapSize(); ++i) {
    Value name, value;
    kv.AsMap()->Entry(i, arena, &name, &value);
    pairs.push_back({name.AsString(), value.AsString()});
  }
  const auto alertname = std::find_if(pairs.begin(), pairs.end(), [](const NameValue& pair) {
    return pair.name == model::kAlertNameLabel;
  });
  if (alertname != pairs.end()) std::rotate(pairs.begin(), alertname, alertname + 1);
  return pairs;
}

// The same for template.Pairs, which has its order already.
std::vector<NameValue> ElementsOf(const Value& pairs, Arena& arena) {
  std::vector<NameValue> result;
  for (const Value& pair : pairs.AsList()) {
    result.push_back(
        {pair.AsStruct()->Field(0, arena).AsString(), pair.AsStruct()->Field(1, arena).AsString()});
  }
  return result;
}

Value StringList(const std::vector<NameValue>& pairs, std::string_view NameValue::* part,
                 Arena& arena) {
  const std::span<Value> list = arena.Array<Value>(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) list[i] = Value::String(pairs[i].*part);
  return Value::List(list, kStringsType);
}

Result<Value> StringsJoin(const Value& strings, std::span<const Value> args, Context& context) {
  std::string joined;
  for (const Value& text : strings.AsList()) {
    if (&text != strings.AsList().data()) joined += args[0].AsString();
    joined += text.AsString();
  }
  return context.String(std::move(joined));
}

void AppendPairs(const std::vector<NameValue>& pairs, std::string* out) {
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (i > 0) out->append(", ");
    out->append(pairs[i].name).append("=").append(pairs[i].value);
  }
}

void KvText(const Value& kv, std::string* out) {
  Arena arena;
  AppendPairs(SortedPairs(kv, arena), out);
}

void PairsText(const Value& pairs, std::string* out) {
  Arena arena;
  AppendPairs(ElementsOf(pairs, arena), out);
}

Result<Value> KvSortedPairs(const Value& kv, std::span<const Value>, Context& context) {
  const std::vector<NameValue> pairs = SortedPairs(kv, context.arena());
  const std::span<Value> list = context.arena().Array<Value>(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    list[i] = Value::Struct(context.arena().New<PairObject>(pairs[i]), kPairType);
  }
  return Value::List(list, kPairsType);
}

Result<Value> KvNames(const Value& kv, std::span<const Value>, Context& context) {
  return StringList(SortedPairs(kv, context.arena()), &NameValue::name, context.arena());
}

Result<Value> KvValues(const Value& kv, std::span<const Value>, Context& context) {
  return StringList(SortedPairs(kv, context.arena()), &NameValue::value, context.arena());
}

Result<Value> KvRemove(const Value& kv, std::span<const Value> args, Context& context) {
  const std::span<const Value> removed = args[0].AsList();
  std::vector<std::pair<Value, Value>> kept;
  for (std::size_t i = 0; i < kv.MapSize(); ++i) {
    Value name, value;
    kv.AsMap()->Entry(i, context.arena(), &name, &value);
    const bool drop = std::any_of(removed.begin(), removed.end(), [&name](const Value& r) {
      return r.AsString() == name.AsString();
    });
    if (!drop) kept.emplace_back(name, value);
  }
  return Value::Map(context.arena().New<gotemplate::ValueMap>(std::move(kept)), kKvType);
}

Result<Value> PairsNames(const Value& pairs, std::span<const Value>, Context& context) {
  return StringList(ElementsOf(pairs, context.arena()), &NameValue::name, context.arena());
}

Result<Value> PairsValues(const Value& pairs, std::span<const Value>, Context& context) {
  return StringList(ElementsOf(pairs, context.arena()), &NameValue::value, context.arena());
}

// By the status that the alert shows, so that both lists agree with what people read.
Value WithStatus(const Value& alerts, std::string_view status, Context& context) {
  std::vector<Value> chosen;
  for (const Value& alert : alerts.AsList()) {
    if (alert.AsStruct()->Field(0, context.arena()).AsString() == status) chosen.push_back(alert);
  }
  const std::span<Value> list = context.arena().Array<Value>(chosen.size());
  std::copy(chosen.begin(), chosen.end(), list.begin());
  return Value::List(list, kAlertsType);
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

enum AlertField : std::size_t {
  kStatus,
  kLabels,
  kAnnotations,
  kStartsAt,
  kEndsAt,
  kGeneratorUrl,
  kFingerprint,
};
constexpr FieldInfo kAlertFields[] = {
    {"Status", &kStringType, "status"},           {"Labels", &kKvType, "labels"},
    {"Annotations", &kKvType, "annotations"},     {"StartsAt", &gotemplate::kTimeType, "startsAt"},
    {"EndsAt", &gotemplate::kTimeType, "endsAt"}, {"GeneratorURL", &kStringType, "generatorURL"},
    {"Fingerprint", &kStringType, "fingerprint"},
};
enum DataField : std::size_t {
  kReceiver,
  kDataStatus,
  kAlerts,
  kNotificationReason,
  kGroupLabels,
  kCommonLabels,
  kCommonAnnotations,
  kRouteLabels,
  kExternalUrl,
};
constexpr FieldInfo kDataFields[] = {
    {"Receiver", &kStringType, "receiver"},
    {"Status", &kStringType, "status"},
    {"Alerts", &kAlertsType, "alerts"},
    {"NotificationReason", &kStringType, "notification_reason"},
    {"GroupLabels", &kKvType, "groupLabels"},
    {"CommonLabels", &kKvType, "commonLabels"},
    {"CommonAnnotations", &kKvType, "commonAnnotations"},
    {"RouteLabels", &kKvType, "routeLabels"},
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
      return Value::String(alert.generator_url);
    case kFingerprint:
      return Value::String(arena.Keep(model::ToString(alert.fingerprint())));
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
