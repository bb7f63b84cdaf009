#pragma once

// Notification data as values of the template engine, with Alertmanager's Go types: their names
// show in error messages and in `printf "%T"`. Nothing is copied but a few words for each alert.

#include "gotemplate/value.h"
#include "templates/label_map.h"
#include "templates/notification_templates.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace tocsin::templates {

extern const gotemplate::Type kDataType;         // template.Data
extern const gotemplate::Type kDataPointerType;  // *template.Data: what dot is.
extern const gotemplate::Type kAlertType;        // template.Alert
extern const gotemplate::Type kAlertsType;       // template.Alerts
extern const gotemplate::Type kKvType;           // template.KV
extern const gotemplate::Type kPairType;         // template.Pair
extern const gotemplate::Type kPairsType;        // template.Pairs

// The fields of kAlertType and kDataType, as StructObject::Field numbers them.
enum AlertField : std::size_t {
  kStatus,
  kLabels,
  kAnnotations,
  kStartsAt,
  kEndsAt,
  kGeneratorUrl,
  kFingerprint,
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

class AlertObject final : public gotemplate::StructObject {
 public:
  explicit AlertObject(const model::NotifiedAlert& notified);
  gotemplate::Value Field(std::size_t index, gotemplate::Arena& arena) const override;

 private:
  const model::NotifiedAlert* notified_;
  LabelMap labels_, annotations_;
};

// Borrows `data`, which must outlive it. Belongs to one expansion.
class DataObject final : public gotemplate::StructObject {
 public:
  explicit DataObject(const NotificationData& data);
  DataObject(const DataObject&) = delete;
  DataObject& operator=(const DataObject&) = delete;

  gotemplate::Value Field(std::size_t index, gotemplate::Arena& arena) const override;
  gotemplate::Value Dot() const { return gotemplate::Value::Pointer(this, kDataPointerType); }

 private:
  const NotificationData* data_;
  std::vector<AlertObject> alerts_;
  std::vector<gotemplate::Value> alert_values_;
  LabelMap group_labels_, common_labels_, common_annotations_, route_labels_;
};

}  // namespace tocsin::templates
