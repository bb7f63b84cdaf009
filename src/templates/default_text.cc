#include "templates/default_text.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tocsin::templates {
namespace {

constexpr const char kBuildingBlocks[] = R"tmpl(
{{- define "__alertmanager" }}Alertmanager{{ end -}}

{{- define "__alertmanagerURL" }}{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}{{ end -}}

{{- define "__subject" }}[{{ .Status | toUpper }}
  {{- if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}] {{ .GroupLabels.Values | join " " }} {{ if gt (len .CommonLabels) (len .GroupLabels) }}({{ (.CommonLabels.Remove .GroupLabels.Names).Values | join " " }}){{ end }}
{{- end -}}

{{- define "__description" }}{{ end -}}

{{- define "__text_alert_list" }}{{ range . }}Labels:
{{ range .Labels.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}Annotations:
{{ range .Annotations.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}Source: {{ .GeneratorURL }}
{{ end }}{{ end -}}

{{- define "__text_alert_list_markdown" }}{{ range . }}
Labels:
{{ range .Labels.SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}
Annotations:
{{ range .Annotations.SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}
Source: {{ .GeneratorURL }}
{{ end }}
{{ end -}}

{{- define "__tocsin_annotations" }}{{ .CommonAnnotations.Values | join " " }}{{ end -}}

{{- define "__tocsin_compact" }}{{ template "__tocsin_annotations" . }}
{{ with .Alerts.Firing }}Alerts Firing:
{{ template "__text_alert_list" . }}{{ end }}
{{ with .Alerts.Resolved }}Alerts Resolved:
{{ template "__text_alert_list" . }}{{ end }}{{ end -}}

{{- define "__tocsin_sections" }}
{{ with .Alerts.Firing }}
Alerts Firing:
{{ template "__text_alert_list" . }}
{{ end }}
{{ with .Alerts.Resolved }}
Alerts Resolved:
{{ template "__text_alert_list" . }}
{{ end }}
{{ end -}}

{{- define "__tocsin_loose" }}{{ template "__tocsin_annotations" . }}{{ template "__tocsin_sections" . }}{{ end -}}

{{- define "__tocsin_markdown" }}
{{ with .Alerts.Firing }}
# Alerts Firing:
{{ template "__text_alert_list_markdown" . }}
{{ end }}
{{ with .Alerts.Resolved }}
# Alerts Resolved:
{{ template "__text_alert_list_markdown" . }}
{{ end }}
{{ end -}}

{{- define "__tocsin_color" }}{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}{{ end -}}
)tmpl";

constexpr const char kMessages[] = R"tmpl(
{{- define "slack.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "slack.default.username" }}{{ template "__alertmanager" . }}{{ end -}}
{{- define "slack.default.fallback" }}{{ template "slack.default.title" . }} | {{ template "slack.default.titlelink" . }}{{ end -}}
{{- define "slack.default.callbackid" }}{{ end -}}
{{- define "slack.default.pretext" }}{{ end -}}
{{- define "slack.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "slack.default.iconemoji" }}{{ end -}}
{{- define "slack.default.iconurl" }}{{ end -}}
{{- define "slack.default.text" }}{{ end -}}
{{- define "slack.default.footer" }}{{ end -}}
{{- define "slack.default.color" }}{{ template "__tocsin_color" . }}{{ end -}}
{{- define "pagerduty.default.description" }}{{ template "__subject" . }}{{ end -}}
{{- define "pagerduty.default.client" }}{{ template "__alertmanager" . }}{{ end -}}
{{- define "pagerduty.default.clientURL" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end -}}
{{- define "opsgenie.default.message" }}{{ template "__subject" . }}{{ end -}}
{{- define "opsgenie.default.description" }}{{ template "__tocsin_compact" . }}{{ end -}}
{{- define "opsgenie.default.source" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "wechat.default.message" }}{{ template "__subject" . }}
{{ template "__tocsin_compact" . }}
AlertmanagerUrl:
{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "wechat.default.to_user" }}{{ end -}}
{{- define "wechat.default.to_party" }}{{ end -}}
{{- define "wechat.default.to_tag" }}{{ end -}}
{{- define "wechat.default.agent_id" }}{{ end -}}
{{- define "victorops.default.state_message" }}{{ template "__tocsin_compact" . }}{{ end -}}
{{- define "victorops.default.entity_display_name" }}{{ template "__subject" . }}{{ end -}}
{{- define "victorops.default.monitoring_tool" }}{{ template "__alertmanager" . }}{{ end -}}
{{- define "pushover.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "pushover.default.message" }}{{ template "__tocsin_loose" . }}{{ end -}}
{{- define "pushover.default.url" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "sns.default.subject" }}{{ template "__subject" . }}{{ end -}}
{{- define "sns.default.message" }}{{ template "__tocsin_loose" . }}{{ end -}}
{{- define "telegram.default.message" }}{{ template "__tocsin_sections" . }}{{ end -}}
{{- define "discord.default.content" }}{{ end -}}
{{- define "discord.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "discord.default.message" }}{{ template "__tocsin_sections" . }}{{ end -}}
{{- define "webex.default.message" }}{{ template "__tocsin_loose" . }}{{ end -}}
{{- define "msteams.default.summary" }}{{ template "__subject" . }}{{ end -}}
{{- define "msteams.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "msteams.default.text" }}{{ template "__tocsin_markdown" . }}{{ end -}}
{{- define "msteamsv2.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "msteamsv2.default.text" }}{{ template "__tocsin_markdown" . }}{{ end -}}
{{- define "jira.default.summary" }}{{ template "__subject" . }}{{ end -}}
{{- define "jira.default.description" }}{{ template "__tocsin_markdown" . }}{{ end -}}
{{- define "rocketchat.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "rocketchat.default.alias" }}{{ template "__alertmanager" . }}{{ end -}}
{{- define "rocketchat.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "rocketchat.default.emoji" }}{{ end -}}
{{- define "rocketchat.default.iconurl" }}{{ end -}}
{{- define "rocketchat.default.text" }}{{ end -}}
{{- define "mattermost.default.color" }}{{ template "__tocsin_color" . }}{{ end -}}
{{- define "mattermost.default.username" }}{{ template "__alertmanager" . }}{{ end -}}
{{- define "mattermost.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "mattermost.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "mattermost.default.fallback" }}{{ template "mattermost.default.title" . }} | {{ template "mattermost.default.titlelink" . }}{{ end -}}
{{- define "mattermost.default.text" }}{{ template "__tocsin_markdown" . }}{{ end -}}
{{- define "email.default.subject" }}{{ template "__subject" . }}{{ end -}}
)tmpl";

// The highest severity among the firing alerts, or, if none of them has a known one, among the
// resolved.
constexpr const char kJiraPriority[] = R"tmpl(
{{- define "jira.default.priority" -}}
{{- $rank := 0 -}}
{{- range .Alerts.Firing -}}
  {{- if eq .Labels.severity "critical" }}{{ $rank = 3 -}}
  {{- else if and (eq .Labels.severity "warning") (lt $rank 2) }}{{ $rank = 2 -}}
  {{- else if and (eq .Labels.severity "info") (lt $rank 1) }}{{ $rank = 1 }}{{ end -}}
{{- end -}}
{{- if not $rank -}}
  {{- range .Alerts.Resolved -}}
    {{- if eq .Labels.severity "critical" }}{{ $rank = 3 -}}
    {{- else if and (eq .Labels.severity "warning") (lt $rank 2) }}{{ $rank = 2 -}}
    {{- else if and (eq .Labels.severity "info") (lt $rank 1) }}{{ $rank = 1 }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- if eq $rank 3 }}High{{ else if eq $rank 2 }}Medium{{ else if eq $rank 1 }}Low{{ end -}}
{{- end -}}
)tmpl";

// One text, put together at compile time.
template <std::size_t A, std::size_t B, std::size_t C>
constexpr auto Concatenate(const char (&a)[A], const char (&b)[B], const char (&c)[C]) {
  std::array<char, A + B + C - 3> all{};
  auto* end = std::copy(a, a + A - 1, all.begin());
  end = std::copy(b, b + B - 1, end);
  std::copy(c, c + C - 1, end);
  return all;
}

constexpr auto kAll = Concatenate(kBuildingBlocks, kMessages, kJiraPriority);

}  // namespace

constinit const std::string_view kDefaultTexts(kAll.data(), kAll.size());

}  // namespace tocsin::templates
