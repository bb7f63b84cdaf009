#pragma once

// What we show of ourselves where Alertmanager shows its cluster: one member. Tools and dashboards
// take a cluster of one for what it is; there is no gossip behind it.

#include "api/options.h"
#include "app/options.h"
#include "base/random.h"
#include "base/time.h"

#include <optional>

namespace tocsin::app {

// Nothing if the flags turn it off.
std::optional<api::ClusterMember> OwnClusterMember(const ServeOptions& options, Time now,
                                                   Random* random);

// 26 characters that sort by time: what Alertmanager names its members by.
std::string MakeUlid(Time now, Random* random);

}  // namespace tocsin::app
