#include "explain/live.h"

#include "base/text.h"
#include "explain/conclusion.h"

namespace tocsin::explain {

std::string LiveText(const LiveAlert& live) {
  std::string text = "fires since " + TimeText(live.alert->starts_at);
  text += live.receivers.size() == 1 ? ", goes to receiver" : ", goes to receivers";
  for (std::size_t i = 0; i < live.receivers.size(); ++i) {
    text += (i == 0 ? " " : ", ") + GoQuote(live.receivers[i]);
  }
  if (!live.silenced_by.empty()) {
    history::AlertSuppressed suppressed;
    suppressed.why = router::Suppression::kSilenced;
    suppressed.silences = live.silenced_by;
    text += "; " + SuppressionText(suppressed);
  }
  if (live.inhibited_by) {
    text += "; inhibited by the alert with fingerprint " + model::ToString(*live.inhibited_by);
  }
  return text;
}

}  // namespace tocsin::explain
