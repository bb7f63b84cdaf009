#include "datasource/query_response.h"

#include "base/invalid_utf8.h"
#include "base/text.h"
#include "datasource/vector_scan.h"

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tocsin::datasource {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kExcerptBytes = 200;

bool IsContinuationByte(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The beginning of a body for people, not cut inside a rune.
std::string Excerpt(std::string_view body) {
  if (body.empty()) return "(empty body)";
  if (body.size() <= kExcerptBytes) return ToValidUtf8(body);
  std::size_t end = kExcerptBytes;
  while (end > kExcerptBytes - 4 && IsContinuationByte(body[end])) --end;
  return ToValidUtf8(body.substr(0, end)) + "…";
}

// What every body that is no answer of the query API gets.
tl::unexpected<Error> NotAnAnswer(int http_status, std::string_view content_type,
                                  std::string_view why, std::string_view body) {
  std::string message = "HTTP status " + std::to_string(http_status);
  if (!content_type.empty()) message += " (" + ToValidUtf8(content_type) + ")";
  message += ", ";
  message += why;
  message += ": ";
  return Fail(message + Excerpt(body));
}

std::optional<std::string_view> StringMember(const dom::object& object, std::string_view key) {
  std::string_view value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

// VictoriaMetrics also sends plain numbers.
Result<double> ParseValue(const dom::element& element) {
  if (double number = 0; element.is_number() && element.get(number) == simdjson::SUCCESS) {
    return number;
  }
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return Fail("a sample value is not a string");
  const std::optional<double> value = ParseSampleValue(text);
  if (!value) {
    return Fail("a sample value is not a number: " + GoQuote(TruncateBytes(text, kExcerptBytes)));
  }
  return *value;
}

// `[<timestamp>, <value>]`. The timestamp is the one that was asked for.
Result<double> ParseTimeAndValue(const dom::element& element) {
  dom::array pair;
  if (element.get(pair) != simdjson::SUCCESS || pair.size() != 2) {
    return Fail("a sample is not a pair of time and value");
  }
  if (!pair.at(0).is_number()) return Fail("a sample's time is not a number");
  return ParseValue(pair.at(1).value_unsafe());
}

Result<double> NumberMember(const dom::object& object, std::string_view key) {
  dom::element element;
  if (object.at_key(key).get(element) != simdjson::SUCCESS) {
    return Fail("a histogram has no " + std::string(key));
  }
  return ParseValue(element);
}

// `[<boundaries>, "<lower>", "<upper>", "<count>"]`
Result<model::NativeHistogram::Bucket> ParseBucket(const dom::element& element) {
  dom::array parts;
  std::int64_t boundaries = 0;
  if (element.get(parts) != simdjson::SUCCESS || parts.size() != 4 ||
      parts.at(0).get(boundaries) != simdjson::SUCCESS || boundaries < 0 || boundaries > 3) {
    return Fail("a histogram's bucket is not its boundaries, bounds and count");
  }
  // 0: the upper bound is inside. 1: the lower one. 2: neither. 3: both.
  model::NativeHistogram::Bucket bucket;
  bucket.includes_lower = boundaries == 1 || boundaries == 3;
  bucket.includes_upper = boundaries == 0 || boundaries == 3;
  double* const numbers[] = {&bucket.lower, &bucket.upper, &bucket.count};
  for (std::size_t i = 0; i < 3; ++i) {
    const Result<double> number = ParseValue(parts.at(i + 1).value_unsafe());
    if (!number) return tl::unexpected(number.error());
    *numbers[i] = *number;
  }
  return bucket;
}

// `[<timestamp>, {"count": "3", "sum": "1.5", "buckets": [...]}]`
Result<model::NativeHistogramPtr> ParseTimeAndHistogram(const dom::element& element) {
  dom::array pair;
  dom::object object;
  if (element.get(pair) != simdjson::SUCCESS || pair.size() != 2 || !pair.at(0).is_number() ||
      pair.at(1).get(object) != simdjson::SUCCESS) {
    return Fail("a sample is not a pair of time and histogram");
  }
  const Result<double> count = NumberMember(object, "count");
  if (!count) return tl::unexpected(count.error());
  const Result<double> sum = NumberMember(object, "sum");
  if (!sum) return tl::unexpected(sum.error());
  auto histogram = std::make_shared<model::NativeHistogram>();
  histogram->count = *count;
  histogram->sum = *sum;
  dom::array buckets;
  if (object.at_key("buckets").get(buckets) != simdjson::SUCCESS) return histogram;
  histogram->buckets.reserve(buckets.size());
  for (const dom::element item : buckets) {
    const Result<model::NativeHistogram::Bucket> bucket = ParseBucket(item);
    if (!bucket) return tl::unexpected(bucket.error());
    histogram->buckets.push_back(*bucket);
  }
  return histogram;
}

class Decoder {
 public:
  Decoder(InvalidUtf8Marks marks, PartialAnswers partial, Wanted wanted)
      : marks_(std::move(marks)), partial_(partial), wanted_(wanted) {}

  // Precondition: status is "success".
  Result<rules::QueryResult> Decode(const dom::object& root) {
    dom::object data;
    if (root.at_key("data").get(data) != simdjson::SUCCESS) {
      return Fail("the query's answer has no data");
    }
    const std::string_view type = StringMember(data, "resultType").value_or("");
    Status status;
    if (wanted_ == Wanted::kLastSamples) {
      if (type != "matrix") return Fail("the answer is not a range vector");
      status = DecodeSeriesList(data);
    } else if (type == "vector") {
      status = DecodeSeriesList(data);
    } else if (type == "scalar") {
      status = DecodeScalar(data);
    } else {
      return Fail("rule result is not a vector or scalar");
    }
    if (!status) return tl::unexpected(status.error());
    CollectAnnotations(root, "warnings", &result_.warnings);
    CollectAnnotations(root, "infos", &result_.infos);
    bool partial = false;
    if (root.at_key("isPartial").get(partial) == simdjson::SUCCESS && partial) {
      if (partial_ == PartialAnswers::kAreErrors) return Fail("the answer is partial");
      result_.warnings.emplace_back("the answer is partial");
    }
    return std::move(result_);
  }

 private:
  Status DecodeSeriesList(const dom::object& data) {
    const auto result = data.at_key("result");
    // An empty vector is `[]`; some proxies make null of it.
    if (result.error() == simdjson::SUCCESS && result.is_null()) return {};
    dom::array items;
    if (result.get(items) != simdjson::SUCCESS) return Fail("the vector is not an array");
    if (wanted_ == Wanted::kVector) result_.vector.reserve(items.size());
    for (const dom::element item : items) {
      dom::object series;
      if (item.get(series) != simdjson::SUCCESS) return Fail("a series is not an object");
      if (Status status = DecodeSeries(series); !status) return status;
    }
    return {};
  }

  Status DecodeSeries(const dom::object& series) {
    auto labels = DecodeLabels(series);
    if (!labels) return tl::unexpected(labels.error());
    if (wanted_ == Wanted::kLastSamples) return DecodeLastSample(series, std::move(*labels));
    dom::element sample;
    if (series.at_key("value").get(sample) == simdjson::SUCCESS) {
      const Result<double> value = ParseTimeAndValue(sample);
      if (!value) return Fail("series " + labels->ToString(), value.error());
      result_.vector.push_back({std::move(*labels), *value});
      return {};
    }
    if (series.at_key("histogram").get(sample) == simdjson::SUCCESS) {
      auto histogram = ParseTimeAndHistogram(sample);
      if (!histogram) return Fail("series " + labels->ToString(), histogram.error());
      result_.vector.push_back({std::move(*labels), 0, *std::move(histogram)});
      return {};
    }
    return Fail("series " + labels->ToString() + " has neither a value nor a histogram");
  }

  Status DecodeLastSample(const dom::object& series, model::LabelSet labels) {
    dom::array values;
    if (series.at_key("values").get(values) != simdjson::SUCCESS) return {};  // Histograms alone.
    std::optional<dom::element> last;
    for (const dom::element value : values) last = value;
    if (!last) return {};
    const Result<double> value = ParseTimeAndValue(*last);
    if (!value) return Fail("series " + labels.ToString(), value.error());
    const double seconds = last->at(0).get_double().value_unsafe();
    result_.last_samples.push_back({std::move(labels), FromUnixSeconds(seconds), *value});
    return {};
  }

  Result<model::LabelSet> DecodeLabels(const dom::object& series) {
    labels_.clear();
    dom::object metric;
    const auto error = series.at_key("metric").get(metric);
    if (error == simdjson::NO_SUCH_FIELD) return model::LabelSet();
    if (error != simdjson::SUCCESS) return Fail("a series' metric is not an object");
    for (const dom::key_value_pair member : metric) {
      const std::string_view name = member.key;
      std::string_view value;
      if (member.value.get(value) != simdjson::SUCCESS) {
        return Fail("label " + GoQuote(marks_.Shown(name)) + " has a value that is not a string");
      }
      if (marks_.IsMarked(name) || marks_.IsMarked(value)) {
        return Fail("label " + GoQuote(marks_.Shown(name)) + " is not valid UTF-8: " +
                    GoQuote(TruncateBytes(marks_.Shown(value), kExcerptBytes)));
      }
      // A label without a value is no label.
      if (!value.empty()) labels_.push_back({name, value});
    }
    return model::LabelSet::FromUnsorted(labels_);
  }

  Status DecodeScalar(const dom::object& data) {
    dom::element sample;
    if (data.at_key("result").get(sample) != simdjson::SUCCESS)
      return Fail("the scalar is missing");
    const Result<double> value = ParseTimeAndValue(sample);
    if (!value) return Fail("scalar", value.error());
    result_.vector.push_back({model::LabelSet(), *value});
    return {};
  }

  void CollectAnnotations(const dom::object& root, std::string_view key,
                          std::vector<std::string>* out) const {
    dom::array annotations;
    if (root.at_key(key).get(annotations) != simdjson::SUCCESS) return;
    for (const dom::element annotation : annotations) {
      std::string_view text;
      if (annotation.get(text) == simdjson::SUCCESS) out->push_back(marks_.Shown(text));
    }
  }

  const InvalidUtf8Marks marks_;
  const PartialAnswers partial_;
  const Wanted wanted_;
  rules::QueryResult result_;
  std::vector<model::Label> labels_;  // Kept to save an allocation a series.
};

struct Parsed {
  simdjson::error_code error = simdjson::SUCCESS;
  dom::element root;
  InvalidUtf8Marks marks;
};

// `parser` and `body` hold what the elements point to.
Parsed Parse(dom::parser* parser, std::string* body) {
  Parsed parsed;
  const auto parse = [&] {
    const std::size_t size = body->size();
    body->reserve(size + simdjson::SIMDJSON_PADDING);
    parsed.error = parser->parse(body->data(), size, /*realloc_if_needed=*/false).get(parsed.root);
  };
  parse();
  if (parsed.error == simdjson::UTF8_ERROR) {
    parsed.marks = InvalidUtf8Marks::MarkIn(body);
    parse();
  }
  return parsed;
}

// Nothing if it is not written as most are.
std::optional<rules::QueryResult> DecodeInOnePass(std::string_view body, PartialAnswers partial) {
  std::optional<VectorScan> scan = ScanVector(body);
  if (!scan || !simdjson::validate_utf8(body.data(), body.size())) return {};
  dom::parser parser;
  const Parsed parsed = Parse(&parser, &scan->rest);
  dom::object root;
  if (parsed.error != simdjson::SUCCESS || parsed.root.get(root) != simdjson::SUCCESS) return {};
  Result<rules::QueryResult> result = Decoder(parsed.marks, partial, Wanted::kVector).Decode(root);
  if (!result) return {};
  result->vector = std::move(scan->vector);
  return *std::move(result);
}

}  // namespace

Result<rules::QueryResult> DecodeQueryResponse(std::string body, int http_status,
                                               std::string_view content_type,
                                               PartialAnswers partial, Wanted wanted) {
  if (wanted == Wanted::kVector && http_status >= 200 && http_status <= 299) {
    if (auto result = DecodeInOnePass(body, partial)) return *std::move(result);
  }
  dom::parser parser;
  const Parsed parsed = Parse(&parser, &body);
  if (parsed.error != simdjson::SUCCESS) {
    const std::string why =
        std::string("not an answer of a query API (") + simdjson::error_message(parsed.error) + ")";
    return NotAnAnswer(http_status, content_type, why, parsed.marks.Shown(body));
  }
  dom::object root;
  const std::optional<std::string_view> status =
      parsed.root.get(root) == simdjson::SUCCESS ? StringMember(root, "status") : std::nullopt;
  if (status == "error") {
    const std::string error = parsed.marks.Shown(StringMember(root, "error").value_or(""));
    const std::string type = parsed.marks.Shown(StringMember(root, "errorType").value_or(""));
    if (error.empty() && type.empty()) {
      return NotAnAnswer(http_status, content_type, "an error without a text",
                         parsed.marks.Shown(body));
    }
    return Fail(type.empty() ? error : type + ": " + error);
  }
  if (status != "success" || http_status < 200 || http_status > 299) {
    return NotAnAnswer(http_status, content_type, "not an answer of a query API",
                       parsed.marks.Shown(body));
  }
  return Decoder(parsed.marks, partial, wanted).Decode(root);
}

bool IsTransientError(int http_status, std::string_view error) {
  // A query that took too long would do so again.
  if (error.starts_with("timeout:")) return false;
  return http_status == 429 || (http_status >= 502 && http_status <= 504);
}

}  // namespace tocsin::datasource
