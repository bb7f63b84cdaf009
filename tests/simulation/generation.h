#pragma once

// A random configuration as the core takes it, with receivers that are stubs.

#include "core/control.h"
#include "tests/simulation/reference_routes.h"

namespace tocsin::simulation {

core::Generation GenerationOf(const ReferenceSetup& setup);

}  // namespace tocsin::simulation
