#pragma once

// What a server has now, as a part of an answer: for people and for programs.

#include "base/json_writer.h"
#include "explain/live.h"

#include <string>

namespace tocsin::explain {

void AppendLive(const Live& live, std::string* out);
// The members `live` and `rules` of an object.
void WriteLive(const Live& live, JsonWriter* writer);

}  // namespace tocsin::explain
