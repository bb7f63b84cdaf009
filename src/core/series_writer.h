#pragma once

// Port: where the samples of rules go. src/datasource implements it over remote write, the
// simulator as it likes. Core thread only.

#include "base/result.h"
#include "rules/series.h"

#include <functional>

namespace tocsin::core {

class SeriesWriter {
 public:
  using Callback = std::function<void(Status)>;

  virtual ~SeriesWriter() = default;
  // Takes the samples for all endpoints. Calls `done` exactly once, on the core thread, not inside
  // this call: once the endpoint that belongs to write.datasource has acknowledged them, with an
  // error if it refuses them or is too slow (the group goes on without), and at once, with success,
  // where no endpoint belongs to it. Never blocks.
  virtual void Write(rules::SeriesWrite write, Callback done) = 0;
};

}  // namespace tocsin::core
