// Any bytes as the body of POST /api/v2/silences: refused with a reason, or a silence that can be
// kept and looked up.

#include "api/silence_decoder.h"
#include "router/silences.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto decoded = tocsin::api::DecodeSilence({reinterpret_cast<const char*>(data), size});
  if (!decoded) {
    if (decoded.error().message.empty()) std::abort();
    return 0;
  }
  auto matchers = tocsin::model::CompileSilenceMatchers(std::move(decoded->matchers), 0,
                                                        tocsin::model::MatcherSyntax::kFallback);
  if (!matchers) return 0;
  decoded->silence.id.clear();
  decoded->silence.matcher_sets = {std::move(*matchers)};
  tocsin::router::Silences silences({}, {}, {});
  tocsin::router::SilenceChanges changes;
  const auto id = silences.Set(tocsin::Time(), std::move(decoded->silence), "new", &changes);
  if (id && !silences.Find(*id)) std::abort();
  return 0;
}
