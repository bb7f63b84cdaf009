#pragma once

// What is left of Alertmanager's API v1: a word to those who still call it. Prometheus's API has
// the same prefix, so that only some of its paths and methods can be told apart.

#include "api/exchange.h"

namespace tocsin::api {

void AnswerRemovedV1(const ExchangePtr& exchange);

}  // namespace tocsin::api
