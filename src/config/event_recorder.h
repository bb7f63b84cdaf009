#pragma once

// Alertmanager's `event_recorder`: read, checked and shown, so that a file that has it loads.
// Nothing is recorded. Values; safe from any thread.

#include "base/secret.h"
#include "base/time.h"
#include "config/http_client_config.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::config {

struct EventFile {
  std::string path;
};

struct EventWebhook {
  Secret url;
  HttpClientConfigPtr http_config;
  Duration timeout = std::chrono::seconds(10);
  std::int64_t workers = 4;
  std::int64_t max_retries = 3;
  Duration retry_backoff = std::chrono::milliseconds(500);
  bool batch = false;
  std::int64_t batch_max_events = 0;  // 0: not given; it means something with `batch` only.
  std::int64_t batch_max_bytes = 0;
  Duration batch_flush_interval{};
};

struct EventTopic {
  std::vector<std::string> brokers;
  std::string topic;
  std::string client_id = "alertmanager";
  std::string format = "json";
  std::string acks = "leader";
  std::string compression = "none";
  std::int64_t buffer_size = 1024;
  std::optional<TlsConfig> tls_config;
};

struct EventStdout {};

struct EventRecorderConfig {
  std::vector<EventFile> files;
  std::vector<EventWebhook> webhooks;
  std::vector<EventTopic> topics;
  std::vector<EventStdout> stdouts;
};

}  // namespace tocsin::config
