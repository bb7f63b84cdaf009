#include "config/event_recorder.h"

#include "config/fields.h"
#include "config/load_parts.h"
#include "config/marshal_parts.h"

#include <algorithm>
#include <initializer_list>

namespace tocsin::config {
namespace {

template <class Fields>
constexpr bool kReads = std::decay_t<Fields>::kReads;

void CheckNotNegative(ObjectReader* reader, std::string_view key, std::int64_t value) {
  if (value < 0) reader->Error(key, std::string(key) + " must not be negative");
}

void CheckOneOf(ObjectReader* reader, std::string_view key, const std::string& value,
                std::initializer_list<std::string_view> known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  std::string message = "unknown " + std::string(key) + " " + Shown(value) + ", must be one of";
  for (const std::string_view name : known) message += " " + std::string(name);
  reader->Error(key, std::move(message));
}

constexpr auto kFileKeys = [](auto& fields, auto* file) {
  fields.RequiredText("path", &file->path, "missing path in file_outputs");
};

void CheckWebhook(ObjectReader* reader, const EventWebhook& webhook) {
  if (!reader->Get("url")) reader->Error("url", "missing url in webhook_outputs");
  CheckNotNegative(reader, "workers", webhook.workers);
  CheckNotNegative(reader, "max_retries", webhook.max_retries);
  CheckNotNegative(reader, "batch_max_events", webhook.batch_max_events);
  CheckNotNegative(reader, "batch_max_bytes", webhook.batch_max_bytes);
  if (webhook.batch) return;
  for (const char* key : {"batch_max_events", "batch_max_bytes", "batch_flush_interval"}) {
    if (reader->Get(key)) reader->Error(key, std::string(key) + " needs batch: true");
  }
}

constexpr auto kWebhookKeys = [](auto& fields, auto* webhook) {
  fields.SecretUrl("url", &webhook->url);
  fields.PrometheusDuration("timeout", &webhook->timeout);
  fields.Number("workers", &webhook->workers);
  fields.Number("max_retries", &webhook->max_retries);
  fields.PrometheusDuration("retry_backoff", &webhook->retry_backoff);
  fields.Flag("batch", &webhook->batch);
  fields.Number("batch_max_events", &webhook->batch_max_events);
  fields.Number("batch_max_bytes", &webhook->batch_max_bytes);
  fields.PrometheusDuration("batch_flush_interval", &webhook->batch_flush_interval);
  fields.HttpConfig(&webhook->http_config);
  if constexpr (kReads<decltype(fields)>) CheckWebhook(&fields.reader(), *webhook);
};

void CheckTopic(ObjectReader* reader, const EventTopic& topic) {
  const bool empty =
      std::find(topic.brokers.begin(), topic.brokers.end(), "") != topic.brokers.end();
  if (topic.brokers.empty() || empty) {
    reader->Error("brokers", "missing or empty brokers in kafka_outputs");
  }
  CheckOneOf(reader, "format", topic.format, {"json", "protobuf"});
  CheckOneOf(reader, "acks", topic.acks, {"none", "leader", "all"});
  CheckOneOf(reader, "compression", topic.compression, {"none", "gzip", "snappy", "lz4", "zstd"});
  CheckNotNegative(reader, "buffer_size", topic.buffer_size);
}

constexpr auto kTopicKeys = [](auto& fields, auto* topic) {
  fields.Texts("brokers", &topic->brokers);
  fields.RequiredText("topic", &topic->topic, "missing topic in kafka_outputs");
  fields.Text("client_id", &topic->client_id);
  fields.Text("format", &topic->format);
  fields.Text("acks", &topic->acks);
  fields.Text("compression", &topic->compression);
  fields.Number("buffer_size", &topic->buffer_size);
  fields.Tls("tls_config", &topic->tls_config);
  if constexpr (kReads<decltype(fields)>) CheckTopic(&fields.reader(), *topic);
};

constexpr auto kStdoutKeys = [](auto&, auto*) {};

constexpr auto kKeys = [](auto& fields, auto* recorder) {
  fields.List("file_outputs", "a file output", &recorder->files, kFileKeys);
  fields.List("webhook_outputs", "a webhook output", &recorder->webhooks, kWebhookKeys);
  fields.List("kafka_outputs", "a kafka output", &recorder->topics, kTopicKeys);
  fields.List("stdout_outputs", "a stdout output", &recorder->stdouts, kStdoutKeys);
};

}  // namespace

std::optional<EventRecorderConfig> ReadEventRecorder(const Source& source,
                                                     const YamlNodePtr& node) {
  if (node == nullptr) return std::nullopt;
  FieldReader fields(source, node, "event_recorder");
  EventRecorderConfig recorder;
  kKeys(fields, &recorder);
  fields.reader().Finish();
  source.Warning(*node, "event_recorder has no effect yet");
  return recorder;
}

void WriteEventRecorder(const EventRecorderConfig& recorder, YamlWriter* writer) {
  FieldWriter fields(writer);
  writer->BeginMapping("event_recorder");
  kKeys(fields, &recorder);
  writer->EndMapping();
}

}  // namespace tocsin::config
