#pragma once

// Families of the metrics library, whose series are added later. Only for the files that see that
// library (metrics.h). A registry owns its families; start of the process.

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace tocsin::app {

inline prometheus::Family<prometheus::Counter>& CounterFamily(prometheus::Registry* registry,
                                                              const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry);
}

inline prometheus::Family<prometheus::Gauge>& GaugeFamily(prometheus::Registry* registry,
                                                          const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*registry);
}

}  // namespace tocsin::app
