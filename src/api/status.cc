#include "api/status.h"

#include "api/model_json.h"
#include "api/reads.h"
#include "config/config.h"

namespace tocsin::api {
namespace {

// The members that Alertmanager's and Prometheus's answers have in common.
void WriteVersionMembers(const BuildInfo& build, std::string_view version, JsonWriter* writer) {
  writer->Key("branch").String("").Key("buildDate").String("");
  writer->Key("buildUser").String("").Key("goVersion").String(build.compiler);
  writer->Key("revision").String("").Key("version").String(version);
}

void WriteCluster(const std::optional<ClusterMember>& self, JsonWriter* writer) {
  writer->BeginObject();
  if (self) writer->Key("name").String(self->name);
  writer->Key("peers").BeginArray();
  if (self) {
    writer->BeginObject().Key("address").String(self->address);
    writer->Key("name").String(self->name).EndObject();
  }
  writer->EndArray().Key("status").String(self ? "ready" : "disabled").EndObject();
}

}  // namespace

std::string SerializeStatus(const Options& options, std::string_view config_yaml) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Key("cluster");
  WriteCluster(options.cluster, &writer);
  writer.Key("config").BeginObject().Key("original").String(config_yaml).EndObject();
  // Named for what it is not: the time of the start.
  writer.Key("uptime");
  WriteMilliTime(options.started, &writer);
  writer.Key("versionInfo").BeginObject();
  WriteVersionMembers(options.build, options.build.alertmanager_version, &writer);
  writer.EndObject().EndObject();
  json += '\n';
  return json;
}

std::string SerializeBuildInfo(const BuildInfo& build) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Key("status").String("success").Key("data").BeginObject();
  // Without `features`, which would promise that rules can be edited here.
  writer.Key("application").String("tocsin");
  WriteVersionMembers(build, build.version, &writer);
  writer.EndObject().EndObject();
  return json;
}

void GetStatus(const ExchangePtr& exchange) {
  AnswerFromSnapshot(exchange, [exchange](const core::Control& control, Time) -> Snapshot {
    return {1, [exchange, config = control.config()] {
              return JsonResponse(200, SerializeStatus(exchange->options(),
                                                       config::MarshalForAlertmanager(*config)));
            }};
  });
}

void GetBuildInfo(const ExchangePtr& exchange) {
  exchange->Answer(JsonResponse(200, SerializeBuildInfo(exchange->options().build)));
}

}  // namespace tocsin::api
