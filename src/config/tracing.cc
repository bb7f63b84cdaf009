#include "config/fields.h"
#include "config/load_parts.h"
#include "config/marshal_parts.h"

namespace tocsin::config {
namespace {

constexpr auto kKeys = [](auto& fields, auto* tracing) {
  fields.AnyText("client_type", &tracing->client_type);
  fields.RequiredText("endpoint", &tracing->endpoint, "tracing endpoint must be set");
  fields.Fraction("sampling_fraction", &tracing->sampling_fraction);
  fields.Flag("insecure", &tracing->insecure);
  fields.Tls("tls_config", &tracing->tls_config);
  fields.Headers("headers", &tracing->headers);
  fields.Text("compression", &tracing->compression);
  fields.PrometheusDuration("timeout", &tracing->timeout);
};

}  // namespace

std::optional<TracingConfig> ReadTracing(const Source& source, const YamlNodePtr& node) {
  if (node == nullptr) return std::nullopt;
  FieldReader fields(source, node, "tracing");
  TracingConfig tracing;
  kKeys(fields, &tracing);
  if (tracing.client_type != "grpc" && tracing.client_type != "http") {
    fields.reader().Error("client_type", "unknown tracing client type " +
                                             Shown(tracing.client_type) + ", must be grpc or http");
  }
  if (!tracing.compression.empty() && tracing.compression != "gzip") {
    fields.reader().Error("compression", "unknown tracing compression " +
                                             Shown(tracing.compression) + ", must be gzip");
  }
  fields.reader().Finish();
  source.Warning(*node, "tracing has no effect yet");
  return tracing;
}

void WriteTracing(const TracingConfig& tracing, YamlWriter* writer) {
  FieldWriter fields(writer);
  writer->BeginMapping("tracing");
  kKeys(fields, &tracing);
  writer->EndMapping();
}

}  // namespace tocsin::config
