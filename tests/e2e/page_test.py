"""The main job: a rule over a real Prometheus, a Slack page, the resolved message."""

import unittest

import harness

PROMETHEUS = """
global: {scrape_interval: 1s}
scrape_configs:
- job_name: node
  static_configs: [{targets: ['%s'], labels: {instance: host-1}}]
"""

RULES = """
groups:
- name: example
  interval: 1s
  rules:
  - alert: HighCpuUsage
    expr: rate(cpu_seconds_total[10s]) > 0.8
    for: 2s
    labels: {severity: page}
    annotations:
      summary: "High CPU usage detected"
      description: "CPU {{ $labels.cpu }} of {{ $labels.instance }} is busy."
"""

CONFIG = """
global: {slack_api_url: '%s'}
datasources: [{url: 'http://%s'}]
rule_files: [alert.rules]
route:
  receiver: slack
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
receivers:
- name: slack
  slack_configs:
  - {channel: '#alerts', send_resolved: true, text: '{{ .CommonAnnotations.description }}'}
"""


class PageTest(harness.Scenario):
    def test_busy_cpu_pages_once_and_resolves_once(self):
        exporter = self.serve(harness.CpuExporter())
        prometheus = self.start_prometheus(PROMETHEUS % exporter.address)
        slack_url, messages = self.start_slack()
        self.write("alert.rules", RULES)
        tocsin = self.start_tocsin(CONFIG % (slack_url, prometheus.address))
        self.wait_until("an evaluation", lambda: tocsin.rule("HighCpuUsage")["health"] == "ok")
        self.assertEqual(tocsin.rule("HighCpuUsage")["state"], "inactive")

        exporter.set_load(0.95)
        self.wait_until("the page", lambda: messages)
        rule = tocsin.rule("HighCpuUsage")
        self.assertEqual(rule["state"], "firing")
        self.assertEqual(rule["alerts"][0]["labels"], {
            "alertname": "HighCpuUsage", "severity": "page", "cpu": "0", "mode": "user", "job": "node",
            "instance": "host-1"})
        alerts = tocsin.get_json("/api/v1/alerts")["data"]["alerts"]
        self.assertEqual([alert["state"] for alert in alerts], ["firing"])
        alerts = tocsin.get_json("/api/v2/alerts")
        self.assertEqual([alert["status"]["state"] for alert in alerts], ["active"])
        self.assertEqual(alerts[0]["annotations"], {"summary": "High CPU usage detected",
                                                    "description": "CPU 0 of host-1 is busy."})

        exporter.set_load(0)
        self.wait_until("the resolved message", lambda: len(messages) > 1)
        firing, resolved = (message["attachments"][0] for message in messages)
        self.assertEqual([message["channel"] for message in messages], ["#alerts", "#alerts"])
        self.assertIn("[FIRING:1] HighCpuUsage", firing["title"])
        self.assertEqual(firing["text"], "CPU 0 of host-1 is busy.")
        self.assertEqual(firing["color"], "danger")
        self.assertIn("[RESOLVED] HighCpuUsage", resolved["title"])
        self.assertEqual(resolved["color"], "good")

        # Two more ticks of the group, seen by its rule's evaluations, bring nothing new.
        before = tocsin.metric("prometheus_rule_evaluations_total")
        self.wait_until("five evaluations",
                        lambda: tocsin.metric("prometheus_rule_evaluations_total") >= before + 5)
        self.assertEqual(len(messages), 2)


if __name__ == "__main__":
    unittest.main()
