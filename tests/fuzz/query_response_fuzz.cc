// Any bytes as a datasource's answer, which come to the same however they are written.

#include "datasource/query_response.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using tocsin::Result;
using tocsin::datasource::DecodeQueryResponse;
using tocsin::rules::QueryResult;
using tocsin::rules::Sample;

bool Same(const Sample& one, const Sample& other) {
  const bool same_value =
      one.value == other.value || (one.value != one.value && other.value != other.value);
  return same_value && one.labels == other.labels;
}

bool Same(const Result<QueryResult>& one, const Result<QueryResult>& other) {
  if (!one || !other) return !one && !other;
  return std::equal(one->vector.begin(), one->vector.end(), other->vector.begin(),
                    other->vector.end(),
                    [](const Sample& a, const Sample& b) { return Same(a, b); }) &&
         one->warnings == other->warnings && one->infos == other->infos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  for (const int status : {200, 422, 503}) {
    const auto result = DecodeQueryResponse(body, status, "application/json");
    if (!result && result.error().message.empty()) std::abort();
    // With a blank in front, the reader that knows all of JSON has it, not the quick one.
    if (!Same(result, DecodeQueryResponse(" " + body, status, "application/json"))) std::abort();
    (void)DecodeQueryResponse(body, status, "", tocsin::datasource::PartialAnswers::kAreWarnings,
                              tocsin::datasource::Wanted::kLastSamples);
  }
  return 0;
}
