"""A real Prometheus that evaluates its own rules and posts its alerts to tocsin as to an Alertmanager."""

import unittest

import harness

PROMETHEUS = """
global: {scrape_interval: 1s, evaluation_interval: 1s, external_labels: {cluster: lab}}
scrape_configs:
- job_name: node
  static_configs: [{targets: ['%s'], labels: {instance: host-1}}]
alerting:
  alertmanagers:
  - static_configs: [{targets: ['%s']}]
rule_files: [prometheus.rules]
"""

RULES = """
groups:
- name: prometheus-side
  rules:
  - alert: Busy
    expr: rate(cpu_seconds_total[10s]) > 0.8
    labels: {severity: page}
    annotations: {summary: 'busy: {{ $labels.instance }}'}
"""

CONFIG = """
route:
  receiver: hook
  group_by: [alertname, cluster]
  group_wait: 1s
  group_interval: 2s
receivers:
- name: hook
  webhook_configs: [{url: '%s/hook'}]
"""


class PrometheusAlertsTest(harness.Scenario):
    def test_alerts_of_prometheus_are_delivered_and_resolved(self):
        webhook = self.serve(harness.Webhook())
        exporter = self.serve(harness.CpuExporter())
        exporter.set_load(0.95)
        tocsin = self.start_tocsin(CONFIG % webhook.url)
        self.write("prometheus.rules", RULES)
        self.start_prometheus(PROMETHEUS % (exporter.address, tocsin.address))

        self.wait_until("the message", lambda: webhook.bodies)
        body = webhook.bodies[0]
        labels = {"alertname": "Busy", "cluster": "lab", "cpu": "0", "instance": "host-1", "job": "node",
                  "mode": "user", "severity": "page"}
        self.assertEqual(body["version"], "4")
        self.assertEqual(body["status"], "firing")
        self.assertEqual(body["receiver"], "hook")
        self.assertEqual(body["truncatedAlerts"], 0)
        self.assertEqual(body["groupLabels"], {"alertname": "Busy", "cluster": "lab"})
        self.assertEqual(body["commonLabels"], labels)
        self.assertEqual(body["commonAnnotations"], {"summary": "busy: host-1"})
        self.assertEqual(body["groupKey"], '{}:{alertname="Busy", cluster="lab"}')
        alert = body["alerts"][0]
        self.assertEqual((alert["status"], alert["labels"]), ("firing", labels))
        self.assertEqual(alert["endsAt"], "0001-01-01T00:00:00Z")
        self.assertIn("/graph?g0.expr=", alert["generatorURL"])
        self.assertRegex(alert["fingerprint"], "^[0-9a-f]{16}$")

        exporter.set_load(0)
        self.wait_until("the resolved message", lambda: webhook.alerts("resolved"))
        self.assertEqual(webhook.bodies[-1]["status"], "resolved")
        self.assertEqual(webhook.alerts("resolved")[0]["fingerprint"], alert["fingerprint"])
        self.assertGreater(tocsin.metric("alertmanager_alerts_received_total"), 0)


if __name__ == "__main__":
    unittest.main()
