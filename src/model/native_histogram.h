#pragma once

// A native histogram as the query API gives it: what it counts, not how it is stored (schema, zero
// threshold and reset hint are not in an answer). A value; shared, because most samples have none.

#include <cstdint>
#include <memory>
#include <vector>

namespace tocsin::model {

struct NativeHistogram {
  struct Bucket {
    double lower = 0, upper = 0;
    bool includes_lower = false, includes_upper = false;
    double count = 0;
  };

  double count = 0, sum = 0;
  std::vector<Bucket> buckets;  // Those that are not empty, from the lowest.
};

using NativeHistogramPtr = std::shared_ptr<const NativeHistogram>;

}  // namespace tocsin::model
