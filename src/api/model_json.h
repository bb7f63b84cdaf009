#pragma once

// The pieces of JSON that several answers share.

#include "base/json_writer.h"
#include "base/time.h"
#include "model/label_set.h"

#include <map>
#include <string>

namespace tocsin::api {

void WriteLabels(const model::LabelSet& labels, JsonWriter* writer);
void WriteStrings(const std::map<std::string, std::string>& strings, JsonWriter* writer);
// Alertmanager's timestamps: always three decimals.
void WriteMilliTime(Time time, JsonWriter* writer);
// Prometheus's: as many decimals as there are.
void WriteNanoTime(Time time, JsonWriter* writer);

}  // namespace tocsin::api
