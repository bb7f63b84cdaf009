#pragma once

namespace tocsin::app {

// How the process asks the system for memory. First of all, before any thread.
void ConfigureAllocator();

}  // namespace tocsin::app
