#pragma once

// Samples as a remote write 1.0 request: protobuf, then snappy's block format. Pure; safe from any
// thread.

#include "base/http_message.h"
#include "base/time.h"
#include "config/config.h"
#include "model/label_set.h"
#include "model/relabel.h"
#include "rules/series.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::datasource {

// Shared, because several endpoints get the same.
using SharedSamples = std::shared_ptr<const std::vector<rules::SeriesSample>>;

// Some of the samples of one write.
struct SampleRange {
  SharedSamples samples;
  std::size_t begin = 0, end = 0;
};

struct WriteBody {
  std::string bytes;
  std::size_t samples = 0;
  std::size_t dropped = 0;  // By relabelling, which may leave nothing to send.
};

// External labels are added where a series has none of the name, then it is relabelled.
WriteBody EncodeWriteBody(const std::vector<SampleRange>& ranges,
                          const model::LabelSet& external_labels,
                          const model::RelabelRules& relabel_rules);

// `attempt` counts from 0.
HttpRequest BuildWriteRequest(const config::RemoteWriteConfig& config, std::string body,
                              int attempt);

struct WriteVerdict {
  enum class Kind { kAccepted, kRetry, kRefused } kind = Kind::kAccepted;
  std::string error;                    // Unless it was accepted.
  std::optional<Duration> retry_after;  // As the receiver asks.
  bool divisible = false;               // Refused, but maybe not for all that is in it.
};

WriteVerdict JudgeWriteResponse(const HttpResponse& response, bool retry_on_http_429);

}  // namespace tocsin::datasource
