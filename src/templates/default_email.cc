// The default HTML mail. Tables and inline styles, because that is what mail programs render alike;
// the style element only adds what the better ones understand (narrow screens, dark mode).

#include "templates/default_text.h"

namespace tocsin::templates {

constinit const std::string_view kDefaultEmail = R"tmpl(
{{- define "__tocsin_email_pairs" }}{{ range .SortedPairs }}{{ .Name }} = {{ .Value }}<br>
{{ end }}{{ end -}}

{{- define "__tocsin_email_alerts" }}{{ range . }}
<tr><td class="alert" style="padding: 12px 24px; border-top: 1px solid #e3e6ea;">
<div style="font-weight: bold;">Labels</div>
<div style="overflow-wrap: anywhere;">{{ template "__tocsin_email_pairs" .Labels }}</div>
{{- if .Annotations }}
<div style="font-weight: bold; margin-top: 8px;">Annotations</div>
<div style="overflow-wrap: anywhere;">{{ template "__tocsin_email_pairs" .Annotations }}</div>
{{- end }}
<div style="margin-top: 8px;"><a class="link" href="{{ .GeneratorURL }}" style="color: #1a66c7;">Source</a></div>
</td></tr>
{{ end }}{{ end -}}

{{- define "email.default.html" -}}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ template "__subject" . }}</title>
<style>
@media (max-width: 640px) {
  .page { padding: 0 !important; }
  .card { width: 100% !important; border-radius: 0 !important; }
}
@media (prefers-color-scheme: dark) {
  .page { background-color: #15181c !important; }
  .card { background-color: #20242a !important; color: #e6e8eb !important; }
  .alert { border-color: #3a4048 !important; }
  .link { color: #7db4ff !important; }
}
</style>
</head>
<body itemscope itemtype="https://schema.org/EmailMessage" style="margin: 0; padding: 0;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
<tr><td class="page" align="center" style="padding: 24px 8px; background-color: #f1f3f5;">
<table class="card" role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width: 600px; max-width: 100%; background-color: #ffffff; color: #1d2125; border-radius: 8px; font-family: Helvetica, Arial, sans-serif; font-size: 14px; line-height: 1.5;">
<tr><td style="padding: 20px 24px; border-radius: 8px 8px 0 0; font-size: 16px; font-weight: bold; color: #ffffff; background-color: {{ if .Alerts.Firing }}#E6522C{{ else }}#68B90F{{ end }};">
{{ len .Alerts }} alert{{ if gt (len .Alerts) 1 }}s{{ end }} for
{{- range .GroupLabels.SortedPairs }} {{ .Name }}={{ .Value }}{{ end }}
</td></tr>
<tr><td align="center" style="padding: 20px 24px;">
<a href="{{ template "__alertmanagerURL" . }}" style="display: inline-block; padding: 10px 20px; border-radius: 6px; background-color: #2f4858; color: #ffffff; font-weight: bold; text-decoration: none;">View in {{ template "__alertmanager" . }}</a>
</td></tr>
{{ with .Alerts.Firing -}}
<tr><td style="padding: 4px 24px 12px; font-size: 16px; font-weight: bold;">[{{ len . }}] Firing</td></tr>
{{- template "__tocsin_email_alerts" . }}{{ end -}}
{{ if .Alerts.Resolved -}}
{{ if .Alerts.Firing -}}
<tr><td style="padding: 8px 24px;"><hr style="border: 0; border-top: 2px solid #e3e6ea;"></td></tr>
{{ end -}}
<tr><td style="padding: 4px 24px 12px; font-size: 16px; font-weight: bold;">[{{ len .Alerts.Resolved }}] Resolved</td></tr>
{{- template "__tocsin_email_alerts" .Alerts.Resolved }}{{ end -}}
</table>
<p style="margin: 16px 0 0; font-family: Helvetica, Arial, sans-serif; font-size: 12px; text-align: center;"><a class="link" href="{{ .ExternalURL }}" style="color: #5b6670;">Sent by {{ template "__alertmanager" . }}</a></p>
</td></tr>
</table>
</body>
</html>
{{ end -}}
)tmpl";

}  // namespace tocsin::templates
