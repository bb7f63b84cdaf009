#pragma once

// Labels that metrics have beyond the usual ones: Alertmanager's --enable-feature.

namespace tocsin::app {

struct MetricFeatures {
  bool alert_names = false;     // alertname: alertmanager_alerts_limited_total
  bool receiver_names = false;  // receiver_name: alertmanager_notification*
  bool group_keys = false;      // group_key: alertmanager_alerts
};

}  // namespace tocsin::app
