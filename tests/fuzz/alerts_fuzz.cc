// Any bytes as the body of POST /api/v2/alerts: refused with a reason, or taken with the bad alerts
// left out.

#include "api/alert_decoder.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  const auto decoded = tocsin::api::DecodeAlerts(body, {});
  if (!decoded && decoded.error().message.empty()) std::abort();
  if (decoded && decoded->invalid > 0 && decoded->errors.empty()) std::abort();
  return 0;
}
