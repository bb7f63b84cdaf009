#pragma once

// Port: where rules get their vectors from. src/datasource implements it over HTTP, the simulator
// from a script.

#include "base/result.h"
#include "rules/query.h"

#include <functional>

namespace tocsin::core {

class Datasource {
 public:
  using Callback = std::function<void(Result<rules::QueryResult>)>;

  virtual ~Datasource() = default;
  // Calls `done` exactly once, on the core thread, not inside this call, and at the latest when
  // query.timeout has passed; also if this object goes away meanwhile.
  virtual void Query(const rules::Query& query, Callback done) = 0;
};

}  // namespace tocsin::core
