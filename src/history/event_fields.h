#pragma once

// One list of an event's members does for writing it, for reading it and for showing it: Describe
// names each member in its order on disk, and is run with a BlockWriter on an event, with a
// BlockReader on an empty one (block.cc), or with a JsonFields (event_json.cc). What is once
// released is never changed; a new kind of event is added instead.

#include "history/event.h"

#include <array>
#include <string_view>
#include <type_traits>

namespace tocsin::history {

// The words for enumerators, by their numbers.
template <std::size_t n>
using Words = std::array<std::string_view, n>;

inline constexpr Words<4> kMatchOpWords = {"=", "!=", "=~", "!~"};
inline constexpr Words<3> kAlertStateWords = {"inactive", "pending", "firing"};
inline constexpr Words<5> kAlertChangeWords = {"nothing", "created", "started", "ended",
                                               "ended_again"};
inline constexpr Words<4> kSuppressionWords = {"inhibited", "outside_active_times", "mute_time",
                                               "silenced"};
inline constexpr Words<6> kNotifyReasonWords = {"unknown",
                                                "first_notification",
                                                "new_alerts_added",
                                                "all_alerts_resolved",
                                                "some_alerts_resolved",
                                                "repeat_interval_elapsed"};
inline constexpr Words<3> kNothingNewWords = {"never_fired", "still_resolved", "unchanged"};
inline constexpr Words<3> kOutcomeWords = {"delivered", "retry", "given_up"};
inline constexpr Words<2> kGroupEndWords = {"all_ended", "configuration"};
inline constexpr Words<4> kTargetAnswerWords = {"none", "taken", "refused", "failed"};
inline constexpr Words<4> kSilenceChangeWords = {"created", "updated", "expired", "taken_back"};

template <class Fields, class T>
void DescribeRule(Fields& fields, T& rule) {
  fields.Text("name", rule.name);
  fields.Text("expr", rule.expr);
  fields.Text("file", rule.file);
  fields.Number("line", rule.line);
  fields.Span("for", rule.hold);
  if (fields.has_rule_groups()) fields.Text("group", rule.group);
}

template <class Fields, class T>
void DescribeSilence(Fields& fields, T& silence) {
  fields.Text("id", silence.id);
  fields.Text("created_by", silence.author);
  fields.Text("comment", silence.comment);
  fields.When("ends_at", silence.ends_at);
}

template <class Fields, class T>
void DescribeIntegration(Fields& fields, T& integration) {
  fields.Text("receiver", integration.receiver);
  fields.Text("type", integration.type);
  fields.Number("index", integration.index);
}

template <class Fields, class T>
void DescribeMatcher(Fields& fields, T& matcher) {
  fields.Text("name", matcher.name);
  fields.Word("op", matcher.op, kMatchOpWords);
  fields.Text("value", matcher.value);
}

template <class Fields, class T>
void DescribeRoute(Fields& fields, T& route) {
  fields.Text("id", route.id);
  fields.Number("parent", route.parent);
  fields.Text("receiver", route.receiver);
  fields.List("matchers", route.matchers,
              [](auto& item, auto& matcher) { DescribeMatcher(item, matcher); });
  fields.Flag("continue", route.continue_matching);
  fields.Span("group_wait", route.group_wait);
  fields.Span("group_interval", route.group_interval);
  fields.Span("repeat_interval", route.repeat_interval);
  fields.Texts("mute_time_intervals", route.mute_times);
  fields.Texts("active_time_intervals", route.active_times);
}

template <class Fields, class T>
void DescribeTarget(Fields& fields, T& target) {
  fields.Text("url", target.url);
  fields.Word("answer", target.answer, kTargetAnswerWords);
  fields.Text("error", target.error);
  fields.When("since", target.since);
}

// What comes first in events about one thing: the group, the alert, the integration, the rule.
template <class Fields, class T>
void DescribeSubject(Fields& fields, T& event) {
  if constexpr (requires { event.group; }) fields.Group("group", event.group);
  if constexpr (requires { event.alert; }) fields.Alert("alert", event.alert);
  if constexpr (requires { event.integration; }) {
    fields.Block("integration", event.integration,
                 [](auto& block, auto& id) { DescribeIntegration(block, id); });
  }
  if constexpr (requires { event.rule; }) {
    fields.Block("rule", event.rule, [](auto& block, auto& rule) { DescribeRule(block, rule); });
  }
}

// Events of the rules, of the process, of silences.
template <class Fields, class T>
void DescribeOther(Fields& fields, T& event) {
  using E = std::remove_const_t<T>;
  if constexpr (std::is_same_v<E, Started>) {
    fields.Text("version", event.version);
  } else if constexpr (std::is_same_v<E, EventsLost>) {
    fields.Number("count", event.count);
  } else if constexpr (std::is_same_v<E, RoutesInForce>) {
    fields.List("routes", event.routes,
                [](auto& item, auto& route) { DescribeRoute(item, route); });
    fields.Flag("repeated", event.repeated);
  } else if constexpr (std::is_same_v<E, RuleAlertChanged>) {
    fields.Word("from", event.from, kAlertStateWords);
    fields.Word("to", event.to, kAlertStateWords);
    fields.When("evaluated_at", event.evaluated);
    fields.Value("value", event.value);
  } else if constexpr (std::is_same_v<E, RuleFails>) {
    fields.Text("error", event.error);
  } else if constexpr (std::is_same_v<E, SilenceChanged>) {
    fields.Word("change", event.change, kSilenceChangeWords);
    fields.Block("silence", event.silence,
                 [](auto& block, auto& silence) { DescribeSilence(block, silence); });
    fields.Text("matchers", event.matchers);
    fields.When("starts_at", event.starts_at);
  }
}

// Of what leaves for further Alertmanagers, or does not; of a process that is no more.
template <class Fields, class T>
void DescribeLeaving(Fields& fields, T& event) {
  using E = std::remove_const_t<T>;
  if constexpr (std::is_same_v<E, RuleAlertForgotten>) {
    fields.Word("state", event.state, kAlertStateWords);
  } else if constexpr (std::is_same_v<E, AlertDropped>) {
    fields.Number("position", event.position);
  } else if constexpr (std::is_same_v<E, AlertTargets>) {
    fields.List("targets", event.targets,
                [](auto& item, auto& target) { DescribeTarget(item, target); });
    fields.Flag("repeated", event.repeated);
  } else if constexpr (std::is_same_v<E, EndedUnnoticed>) {
    fields.When("alive_at", event.alive);
  }
}

// Of alerts and groups.
template <class Fields, class T>
void DescribeGrouping(Fields& fields, T& event) {
  using E = std::remove_const_t<T>;
  if constexpr (std::is_same_v<E, AlertReceived>) {
    fields.Word("change", event.change, kAlertChangeWords);
    fields.Flag("merged", event.merged);
    fields.When("starts_at", event.starts_at);
    fields.When("ends_at", event.ends_at);
  } else if constexpr (std::is_same_v<E, GroupCreated>) {
    fields.When("first_flush", event.first_flush);
  } else if constexpr (std::is_same_v<E, GroupFlushed>) {
    fields.When("due", event.due);
    fields.When("next_flush", event.next_flush);
    fields.Number("firing", event.firing);
    fields.Number("resolved", event.resolved);
  } else if constexpr (std::is_same_v<E, AlertSuppressed>) {
    fields.Word("why", event.why, kSuppressionWords);
    fields.Labels("inhibited_by", event.inhibited_by);
    fields.Text("inhibit_rule", event.inhibit_rule);
    fields.List("silences", event.silences,
                [](auto& item, auto& silence) { DescribeSilence(item, silence); });
    fields.Texts("intervals", event.intervals);
  } else if constexpr (std::is_same_v<E, GroupEnded>) {
    fields.Word("why", event.why, kGroupEndWords);
  }
}

// Of notifications.
template <class Fields, class T>
void DescribeTelling(Fields& fields, T& event) {
  using E = std::remove_const_t<T>;
  if constexpr (std::is_same_v<E, NotificationDue>) {
    fields.Word("reason", event.reason, kNotifyReasonWords);
    fields.Number("firing", event.firing);
    fields.Number("resolved", event.resolved);
    fields.When("deadline", event.deadline);
    fields.List("told", event.told, [](auto& item, auto& told) {
      item.Alert("alert", told.alert);
      item.Flag("resolved", told.resolved);
    });
  } else if constexpr (std::is_same_v<E, NotificationNotNeeded>) {
    fields.Word("why", event.why, kNothingNewWords);
  } else if constexpr (std::is_same_v<E, AttemptEnded>) {
    fields.Number("attempt", event.attempt);
    fields.Span("took", event.took);
    fields.Word("outcome", event.outcome, kOutcomeWords);
    fields.Number("status", event.status);
    fields.Text("error", event.error);
    fields.When("next_attempt", event.next_attempt);
  } else if constexpr (std::is_same_v<E, NotificationLogged>) {
    fields.Word("reason", event.reason, kNotifyReasonWords);
    fields.Flag("sent", event.sent);
  } else if constexpr (std::is_same_v<E, NotificationFailed>) {
    fields.Text("error", event.error);
  }
}

template <class Fields, class T>
void Describe(Fields& fields, T& event) {
  DescribeSubject(fields, event);
  DescribeOther(fields, event);
  DescribeGrouping(fields, event);
  DescribeTelling(fields, event);
  DescribeLeaving(fields, event);
}

}  // namespace tocsin::history
