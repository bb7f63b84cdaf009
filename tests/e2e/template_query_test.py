"""Templates that query the datasource: labels and annotations are those that a real Prometheus makes of the same
rules over the same data."""

import json
import unittest

import harness

PROMETHEUS = """
global: {scrape_interval: 1s, evaluation_interval: 1s, external_labels: {cluster: lab}}
scrape_configs:
- job_name: node
  static_configs: [{targets: ['%s'], labels: {instance: host-1}}, {targets: ['%s'], labels: {instance: host-2}}]
rule_files: [alert.rules]
"""

RULES = r"""
groups:
- name: templates
  interval: 1s
  rules:
  - alert: Templated
    expr: up == 1
    labels:
      severity: page
      targets: '{{ with query "count(up)" }}{{ . | first | value }}{{ end }}'
    annotations:
      plain: '{{ $labels.instance }} in {{ $externalLabels.cluster }}'
      up: '{{ with query "up" }}{{ . | first | value | humanize }}{{ end }}'
      own: '{{ printf "up{instance=%q} + 1" $labels.instance | query | first | value }}'
      table: '{{ range query "up" | sortByLabel "instance" }}{{ .Labels.instance }}={{ .Value }};{{ end }}'
      nested: >-
        {{ range query "count by (instance) (up)" | sortByLabel "instance" }}{{ query (printf "up{instance=%q}"
        .Labels.instance) | first | label "job" }} {{ end }}
      scalar: '{{ query "scalar(count(up)) * 3" | first | value }}'
      none: '{{ with query "nosuch" }}some{{ else }}none{{ end }}'
      error: '{{ query "nosuch" | first | value }}'
      refused: '{{ query "up{" }}'
      matrix: '{{ query "up[1m]" }}'
"""

CONFIG = """
global: {external_labels: {cluster: lab}}
datasources: [{url: 'http://%s'}]
rule_files: [alert.rules]
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
receivers:
- name: hook
  webhook_configs: [{url: '%s/hook'}]
"""

# What the API of the datasource puts before the reason of a refused query.
API_PREFIX = 'bad_data: invalid parameter "query": '


def shown_alerts(address):
    alerts = json.loads(harness.request(address, "GET", "/api/v1/alerts")[1])["data"]["alerts"]
    shown = [{key: alert[key] for key in ("labels", "annotations", "state", "value")} for alert in alerts]
    return sorted(shown, key=lambda alert: alert["labels"]["instance"])


class TemplateQueryTest(harness.Scenario):
    def test_queries_in_templates_are_answered_as_by_prometheus(self):
        exporters = [self.serve(harness.CpuExporter()) for _ in range(2)]
        webhook = self.serve(harness.Webhook())
        self.write("alert.rules", RULES)
        prometheus = self.start_prometheus(PROMETHEUS % tuple(exporter.address for exporter in exporters))
        tocsin = self.start_tocsin(CONFIG % (prometheus.address, webhook.url))

        def settled(address):
            alerts = shown_alerts(address)
            return alerts if [alert["labels"]["targets"] for alert in alerts] == ["2", "2"] else None

        expected = self.wait_until("the alerts of Prometheus", lambda: settled(prometheus.address))
        got = self.wait_until("the alerts of tocsin", lambda: settled(tocsin.address))
        for alert in got:
            alert["annotations"]["refused"] = alert["annotations"]["refused"].replace(API_PREFIX, "")
        self.assertEqual(got, expected)
        self.assertEqual(got[0]["annotations"]["up"], "1")
        self.assertEqual(got[0]["annotations"]["table"], "host-1=1;host-2=1;")
        self.assertIn("error calling query: rule result is not a vector or scalar>", got[0]["annotations"]["matrix"])
        self.assertEqual(tocsin.rule("Templated")["health"], "ok")

        received = self.wait_until("the message", lambda: [
            alert for alert in webhook.alerts("firing") if alert["labels"]["targets"] == "2"])
        self.assertEqual(received[0]["annotations"]["up"], "1")
        self.assertEqual(received[0]["labels"]["cluster"], "lab")


if __name__ == "__main__":
    unittest.main()
