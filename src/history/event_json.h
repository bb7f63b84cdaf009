#pragma once

// Events for programs, with the members that event_fields.h names; empty ones are left out. Times
// are RFC 3339, spans are seconds.

#include "base/json_writer.h"
#include "history/event.h"

namespace tocsin::history {

// `{"number":7,"at":"...","kind":"alert_grouped","group":{...},"alert":{...}}`
void WriteEntry(const Entry& entry, JsonWriter* writer);
// As a member of an object that was begun.
void WriteLabels(const model::LabelSet& labels, JsonWriter* writer);
void WriteGroup(const router::GroupIdentity& group, JsonWriter* writer);

}  // namespace tocsin::history
