#include "datasource/remote_write_request.h"

#include "config/config.h"

#include <gtest/gtest.h>
#include <snappy.h>

#include <bit>
#include <chrono>
#include <string>
#include <vector>

namespace tocsin::datasource {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kStaleBits = 0x7ff0000000000002;

rules::SeriesSample Sample(model::LabelSet labels, double value,
                           Time time = Time(milliseconds(1))) {
  return {std::move(labels), time, value};
}

std::vector<SampleRange> All(std::vector<rules::SeriesSample> samples) {
  const std::size_t size = samples.size();
  return {{std::make_shared<const std::vector<rules::SeriesSample>>(std::move(samples)), 0, size}};
}

std::string Message(const WriteBody& body) {
  std::string message;
  EXPECT_TRUE(snappy::Uncompress(body.bytes.data(), body.bytes.size(), &message));
  return message;
}

std::string Bytes(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text += static_cast<char>(byte);
  return text;
}

// The text forms of the label sets of a message, and the values: a reader as small as the writer,
// for lengths below 128.
std::vector<std::string> Series(const std::string& message) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < message.size();) {
    EXPECT_EQ(message.at(at), '\n');
    const std::size_t end = at + 2 + static_cast<std::size_t>(message.at(at + 1));
    std::string text;
    for (at += 2; at < end && message.at(at) == '\n';) {
      const auto name = static_cast<std::size_t>(message.at(at + 3));
      const auto value = static_cast<std::size_t>(message.at(at + 5 + name));
      text += message.substr(at + 4, name) + "=" + message.substr(at + 6 + name, value) + " ";
      at += 6 + name + value;
    }
    found.push_back(text);
    at = end;
  }
  return found;
}

TEST(RemoteWriteBody, IsTheProtobufMessage) {
  const WriteBody body =
      EncodeWriteBody(All({Sample({{"__name__", "a"}, {"b", "c"}},
                                  std::bit_cast<double>(kStaleBits), Time(milliseconds(300)))}),
                      {}, {});
  EXPECT_EQ(body.samples, 1U);
  EXPECT_EQ(body.dropped, 0U);
  EXPECT_EQ(Message(body),
            Bytes({0x0A, 37}) + Bytes({0x0A, 13, 0x0A, 8}) + "__name__" + Bytes({0x12, 1}) + "a" +
                Bytes({0x0A, 6, 0x0A, 1}) + "b" + Bytes({0x12, 1}) + "c" +
                Bytes({0x12, 12, 0x09, 0x02, 0, 0, 0, 0, 0, 0xF0, 0x7F, 0x10, 0xAC, 0x02}));
}

TEST(RemoteWriteBody, TimesBefore1970AreNegativeNumbers) {
  const WriteBody body =
      EncodeWriteBody(All({Sample({{"__name__", "a"}}, 0, Time(milliseconds(-1)))}), {}, {});
  EXPECT_TRUE(Message(body).ends_with(
      Bytes({0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01})));
}

TEST(RemoteWriteBody, LongLabelsHaveLongLengths) {
  const std::string value(300, 'x');
  const std::string message =
      Message(EncodeWriteBody(All({Sample({{"__name__", value}}, 0)}), {}, {}));
  EXPECT_EQ(message.substr(0, 18), Bytes({0x0A, 0xC9, 0x02, 0x0A, 0xB9, 0x02, 0x0A, 8}) +
                                       "__name__" + Bytes({0x12, 0xAC}));
  EXPECT_EQ(message.size(), 3U + 329U);
}

TEST(RemoteWriteBody, ExternalLabelsAreAddedWhereTheyAreAbsent) {
  const model::LabelSet external({{"a", "1"}, {"job", "external"}, {"z", "2"}});
  EXPECT_EQ(
      Series(Message(EncodeWriteBody(All({Sample({{"__name__", "up"}, {"job", "own"}}, 1),
                                          Sample({{"job", ""}}, 1), Sample({{"zz", "3"}}, 1)}),
                                     external, {}))),
      (std::vector<std::string>{"__name__=up a=1 job=own z=2 ", "a=1 job=external z=2 ",
                                "a=1 job=external z=2 zz=3 "}));
}

TEST(RemoteWriteBody, RelabellingChangesAndDrops) {
  model::RelabelFields drop;
  drop.action = "drop";
  drop.source_labels = std::vector<std::string>{"__name__"};
  drop.regex = "ALERTS";
  model::RelabelFields replace;
  replace.target_label = "cluster";
  replace.replacement = "lab";
  const model::RelabelRules rules = {*model::RelabelRule::Create(drop),
                                     *model::RelabelRule::Create(replace)};
  const WriteBody body = EncodeWriteBody(
      All({Sample({{"__name__", "ALERTS"}}, 1), Sample({{"__name__", "x"}}, 1)}), {}, rules);
  EXPECT_EQ(Series(Message(body)), std::vector<std::string>{"__name__=x cluster=lab "});
  EXPECT_EQ(body.samples, 1U);
  EXPECT_EQ(body.dropped, 1U);
}

TEST(RemoteWriteBody, TakesOnlyTheRanges) {
  std::vector<SampleRange> ranges =
      All({Sample({{"__name__", "a"}}, 1), Sample({{"__name__", "b"}}, 1),
           Sample({{"__name__", "c"}}, 1)});
  ranges[0].begin = 1;
  ranges.push_back({ranges[0].samples, 0, 1});
  EXPECT_EQ(Series(Message(EncodeWriteBody(ranges, {}, {}))),
            (std::vector<std::string>{"__name__=b ", "__name__=c ", "__name__=a "}));
}

TEST(RemoteWriteRequest, SaysWhatItIs) {
  config::RemoteWriteConfig config;
  config.url = "http://store/api/v1/write";
  config.headers = {{"X-Scope-OrgID", "team"}};
  const HttpRequest first = BuildWriteRequest(config, "body", 0);
  EXPECT_EQ(first.method, "POST");
  EXPECT_EQ(first.url.Reveal(), config.url);
  EXPECT_EQ(first.body, "body");
  EXPECT_EQ(FindHeader(first.headers, "Content-Encoding"), "snappy");
  EXPECT_EQ(FindHeader(first.headers, "Content-Type"), "application/x-protobuf");
  EXPECT_EQ(FindHeader(first.headers, "X-Prometheus-Remote-Write-Version"), "0.1.0");
  EXPECT_EQ(FindHeader(first.headers, "X-Scope-OrgID"), "team");
  EXPECT_EQ(FindHeader(first.headers, "Retry-Attempt"), "");
  EXPECT_EQ(FindHeader(BuildWriteRequest(config, "", 2).headers, "Retry-Attempt"), "2");
}

TEST(RemoteWriteResponse, IsJudgedByItsStatus) {
  using Kind = WriteVerdict::Kind;
  const struct {
    int status;
    Kind kind, without_429;
  } cases[] = {{200, Kind::kAccepted, Kind::kAccepted}, {204, Kind::kAccepted, Kind::kAccepted},
               {302, Kind::kRefused, Kind::kRefused},   {400, Kind::kRefused, Kind::kRefused},
               {401, Kind::kRefused, Kind::kRefused},   {404, Kind::kRefused, Kind::kRefused},
               {429, Kind::kRetry, Kind::kRefused},     {500, Kind::kRetry, Kind::kRetry},
               {503, Kind::kRetry, Kind::kRetry}};
  for (const auto& c : cases) {
    const HttpResponse response{c.status, {{"Retry-After", "7"}}, "out of order sample\nmore"};
    const WriteVerdict verdict = JudgeWriteResponse(response, true);
    EXPECT_EQ(verdict.kind, c.kind) << c.status;
    EXPECT_EQ(JudgeWriteResponse(response, false).kind, c.without_429) << c.status;
    EXPECT_EQ(verdict.retry_after.has_value(), c.kind == Kind::kRetry) << c.status;
    EXPECT_EQ(verdict.error, c.kind == Kind::kAccepted ? ""
                                                       : "HTTP status " + std::to_string(c.status) +
                                                             ": out of order sample");
  }
}

}  // namespace
}  // namespace tocsin::datasource
