#include "config/integration_parts.h"

namespace tocsin::config {
namespace {

constexpr auto kSigV4Keys = [](auto& fields, auto* config) {
  fields.Text("region", &config->region);
  fields.Text("access_key", &config->access_key);
  fields.Password("secret_key", &config->secret_key);
  fields.Text("profile", &config->profile);
  fields.Text("role_arn", &config->role_arn);
  fields.Text("external_id", &config->external_id);
  fields.Flag("use_fips_sts_endpoint", &config->use_fips_sts_endpoint);
  fields.Text("service_name", &config->service_name);
  if constexpr (std::decay_t<decltype(fields)>::kReads) {
    if (config->access_key.empty() != config->secret_key.empty()) {
      fields.reader().Error(
          "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the "
          "SigV4 config");
    }
    if (!config->external_id.empty() && config->role_arn.empty()) {
      fields.reader().Error("external_id", "external_id can only be used with role_arn");
    }
  }
};

constexpr auto kKeys = [](auto& fields, auto* config) {
  fields.Text("api_url", &config->api_url);
  fields.Block("sigv4", "sigv4", &config->sigv4, kSigV4Keys);
  fields.Text("topic_arn", &config->topic_arn);
  fields.Text("phone_number", &config->phone_number);
  fields.Text("target_arn", &config->target_arn);
  fields.AnyText("subject", &config->subject);
  fields.AnyText("message", &config->message);
  fields.Map("attributes", &config->attributes);
  fields.Flag("use_aws_http_client", &config->use_aws_http_client);
};

}  // namespace

void ReadIntegration(const ReceiverContext& context, const YamlNodePtr& node, SnsConfig* config) {
  FieldReader fields(context.source, node, "sns_configs");
  ReadHttpIntegration(context, &fields, config, kKeys);
  const int targets = static_cast<int>(!config->topic_arn.empty()) +
                      static_cast<int>(!config->target_arn.empty()) +
                      static_cast<int>(!config->phone_number.empty());
  if (targets != 1) {
    fields.reader().Error(
        "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config");
  }
  fields.reader().Finish();
}

void WriteIntegration(const SnsConfig& config, YamlWriter* writer) {
  WriteHttpIntegration(config, kKeys, writer);
}

}  // namespace tocsin::config
