#include "explain/answer_text.h"

#include "base/duration.h"
#include "explain/conclusion.h"
#include "explain/event_text.h"

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
    case State::kPending:
    case State::kWaiting:
      return "Not paged yet";
    case State::kUnknown:
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

void AppendRule(const history::RuleAlertChanged& changed, std::string* out) {
  *out += "\nRule " + RuleText(changed.rule) + ": " + changed.rule.expr;
  if (changed.rule.hold > Duration::zero()) {
    *out += ", for " + FormatPrometheusDuration(changed.rule.hold);
  }
  *out += "\n";
}

void AppendRoutes(const Explanation& explanation, std::string* out) {
  if (explanation.routes.empty()) return;
  *out += "\nRoutes tried:\n";
  int shown = 0;
  for (const RouteTried& tried : explanation.routes) {
    // Of many that do not match, a few tell enough.
    if (!tried.matched && ++shown > kRoutesShown) continue;
    const history::Route& route = explanation.chain.routes[tried.index];
    *out += "  " + std::string(static_cast<std::size_t>(2 * tried.depth), ' ');
    *out += (tried.matched ? "yes  " : "no   ") + MatchersText(route);
    if (!tried.matched) *out += ": not " + tried.why_not;
    if (tried.taken) *out += " -> receiver \"" + route.receiver + "\"";
    *out += "\n";
  }
  if (shown > kRoutesShown) {
    *out += "  and " + std::to_string(shown - kRoutesShown) + " more that do not match\n";
  }
}

void AppendGroups(const Explanation& explanation, std::string* out) {
  for (const Stay& stay : explanation.stays) {
    if (stay.left) continue;
    const std::optional<Time> next = NextFlush(stay, explanation.chain);
    *out += "\nGroup " + stay.membership.group->key + " of receiver \"" +
            stay.membership.group->receiver + "\"";
    if (next) *out += ", flushed next about " + TimeText(*next);
    *out += "\n";
  }
}

void AppendInFull(const Explanation& explanation, std::string* out) {
  if (explanation.rule) AppendRule(*explanation.rule, out);
  AppendRoutes(explanation, out);
  AppendGroups(explanation, out);
  *out += "\nWhat happened:\n";
  if (!explanation.chain.complete) {
    *out += "  (what came before is not in the history, or too much of it)\n";
  }
  for (const history::Entry& entry : explanation.chain.events) {
    *out += "  " + TimeText(entry.at) + "  " + EventText(entry.event) + "\n";
  }
}

void AppendConclusions(const Explanation& explanation, const std::string& indent,
                       std::string* out) {
  for (const Conclusion& conclusion : explanation.conclusions) {
    *out += indent + std::string(LeadOf(conclusion.state)) + ": " + conclusion.text + ".\n";
  }
}

void AppendNothing(const Answer& answer, std::string* out) {
  if (answer.live.empty()) {
    *out += "Unknown: no such alert was there at " + TimeText(answer.at) + " or before";
  } else {
    *out += "Unknown: it is there, but what was decided about it is not on record";
  }
  if (IsZero(answer.recorded_since)) {
    *out += "; nothing at all is recorded";
  } else {
    *out += "; decisions are recorded since " + TimeText(answer.recorded_since);
  }
  *out += ".\n";
}

void AppendLive(const Answer& answer, std::string* out) {
  if (answer.live.empty()) return;
  *out += "\nIn the server now:\n";
  for (const LiveAlert& live : answer.live) {
    *out += "  " + live.alert->labels.ToString() + " " + LiveText(live) + "\n";
  }
}

}  // namespace

std::string ToText(const Answer& answer) {
  std::string out;
  if (answer.alerts.empty()) AppendNothing(answer, &out);
  if (answer.alerts.size() == 1) {
    const Explanation& explanation = answer.alerts.front();
    AppendConclusions(explanation, "", &out);
    out +=
        "\nAlert " + explanation.chain.alert.ToString() + ", as of " + TimeText(answer.at) + "\n";
    AppendInFull(explanation, &out);
  } else if (!answer.alerts.empty()) {
    out += std::to_string(answer.alerts.size()) + (answer.more ? " or more" : "") +
           " alerts match, as of " + TimeText(answer.at) +
           "; say more labels for the whole story.\n";
    for (const Explanation& explanation : answer.alerts) {
      out += "\n" + explanation.chain.alert.ToString() + "\n";
      AppendConclusions(explanation, "  ", &out);
    }
  }
  AppendLive(answer, &out);
  if (answer.rule_fails) {
    out += "\nRule " + RuleText(answer.rule_fails->rule) + " fails since " +
           TimeText(answer.rule_fails_since) + ": " + answer.rule_fails->error + "\n";
  }
  if (!IsZero(answer.unwritten_since)) {
    out += "\nThe history cannot be written: what was decided since " +
           TimeText(answer.unwritten_since) + " is not on record\n";
  }
  if (!answer.gaps.empty()) out += "\nNothing is on record where:\n";
  for (const Gap& gap : answer.gaps) out += "  " + GapText(gap) + "\n";
  return out;
}

std::string ToText(const Page& page) {
  std::string out;
  for (const history::Entry& entry : page.entries) {
    out += TimeText(entry.at) + "  ";
    if (const model::LabelSet* alert = history::AlertOf(entry.event))
      out += alert->ToString() + " ";
    out += EventText(entry.event);
    const router::GroupIdentity* group = history::GroupOf(entry.event);
    if (group != nullptr && history::AlertOf(entry.event) == nullptr)
      out += "; group " + group->key;
    out += "\n";
  }
  if (page.next) out += "More: --cursor " + std::to_string(*page.next) + "\n";
  return out;
}

}  // namespace tocsin::explain
