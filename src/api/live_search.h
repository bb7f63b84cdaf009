#pragma once

// Finds what the core has of the alerts that somebody asks about: in slices, between which it does
// what is due.

#include "api/exchange.h"
#include "explain/live.h"
#include "model/matcher.h"

#include <functional>

namespace tocsin::api {

// Calls `done` once, on the core thread: what is left to do there, `finish`, is called by whoever
// goes on with it on another. An exchange that cannot be served is answered here instead.
using FinishLive = std::function<explain::Live()>;
void SearchLive(const ExchangePtr& exchange, const model::Matchers& matchers,
                std::function<void(FinishLive finish)> done);

}  // namespace tocsin::api
