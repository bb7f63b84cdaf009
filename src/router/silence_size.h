#pragma once

// How large a silence is in Alertmanager's own encoding, which is what its size limit is about.

#include "base/time.h"
#include "model/silence.h"

#include <cstddef>

namespace tocsin::router {

// Bytes of the protobuf message MeshSilence. `expires_at` is when the silence may be forgotten.
std::size_t EncodedSize(const model::Silence& silence, Time expires_at);

}  // namespace tocsin::router
