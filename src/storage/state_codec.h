#pragma once

// The parts of a row that are no plain column, byte for byte: whatever a string holds comes back. A
// string is its length (varint) and its bytes; a list its count (varint) and its members; a hash
// eight bytes, little-endian. Pure.

#include "model/label_set.h"
#include "model/matcher.h"
#include "model/notification.h"
#include "router/notification_log.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::storage {

std::string EncodeMatcherSets(const std::vector<model::Matchers>& sets);
// Fails, saying why, if the bytes are no such thing or a matcher does not compile.
Result<std::vector<model::Matchers>> DecodeMatcherSets(std::string_view bytes);

std::string EncodeLabels(const model::LabelSet& labels);
std::optional<model::LabelSet> DecodeLabels(std::string_view bytes);

std::string EncodeHashes(const router::AlertHashes& hashes);
std::optional<router::AlertHashes> DecodeHashes(std::string_view bytes);

std::string EncodeReceiverData(const model::ReceiverData& data);
std::optional<model::ReceiverData> DecodeReceiverData(std::string_view bytes);

}  // namespace tocsin::storage
