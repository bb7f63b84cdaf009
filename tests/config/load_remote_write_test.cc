#include "config/config.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kBefore =
    "route: {receiver: r}\nreceivers: [{name: r}]\n"
    "datasources: [{name: main, url: 'http://p'}, {name: other, url: 'http://o'}]\n";

LoadResult Load(const std::string& text) {
  return LoadText(std::string(kBefore) + text, "t.yml");
}

TEST(LoadRemoteWrite, ReadsAllKeys) {
  const LoadResult result = Load(R"(
remote_write:
- url: http://user:pw@store/write
- name: second
  url: https://mimir/api/v1/push
  datasource: other
  remote_timeout: 10s
  headers: {X-Scope-OrgID: team}
  protobuf_message: prometheus.WriteRequest
  send_exemplars: false
  metadata_config: {send: false}
  write_relabel_configs: [{source_labels: [__name__], regex: ALERTS, action: drop}]
  bearer_token: t
  queue_config:
    capacity: 500
    max_samples_per_send: 100
    max_shards: 50
    min_shards: 1
    batch_send_deadline: 1s
    min_backoff: 50ms
    max_backoff: 1m
    retry_on_http_429: false
- url: http://user:pw@store/write
)");
  ASSERT_EQ(result.diagnostics.ToString(), "");
  ASSERT_EQ(result.config->remote_write.size(), 3U);
  const RemoteWriteConfig& first = result.config->remote_write[0];
  EXPECT_EQ(first.url, "http://user:pw@store/write");
  EXPECT_EQ(first.datasource, "main");
  EXPECT_EQ(first.remote_timeout, seconds(30));
  EXPECT_EQ(first.name.size(), 6U);
  EXPECT_EQ(result.config->remote_write[2].name, first.name + "-2");
  const RemoteWriteConfig& second = result.config->remote_write[1];
  EXPECT_EQ(second.name, "second");
  EXPECT_EQ(second.datasource, "other");
  EXPECT_EQ(second.remote_timeout, seconds(10));
  EXPECT_EQ(second.headers.at("X-Scope-OrgID"), "team");
  EXPECT_EQ(second.write_relabel_configs.size(), 1U);
  EXPECT_EQ(second.http_config->authorization->credentials.Reveal(), "t");
  EXPECT_EQ(second.capacity, 500U);
  EXPECT_EQ(second.max_samples_per_send, 100U);
  EXPECT_EQ(second.batch_send_deadline, seconds(1));
  EXPECT_EQ(second.min_backoff, milliseconds(50));
  EXPECT_EQ(second.max_backoff, seconds(60));
  EXPECT_FALSE(second.retry_on_http_429);
}

TEST(LoadRemoteWrite, SaysWhatIsWrong) {
  const struct {
    const char* text;
    const char* want;
  } cases[] = {
      {"remote_write: [null]", "4:16: empty or null remote write config section"},
      {"remote_write: [{name: x}]", "4:16: url for remote_write is empty"},
      {"remote_write: [{url: ftp://x}]", "4:22: url: unsupported scheme \"ftp\" for URL"},
      {"remote_write: [{name: x, url: http://a}, {name: x, url: http://b}]",
       "4:42: found multiple remote write configs with job name \"x\""},
      {"remote_write: [{url: http://a, datasource: mian}]", "4:44: undefined datasource \"mian\""},
      {"remote_write: [{url: http://a, remote_timeout: 0s}]",
       "4:48: remote_timeout cannot be zero"},
      {"remote_write: [{url: http://a, headers: {Authorization: x}}]",
       "4:42: the authorization header is set by basic_auth, authorization or oauth2"},
      {"remote_write: [{url: http://a, headers: {Content-Type: x}}]",
       "4:42: \"Content-Type\" is a reserved header; it must not be changed"},
      {"remote_write: [{url: http://a, queue_config: {capacity: 0}}]",
       "4:57: capacity must be at least 1"},
      {"remote_write: [{url: http://a, queue_config: {min_backoff: 10s}}]",
       "4:46: max_backoff is below min_backoff"},
      {"remote_write: [{url: http://a, queue_config: {capcity: 1}}]",
       "4:47: unknown key \"capcity\"; did you mean \"capacity\"?"},
      {"remote_write: [{url: http://a, protobuf_message: x}]",
       "4:50: unknown protobuf_message \"x\""},
      {"remote_write: [{url: http://a, protobuf_message: io.prometheus.write.v2.Request}]",
       "4:32: \"protobuf_message\" is not supported yet"},
      {"remote_write: [{url: http://a, write_relabel_configs: [{action: nope}]}]",
       "4:65: unknown relabel action \"nope\""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Load(c.text).diagnostics.ToString(), "t.yml:" + std::string(c.want) + "\n") << c.text;
  }
}

}  // namespace
}  // namespace tocsin::config
