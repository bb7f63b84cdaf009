#pragma once

// The page for people: static files out of web/, linked into the program. It reads the API like any
// other client.

#include "api/exchange.h"

namespace tocsin::api {

void GetPageIndex(const ExchangePtr& exchange);
void GetPageScript(const ExchangePtr& exchange);
void GetPageStyle(const ExchangePtr& exchange);
void GetPageIcon(const ExchangePtr& exchange);

}  // namespace tocsin::api
