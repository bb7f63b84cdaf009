#pragma once

// What the router and the reference model do, as lines of text: the same happening gives the same
// line on both sides. GROUP is `GROUP_KEY@RECEIVER`.

#include "base/time.h"
#include "model/alert.h"
#include "model/notification.h"
#include "model/silence.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::simulation {

// As LabelSet::ToString, but each set is spelt out once: a world has some dozens, which every line
// names. The text stays where it is.
const std::string& LabelText(const model::LabelSet& labels);

// `change`: created, started, ended, ended again; empty where nothing is new.
std::string AlertReceivedLine(const model::Alert& stored, std::string_view change, bool merged);
std::string GroupCreatedLine(std::string_view group);
std::string JoinedLine(std::string_view group, const model::LabelSet& alert);
std::string LeftLine(std::string_view group, const model::LabelSet& alert);
std::string GroupEndedLine(std::string_view group, bool by_configuration);
std::string FlushLine(std::string_view group, Time due, Time next, std::size_t firing,
                      std::size_t resolved);
// The notification in full; `reason` is given apart since the model knows only its text.
std::string NotificationLine(const model::Notification& notification, std::string_view reason);
std::string NotNeededLine(std::string_view group, const model::IntegrationId& integration,
                          std::string_view why);
std::string LoggedLine(std::string_view group, const model::IntegrationId& integration,
                       std::string_view reason, bool sent);
std::string FailedLine(std::string_view group, const model::IntegrationId& integration);
// An alert and what keeps it back: ids of silences, an alert, intervals. In the order in which they
// are named.
std::string SuppressedAlertText(const model::LabelSet& alert,
                                const std::vector<std::string>& causes);
// A flush leaves `count` alerts out, those in `newly` for the first time for this reason.
std::string SuppressedLine(std::string_view group, std::string_view why, std::size_t count,
                           std::vector<std::string> newly);
std::string LetThroughLine(std::string_view group, const model::LabelSet& alert);
std::string SilenceLine(std::string_view what, const model::Silence& silence);

}  // namespace tocsin::simulation
