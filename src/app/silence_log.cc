#include "app/silence_log.h"

#include "base/log.h"

namespace tocsin::app {
namespace {

std::string_view MessageFor(router::SilenceChanged::Kind kind) {
  switch (kind) {
    case router::SilenceChanged::Kind::kCreated:
      return "create silence";
    case router::SilenceChanged::Kind::kUpdated:
      return "update silence";
    case router::SilenceChanged::Kind::kExpired:
      return "expire silence";
    case router::SilenceChanged::Kind::kTakenBack:
      return "take back what was changed of a silence";
  }
  return {};
}

// `a=b,c=~d.*`, as Alertmanager's line has them: to be read, not parsed.
std::string MatchersOf(const model::Silence& silence) {
  std::string text;
  for (const model::Matchers& set : silence.matcher_sets) {
    for (const model::Matcher& matcher : set) {
      if (!text.empty()) text += ',';
      text += matcher.name();
      text += ToString(matcher.op());
      text += matcher.value();
    }
  }
  return text;
}

}  // namespace

void SilenceLog::OnDecision(Time, const router::Decision& decision) {
  const auto* changed = std::get_if<router::SilenceChanged>(&decision);
  if (!changed) return;
  const model::Silence& silence = *changed->silence;
  log::Info(MessageFor(changed->kind), {{"component", "silences"},
                                        {"Id", silence.id},
                                        {"CreatedBy", silence.created_by},
                                        {"Comment", silence.comment},
                                        {"StartsAt", FormatRfc3339Nano(silence.starts_at)},
                                        {"EndsAt", FormatRfc3339Nano(silence.ends_at)},
                                        {"Matchers", MatchersOf(silence)}});
}

}  // namespace tocsin::app
