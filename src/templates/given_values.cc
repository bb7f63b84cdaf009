#include "templates/given_values.h"

#include "templates/notification_values.h"

namespace tocsin::templates {

using gotemplate::Arena;
using gotemplate::Value;

GivenMap::GivenMap(const std::optional<model::LabelSet>& labels) {
  if (labels) map_.emplace(&*labels);
}

Value GivenMap::Show() const {
  return Value::Map(map_ ? &*map_ : nullptr, kKvType);
}

GivenAlertObject::GivenAlertObject(const GivenAlert& alert)
    : alert_(&alert), labels_(alert.labels), annotations_(alert.annotations) {}

Value GivenAlertObject::Field(std::size_t index, Arena& arena) const {
  switch (index) {
    case kStatus:
      return Value::String(alert_->status);
    case kLabels:
      return labels_.Show();
    case kAnnotations:
      return annotations_.Show();
    case kStartsAt:
      return gotemplate::TimeValue(alert_->starts_at, arena);
    case kEndsAt:
      return gotemplate::TimeValue(alert_->ends_at, arena);
    case kGeneratorUrl:
      return Value::String(alert_->generator_url);
    case kFingerprint:
      return Value::String(alert_->fingerprint);
    default:
      return {};
  }
}

GivenDataObject::GivenDataObject(const GivenData& data)
    : data_(&data),
      group_labels_(data.group_labels),
      common_labels_(data.common_labels),
      common_annotations_(data.common_annotations),
      route_labels_(data.route_labels) {
  alerts_.reserve(data.alerts.size());
  for (const GivenAlert& alert : data.alerts) {
    alerts_.emplace_back(alert);
    alert_values_.push_back(Value::Struct(&alerts_.back(), kAlertType));
  }
}

Value GivenDataObject::Field(std::size_t index, Arena&) const {
  switch (index) {
    case kReceiver:
      return Value::String(data_->receiver);
    case kDataStatus:
      return Value::String(data_->status);
    case kAlerts:
      return Value::List(alert_values_, kAlertsType);
    case kNotificationReason:
      return Value::String(data_->notification_reason);
    case kGroupLabels:
      return group_labels_.Show();
    case kCommonLabels:
      return common_labels_.Show();
    case kCommonAnnotations:
      return common_annotations_.Show();
    case kRouteLabels:
      return route_labels_.Show();
    case kExternalUrl:
      return Value::String(data_->external_url);
    default:
      return {};
  }
}

Value GivenDataObject::Dot() const {
  return Value::Struct(this, kDataType);
}

}  // namespace tocsin::templates
