#include "api/media_type.h"

#include "base/text.h"

#include <algorithm>
#include <vector>

namespace tocsin::api {
namespace {

// `q=0`, `q=0.000`: explicitly not wanted.
bool IsZeroQuality(std::string_view parameter) {
  const std::string lower = AsciiLower(TrimSpace(parameter));
  return lower.starts_with("q=0") &&
         std::all_of(lower.begin() + 2, lower.end(), [](char c) { return c == '0' || c == '.'; });
}

bool RangeTakesJson(std::string_view range) {
  const std::string type = MediaType(range);
  if (type != "*/*" && type != "application/*" && type != "application/json") return false;
  const std::vector<std::string_view> parts = Split(range, ';');
  return std::none_of(parts.begin() + 1, parts.end(), IsZeroQuality);
}

}  // namespace

bool AcceptsJson(std::string_view accept) {
  if (TrimSpace(accept).empty()) return true;
  const std::vector<std::string_view> ranges = Split(accept, ',');
  return std::any_of(ranges.begin(), ranges.end(), RangeTakesJson);
}

std::string MediaType(std::string_view content_type) {
  return AsciiLower(TrimSpace(content_type.substr(0, content_type.find(';'))));
}

}  // namespace tocsin::api
