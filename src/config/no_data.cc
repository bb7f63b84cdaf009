#include "config/no_data.h"

#include <string>

namespace tocsin::config {

std::optional<OnNoData> ReadOnNoData(ObjectReader* reader) {
  std::string word;
  if (!reader->Read("on_no_data", &word)) return std::nullopt;
  if (word == "resolve") return OnNoData::kResolve;
  if (word == "keep") return OnNoData::kKeep;
  if (word == "alert") return OnNoData::kAlert;
  reader->Error("on_no_data", "on_no_data must be resolve, keep or alert, not " + Shown(word));
  return std::nullopt;
}

}  // namespace tocsin::config
