// Any bytes as a datasource's answer.

#include "datasource/query_response.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  for (const int status : {200, 422, 503}) {
    const auto result = tocsin::datasource::DecodeQueryResponse(body, status, "application/json");
    if (!result && result.error().message.empty()) std::abort();
    (void)tocsin::datasource::DecodeQueryResponse(body, status, "",
                                                  tocsin::datasource::PartialAnswers::kAreWarnings,
                                                  tocsin::datasource::Wanted::kLastSamples);
  }
  return 0;
}
