#pragma once

// Random configurations of the router, and random changes to them, for the runs beside the
// reference model. Small on purpose: few labels and few values, so that things meet.

#include "base/random.h"
#include "base/time.h"
#include "model/label_set.h"
#include "tests/simulation/reference_routes.h"

#include <string>
#include <vector>

namespace tocsin::simulation {

// Intervals begin and end within some hours after `start`.
ReferenceSetup RandomSetup(Random* random, Time start);
// One or more things are different: what somebody edits between two reloads.
void ChangeAtRandom(Random* random, Time start, ReferenceSetup* setup);

std::vector<std::string> ReceiverNames(const ReferenceSetup& setup);
model::LabelSet RandomAlertLabels(Random* random);
model::Matchers RandomMatchers(Random* random);
std::string Describe(const ReferenceSetup& setup);

}  // namespace tocsin::simulation
