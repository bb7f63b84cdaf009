#include "tests/simulation/generation.h"

#include "tests/simulation/random_setup.h"
#include "tests/simulation/stub_integration.h"

#include <memory>

namespace tocsin::simulation {

core::Generation GenerationOf(const ReferenceSetup& setup) {
  core::Generation generation;
  generation.config = std::make_shared<config::Config>();
  generation.routes = std::make_shared<const router::RouteTree>(setup.route, setup.intervals);
  for (const ReferenceInhibitRule& rule : setup.inhibit_rules) {
    generation.inhibit_rules.push_back({"", rule.source, rule.target, rule.equal});
  }
  generation.receivers = ReceiverNames(setup);
  for (const ReferenceIntegration& integration : setup.integrations) {
    generation.integrations.push_back(
        std::make_shared<StubIntegration>(integration.id, integration.send_resolved));
  }
  generation.router_options.retention = setup.retention;
  generation.router_options.alerts_per_alertname = setup.alerts_per_alertname;
  generation.router_options.alerts_gc_interval = setup.alerts_gc_interval;
  generation.router_options.log_gc_interval = setup.log_gc_interval;
  return generation;
}

}  // namespace tocsin::simulation
