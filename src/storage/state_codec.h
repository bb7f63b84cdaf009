#pragma once

// The parts of a row that are no plain column, byte for byte: whatever a string holds comes back. A
// string is its length (varint) and its bytes; a list its count (varint) and its members; a hash
// eight bytes, little-endian. Pure.

#include "model/label_set.h"
#include "model/matcher.h"
#include "model/notification.h"
#include "router/notification_log.h"
#include "router/router.h"
#include "router/state_change.h"
#include "rules/rules_state.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::storage {

std::string EncodeMatcherSets(const std::vector<model::Matchers>& sets);
// Fails, saying why, if the bytes are no such thing or a matcher does not compile (one of
// `=~` is compiled when it is first needed).
Result<std::vector<model::Matchers>> DecodeMatcherSets(std::string_view bytes);

std::string EncodeLabels(const model::LabelSet& labels);
std::optional<model::LabelSet> DecodeLabels(std::string_view bytes);

std::string EncodeHashes(const router::AlertHashes& hashes);
std::optional<router::AlertHashes> DecodeHashes(std::string_view bytes);

std::string EncodeReceiverData(const model::ReceiverData& data);
std::optional<model::ReceiverData> DecodeReceiverData(std::string_view bytes);

// Precondition: ascending ids.
using AlertEnds = std::vector<std::pair<router::AlertId, Time>>;
std::string EncodeEnds(const AlertEnds& ends);
std::optional<AlertEnds> DecodeEnds(std::string_view bytes);

// What stays the same of a group for as long as it is there.
std::string EncodeGroup(const router::GroupIdentity& group, std::string_view route_key);
std::optional<router::GroupState> DecodeGroup(std::string_view bytes);

// All but its labels.
std::string EncodeRuleAlert(const rules::StoredAlert& alert);
std::optional<rules::StoredAlert> DecodeRuleAlert(std::string_view bytes);

}  // namespace tocsin::storage
