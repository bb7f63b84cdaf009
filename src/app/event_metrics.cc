#include "app/event_metrics.h"

#include "app/metric_families.h"

#include <array>
#include <set>

namespace tocsin::app {
namespace {

using notifiers::FailureReason;

// All that Alertmanager has, so that a dashboard finds its series whichever are configured.
constexpr std::array kIntegrationTypes = {
    "webhook", "email",     "pagerduty", "opsgenie",   "wechat",     "slack",
    "sns",     "victorops", "pushover",  "telegram",   "discord",    "webex",
    "msteams", "msteamsv2", "jira",      "incidentio", "rocketchat", "mattermost"};

constexpr std::array kReasons = {FailureReason::kOther,
                                 FailureReason::kClientError,
                                 FailureReason::kServerError,
                                 FailureReason::kAuthError,
                                 FailureReason::kRateLimited,
                                 FailureReason::kContextCanceled,
                                 FailureReason::kContextDeadlineExceeded};

// Alertmanager hands each alert to both; here they are parts of one core, which takes it once.
prometheus::Counter& SubscriberCounter(prometheus::Registry* registry, const char* subscriber) {
  return CounterFamily(registry, "alertmanager_alerts_subscriber_channel_writes_total",
                       "Number of times that alerts were handed on.")
      .Add({{"subscriber", subscriber}});
}

}  // namespace

EventMetrics::EventMetrics(prometheus::Registry* registry, MetricFeatures features)
    : features_(features),
      limited_(CounterFamily(registry, "alertmanager_alerts_limited_total",
                             "The total number of alerts that were dropped because there were too "
                             "many of their name.")),
      suppressed_(CounterFamily(registry, "alertmanager_notifications_suppressed_total",
                                "The total number of notifications suppressed for being silenced, "
                                "inhibited, outside of active time intervals or within muted time "
                                "intervals.")),
      to_dispatcher_(SubscriberCounter(registry, "dispatcher")),
      to_inhibitor_(SubscriberCounter(registry, "inhibitor")),
      log_queries_(CounterFamily(registry, "alertmanager_nflog_queries_total",
                                 "Number of times that the notification log was asked.")
                       .Add({})),
      log_query_errors_(CounterFamily(registry, "alertmanager_nflog_query_errors_total",
                                      "Number of times that the notification log had no entry.")
                            .Add({})),
      notifications_(CounterFamily(registry, "alertmanager_notifications_total",
                                   "The total number of attempted notifications.")),
      notifications_failed_(CounterFamily(registry, "alertmanager_notifications_failed_total",
                                          "The total number of failed notifications.")),
      requests_(CounterFamily(registry, "alertmanager_notification_requests_total",
                              "The total number of attempted notification requests.")),
      requests_failed_(CounterFamily(registry, "alertmanager_notification_requests_failed_total",
                                     "The total number of failed notification requests.")),
      latency_(prometheus::BuildHistogram()
                   .Name("alertmanager_notification_latency_seconds")
                   .Help("The latency of notifications in seconds.")
                   .Register(*registry)),
      rules_(registry) {
  for (const char* reason :
       {"silence", "inhibition", "mute_time_interval", "active_time_interval"}) {
    suppressed_.Add({{"reason", reason}});
  }
  if (!features_.alert_names) limited_.Add({});
  if (features_.receiver_names) return;
  for (const char* type : kIntegrationTypes) AddIntegration(type, {{"integration", type}});
}

std::string EventMetrics::SeriesOf(const model::IntegrationId& integration) const {
  return features_.receiver_names ? integration.type + '\n' + integration.receiver
                                  : integration.type;
}

EventMetrics::IntegrationSeries* EventMetrics::FindIntegration(
    const model::IntegrationId& integration) {
  const auto it = by_integration_.find(SeriesOf(integration));
  return it == by_integration_.end() ? nullptr : &it->second;
}

void EventMetrics::SetIntegrations(const std::vector<model::IntegrationId>& integrations) {
  if (!features_.receiver_names) return;
  std::set<std::string> present;
  for (const model::IntegrationId& integration : integrations) {
    const std::string key = SeriesOf(integration);
    present.insert(key);
    if (by_integration_.contains(key)) continue;
    AddIntegration(key,
                   {{"integration", integration.type}, {"receiver_name", integration.receiver}});
  }
  std::erase_if(by_integration_, [&](const auto& item) {
    if (present.contains(item.first)) return false;
    RemoveIntegration(item.second);
    return true;
  });
}

void EventMetrics::RemoveIntegration(const IntegrationSeries& series) {
  notifications_.Remove(series.notifications);
  requests_.Remove(series.requests);
  requests_failed_.Remove(series.requests_failed);
  latency_.Remove(series.latency);
  for (const auto& [reason, counter] : series.failed) notifications_failed_.Remove(counter);
}

void EventMetrics::AddIntegration(const std::string& key, prometheus::Labels labels) {
  IntegrationSeries series{
      &notifications_.Add(labels),
      &requests_.Add(labels),
      &requests_failed_.Add(labels),
      &latency_.Add(labels, prometheus::Histogram::BucketBoundaries{1, 5, 10, 15, 20}),
      {}};
  for (const FailureReason reason : kReasons) {
    prometheus::Labels with_reason = labels;
    with_reason.emplace("reason", std::string(ToString(reason)));
    series.failed.emplace(reason, &notifications_failed_.Add(with_reason));
  }
  by_integration_.emplace(key, std::move(series));
}

void EventMetrics::OnDecision(Time, const router::Decision& decision) {
  const model::IntegrationId* counted = nullptr;
  if (const auto* due = std::get_if<router::NotificationDue>(&decision)) {
    counted = &due->notification->integration;
    log_queries_.Increment();
    if (due->notification->reason == model::NotifyReason::kFirstNotification) {
      log_query_errors_.Increment();
    }
  } else if (const auto* logged = std::get_if<router::NotificationLogged>(&decision)) {
    if (!logged->sent) counted = &logged->integration;
  } else if (std::holds_alternative<router::NotificationNotNeeded>(decision)) {
    log_queries_.Increment();
  } else if (std::holds_alternative<router::AlertReceived>(decision)) {
    to_dispatcher_.Increment();
    to_inhibitor_.Increment();
  } else if (const auto* suppressed = std::get_if<router::AlertsSuppressed>(&decision)) {
    CountSuppressed(*suppressed);
  } else if (const auto* refused = std::get_if<router::AlertRefused>(&decision)) {
    CountLimited(refused->alert->labels.Get("alertname"));
  }
  if (!counted) return;
  if (IntegrationSeries* series = FindIntegration(*counted)) series->notifications->Increment();
}

void EventMetrics::CountLimited(std::string_view alertname) {
  prometheus::Labels labels;
  if (features_.alert_names && !limited_names_.contains(alertname) &&
      limited_names_.size() < kLimitedNamesMax) {
    limited_names_.emplace(alertname);
  }
  if (limited_names_.contains(alertname)) labels = {{"alertname", std::string(alertname)}};
  limited_.Add(labels).Increment();
}

void EventMetrics::CountSuppressed(const router::AlertsSuppressed& suppressed) {
  const char* reason = "";
  switch (suppressed.why) {
    case router::Suppression::kInhibited:
      reason = "inhibition";
      break;
    case router::Suppression::kOutsideActiveTimes:
      reason = "active_time_interval";
      break;
    case router::Suppression::kMuteTime:
      reason = "mute_time_interval";
      break;
    case router::Suppression::kSilenced:
      reason = "silence";
      break;
  }
  suppressed_.Add({{"reason", reason}}).Increment(suppressed.count);
}

void EventMetrics::OnDecision(Time, const rules::Decision& decision) {
  rules_.OnDecision(decision);
}

void EventMetrics::OnAttempt(Time, const core::AttemptEnded& attempt) {
  IntegrationSeries* const series = FindIntegration(attempt.notification->integration);
  if (!series) return;
  series->requests->Increment();
  series->latency->Observe(Seconds(attempt.took));
  if (attempt.outcome.kind != notifiers::Outcome::Kind::kDelivered) {
    series->requests_failed->Increment();
  }
}

void EventMetrics::OnDeliveryFailed(Time, const core::DeliveryFailed& failure) {
  if (IntegrationSeries* series = FindIntegration(failure.notification->integration)) {
    series->failed.at(failure.reason)->Increment();
  }
}

}  // namespace tocsin::app
