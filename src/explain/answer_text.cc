#include "explain/answer_text.h"

#include "base/duration.h"
#include "base/text.h"
#include "explain/answer_live.h"
#include "explain/conclusion.h"
#include "explain/event_text.h"
#include "explain/lines.h"

namespace tocsin::explain {
namespace {

constexpr int kRoutesShown = 30;

std::string_view LeadOf(Conclusion::State state) {
  using State = Conclusion::State;
  switch (state) {
    case State::kPaged:
      return "Paged";
    case State::kEndSent:
      return "Its end was told";
    case State::kSending:
      return "Being paged";
    case State::kHandedOn:
      return "Handed on";
    case State::kNotHandedOn:
      return "Not handed on";
    case State::kPending:
    case State::kWaiting:
      return "Not paged yet";
    case State::kUnknown:
    case State::kInterrupted:
      return "Unknown";
    default:
      return "Not paged";
  }
}

std::string MatchersText(const history::Route& route) {
  std::string text;
  for (const model::MatcherText& matcher : route.matchers) {
    const auto made = model::Matcher::Create(matcher.name, matcher.op, matcher.value);
    if (made) text += (text.empty() ? "" : ",") + made->ToString();
  }
  return "{" + text + "}";
}

// How far back it is known.
std::string BeginningText(const Answer& answer) {
  if (IsZero(answer.recorded_since)) return "nothing at all is recorded";
  return "the history begins at " + TimeText(answer.recorded_since) +
         ", before that nothing is known";
}

// An expression as people write it over several lines.
std::string OneLine(const std::string& expr) {
  std::string line;
  for (std::string_view rest = TrimSpace(expr); !rest.empty();) {
    const std::size_t end = rest.find('\n');
    line += (line.empty() ? "" : " ") + std::string(TrimSpace(rest.substr(0, end)));
    rest = end == std::string_view::npos ? std::string_view() : TrimSpace(rest.substr(end));
  }
  return line;
}

void AppendRule(const RuleStand& stand, std::string* out) {
  const history::Rule& rule = stand.last.rule;
  std::string line = "Rule " + RuleText(rule) + ": " + OneLine(rule.expr);
  if (rule.hold > Duration::zero()) line += ", for " + FormatPrometheusDuration(rule.hold);
  if (stand.gone) {
    line += "; taken away by the configuration at " + TimeText(stand.last.evaluated);
  }
  AppendLine(line, out);
}

void AppendRoutes(const Explanation& explanation, std::string* out) {
  if (explanation.routes.empty()) return;
  *out += "\nRoutes tried:\n";
  int shown = 0;
  for (const RouteTried& tried : explanation.routes) {
    // Of many that do not match, a few tell enough.
    if (!tried.matched && ++shown > kRoutesShown) continue;
    const history::Route& route = explanation.chain.routes[tried.index];
    std::string line = std::string(static_cast<std::size_t>(2 + 2 * tried.depth), ' ');
    line += (tried.matched ? "yes  " : "no   ") + MatchersText(route);
    if (!tried.matched) line += ": not " + tried.why_not;
    if (tried.taken) line += " -> receiver " + GoQuote(route.receiver);
    AppendLine(line, out);
  }
  if (shown > kRoutesShown) {
    *out += "  and " + std::to_string(shown - kRoutesShown) + " more that do not match\n";
  }
}

void AppendGroups(const Explanation& explanation, std::string* out) {
  for (const Stay& stay : explanation.stays) {
    if (stay.left) continue;
    const std::optional<Time> next = NextFlush(stay, explanation.chain);
    *out += "\n";
    AppendLine("Group " + stay.membership.group->key + " of receiver " +
                   GoQuote(stay.membership.group->receiver) +
                   (next ? ", flushed next about " + TimeText(*next) : ""),
               out);
  }
}

void AppendInFull(const Answer& answer, const Explanation& explanation, std::string* out) {
  if (!explanation.rules.empty()) *out += "\n";
  for (const RuleStand& rule : explanation.rules) AppendRule(rule, out);
  AppendRoutes(explanation, out);
  AppendGroups(explanation, out);
  *out += "\nWhat happened:\n";
  if (!explanation.chain.complete) {
    *out += "  (what came before is not on record, or too much of it; the history begins at " +
            TimeText(answer.recorded_since) + ")\n";
  }
  for (const history::Entry& entry : explanation.chain.events) {
    AppendLine("  " + TimeText(entry.at) + "  " + EventText(entry.event), out);
  }
}

void AppendConclusions(const Answer& answer, const Explanation& explanation,
                       const std::string& indent, std::string* out) {
  for (const Conclusion& conclusion : explanation.conclusions) {
    std::string line = indent + std::string(LeadOf(conclusion.state)) + ": " + conclusion.text;
    if (conclusion.state == Conclusion::State::kUnknown) line += "; " + BeginningText(answer);
    AppendLine(line + ".", out);
  }
}

std::string UnreadableText(std::size_t blocks) {
  return "Decisions are missing: blocks of the history that cannot be read: " +
         std::to_string(blocks);
}

// That what follows may not be all: the first thing to say.
void AppendCaution(const Answer& answer, std::string* out) {
  const std::string_view follows = answer.alerts.empty() ? "" : " What is on record:";
  if (answer.unreadable_blocks > 0) {
    return AppendLine(UnreadableText(answer.unreadable_blocks) + "." + std::string(follows), out);
  }
  if (!IsZero(answer.unwritten_since) && answer.unwritten_since <= answer.at) {
    return AppendLine("Decisions may be missing: the history cannot be written since " +
                          TimeText(answer.unwritten_since) + "." + std::string(follows),
                      out);
  }
  for (const Gap& gap : answer.gaps) {
    const bool within = gap.from < answer.at && (!gap.until || answer.at < *gap.until);
    if (!within) continue;
    AppendLine(std::string(gap.why == Gap::Why::kStopped ? "Nothing was decided then: "
                                                         : "Decisions may be missing: ") +
                   GapText(gap) + "." + std::string(follows),
               out);
    return;
  }
}

std::string RuleFailsText(const Answer& answer) {
  return "rule " + RuleText(answer.rule_fails->rule) + " fails since " +
         TimeText(answer.rule_fails_since) + ": " + answer.rule_fails->error;
}

void AppendNothing(const Answer& answer, std::string* out) {
  std::string line = "Unknown: ";
  if (answer.live && !answer.live->alerts.empty()) {
    line += "it is there, but what was decided about it is not on record; " + BeginningText(answer);
  } else if (answer.rule_fails) {
    line += "no such alert is on record, and " + RuleFailsText(answer);
  } else if (answer.live && !answer.live->rules.empty()) {
    const LiveRule& rule = answer.live->rules.front();
    line = "Not paged: no such alert is pending or fires; rule " + RuleText(rule.rule) + ": " +
           LiveText(rule);
  } else if (!IsZero(answer.recorded_since) && answer.at < answer.recorded_since) {
    line += BeginningText(answer);
  } else {
    line += "no such alert is on record at " + TimeText(answer.at) + " or before; " +
            BeginningText(answer);
  }
  AppendLine(line + ".", out);
}

std::string AsOf(const Answer& answer) {
  std::string text = "as of " + TimeText(answer.at);
  if (answer.asked > answer.at) {
    text += ", which is now: " + TimeText(answer.asked) + " is yet to come";
  }
  return text;
}

void AppendAlerts(const Answer& answer, std::string* out) {
  if (answer.alerts.size() == 1) {
    const Explanation& explanation = answer.alerts.front();
    AppendConclusions(answer, explanation, "", out);
    *out += "\n";
    AppendLine("Alert " + explanation.chain.alert.ToString() + ", " + AsOf(answer), out);
    return AppendInFull(answer, explanation, out);
  }
  *out += std::to_string(answer.alerts.size()) + (answer.more ? " or more" : "") +
          " alerts match, " + AsOf(answer) + "; say more labels for the whole story.\n";
  for (const Explanation& explanation : answer.alerts) {
    *out += "\n";
    AppendLine(explanation.chain.alert.ToString(), out);
    AppendConclusions(answer, explanation, "  ", out);
  }
}

}  // namespace

std::string ToText(const Answer& answer) {
  std::string out;
  AppendCaution(answer, &out);
  if (answer.alerts.empty()) {
    AppendNothing(answer, &out);
  } else {
    AppendAlerts(answer, &out);
  }
  if (answer.live) AppendLive(*answer.live, &out);
  if (answer.rule_fails && !answer.alerts.empty()) {
    out += "\n";
    AppendLine("Note: " + RuleFailsText(answer), &out);
  }
  if (!answer.gaps.empty()) out += "\nNothing is on record where:\n";
  for (const Gap& gap : answer.gaps) AppendLine("  " + GapText(gap), &out);
  return out;
}

std::string ToText(const Page& page) {
  std::string out;
  if (page.unreadable_blocks > 0) AppendLine(UnreadableText(page.unreadable_blocks), &out);
  for (const history::Entry& entry : page.entries) {
    std::string line = TimeText(entry.at) + "  ";
    const model::LabelSet* alert = history::AlertOf(entry.event);
    if (alert != nullptr) line += alert->ToString() + " ";
    line += EventText(entry.event);
    const router::GroupIdentity* group = history::GroupOf(entry.event);
    if (group != nullptr && alert == nullptr) line += "; group " + group->key;
    AppendLine(line, &out);
  }
  if (page.next) out += "More: --cursor " + std::to_string(*page.next) + "\n";
  return out;
}

}  // namespace tocsin::explain
