#include "datasource/remote_write_request.h"

#include "base/retry_after.h"
#include "base/text.h"

#include <snappy.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

namespace tocsin::datasource {
namespace {

constexpr std::size_t kExcerptBytes = 200;

// Field numbers of WriteRequest, TimeSeries, Label and Sample with their wire types.
constexpr char kTimeSeries = 0x0A, kLabels = 0x0A, kSamples = 0x12, kName = 0x0A, kText = 0x12;
constexpr char kValue = 0x09, kTimestamp = 0x10;

std::size_t VarintSize(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

void AppendVarint(std::uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) *out += static_cast<char>(value | 0x80);
  *out += static_cast<char>(value);
}

// The bits as they are: a stale marker is one certain NaN.
void AppendDouble(double value, std::string* out) {
  auto bits = std::bit_cast<std::uint64_t>(value);
  for (int i = 0; i < 8; ++i, bits >>= 8) *out += static_cast<char>(bits & 0xFF);
}

// With tag and length.
std::size_t FieldSize(std::size_t size) {
  return 1 + VarintSize(size) + size;
}

std::size_t LabelSize(const model::Label& label) {
  return FieldSize(label.name.size()) + FieldSize(label.value.size());
}

void AppendText(char tag, std::string_view text, std::string* out) {
  *out += tag;
  AppendVarint(text.size(), out);
  *out += text;
}

void AppendSeries(const std::vector<model::Label>& labels, const rules::SeriesSample& sample,
                  std::string* out) {
  // Times before 1970 are ten bytes long, as protobuf has negative numbers.
  const auto millis = static_cast<std::uint64_t>(UnixMillis(sample.time));
  const std::size_t sample_size = 1 + 8 + 1 + VarintSize(millis);
  std::size_t size = FieldSize(sample_size);
  for (const model::Label& label : labels) size += FieldSize(LabelSize(label));
  *out += kTimeSeries;
  AppendVarint(size, out);
  for (const model::Label& label : labels) {
    *out += kLabels;
    AppendVarint(LabelSize(label), out);
    AppendText(kName, label.name, out);
    AppendText(kText, label.value, out);
  }
  *out += kSamples;
  AppendVarint(sample_size, out);
  *out += kValue;
  AppendDouble(sample.value, out);
  *out += kTimestamp;
  AppendVarint(millis, out);
}

// Sorted; without what is empty.
void Merge(const model::LabelSet& labels, const model::LabelSet& external_labels,
           std::vector<model::Label>* out) {
  out->clear();
  const auto add = [out](const model::Label& label) {
    if (!label.value.empty()) out->push_back(label);
  };
  auto external = external_labels.begin();
  for (const model::Label label : labels) {
    for (; external != external_labels.end() && (*external).name < label.name; ++external) {
      add(*external);
    }
    const bool both = external != external_labels.end() && (*external).name == label.name;
    add(both && label.value.empty() ? *external : label);
    if (both) ++external;
  }
  for (; external != external_labels.end(); ++external) add(*external);
}

}  // namespace

WriteBody EncodeWriteBody(const std::vector<SampleRange>& ranges,
                          const model::LabelSet& external_labels,
                          const model::RelabelRules& relabel_rules) {
  WriteBody body;
  std::string message;
  std::vector<model::Label> labels;
  for (const SampleRange& range : ranges) {
    for (std::size_t i = range.begin; i < range.end; ++i) {
      const rules::SeriesSample& sample = (*range.samples)[i];
      Merge(sample.labels, external_labels, &labels);
      std::optional<model::LabelSet> relabelled;
      if (!relabel_rules.empty()) {
        relabelled = model::Relabel(relabel_rules, model::LabelSet::FromSorted(labels));
        labels.clear();
        if (relabelled) labels.assign(relabelled->begin(), relabelled->end());
      }
      if (labels.empty()) {
        ++body.dropped;
        continue;
      }
      AppendSeries(labels, sample, &message);
      ++body.samples;
    }
  }
  snappy::Compress(message.data(), message.size(), &body.bytes);
  return body;
}

HttpRequest BuildWriteRequest(const config::RemoteWriteConfig& config, std::string body,
                              int attempt) {
  HttpRequest request;
  request.method = "POST";
  request.url = Secret(config.url);
  request.headers = {{"Content-Encoding", "snappy"},
                     {"Content-Type", "application/x-protobuf"},
                     {"X-Prometheus-Remote-Write-Version", "0.1.0"}};
  if (attempt > 0) request.headers.push_back({"Retry-Attempt", std::to_string(attempt)});
  for (const auto& [name, value] : config.headers) request.headers.push_back({name, value});
  request.body = std::move(body);
  return request;
}

WriteVerdict JudgeWriteResponse(const HttpResponse& response, bool retry_on_http_429) {
  WriteVerdict verdict;
  if (response.status >= 200 && response.status < 300) return verdict;
  const std::string_view line = std::string_view(response.body).substr(0, response.body.find('\n'));
  verdict.error = "HTTP status " + std::to_string(response.status);
  if (!line.empty()) verdict.error += ": " + ToValidUtf8(line.substr(0, kExcerptBytes));
  const bool retry = response.status >= 500 || (response.status == 429 && retry_on_http_429);
  verdict.kind = retry ? WriteVerdict::Kind::kRetry : WriteVerdict::Kind::kRefused;
  if (retry) verdict.retry_after = RetryAfter(response);
  // Prometheus and Mimir say 400 to samples that come too late, Thanos 409.
  constexpr int kOfWhatIsInIt[] = {400, 409, 413, 422};
  verdict.divisible = std::find(std::begin(kOfWhatIsInIt), std::end(kOfWhatIsInIt),
                                response.status) != std::end(kOfWhatIsInIt);
  return verdict;
}

}  // namespace tocsin::datasource
