#pragma once

// What a command measures of its own run: how long each request took, and the CPU that the load
// generator itself needed.

#include "base/json_writer.h"
#include "base/time.h"

#include <vector>

namespace tocsin::load {

double Milliseconds(Duration d);

// Writes {"n", "min", "p50", "p90", "p99", "max"} in milliseconds, or null for no values.
void WriteLatencies(std::vector<Duration> latencies, JsonWriter* json);

// User and system time of this process, in seconds.
double OwnCpuSeconds();

// MonotonicNow() reaches `when`, as exactly as the kernel can.
void SleepUntil(Duration when);

}  // namespace tocsin::load
