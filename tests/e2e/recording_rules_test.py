"""Recording rules and the series of alerts, written to a real Prometheus and read there by the next rule."""

import json
import unittest
import urllib.parse

import harness

PROMETHEUS = """
global: {scrape_interval: 1s}
scrape_configs:
- job_name: node
  static_configs: [{targets: ['%s'], labels: {instance: host-1}}]
"""

RULES = r"""
groups:
- name: chain
  interval: 1s
  rules:
  - record: instance:up:twice
    expr: up{job="node"} * 2
    labels: {team: infra}
  - record: tick
    expr: time()
  - alert: Fresh
    # The recorded time is that of this evaluation, not of the one before.
    expr: tick == time()
  - alert: SeesTheOther
    expr: count(ALERTS{alertname="Fresh", alertstate="firing"}) == 1
"""

CONFIG = """
datasources: [{url: 'http://%s'}]
remote_write: [{url: 'http://%s/api/v1/write', queue_config: {batch_send_deadline: 100ms}}]
rule_files: [alert.rules]
route: {receiver: hook, group_wait: 1s}
receivers:
- name: hook
  webhook_configs: [{url: '%s/hook'}]
"""


class RecordingRulesTest(harness.Scenario):
    def values(self, expr):
        """Label sets and values that the store has for an expression now."""
        path = "/api/v1/query?query=" + urllib.parse.quote(expr)
        answer = json.loads(harness.request(self.prometheus.address, "GET", path)[1])
        return [(sample["metric"], sample["value"][1]) for sample in answer["data"]["result"]]

    def test_a_rule_reads_what_another_one_of_the_same_evaluation_wrote(self):
        exporter = self.serve(harness.CpuExporter())
        webhook = self.serve(harness.Webhook())
        self.write("alert.rules", RULES)
        self.prometheus = self.start_prometheus(PROMETHEUS % exporter.address,
                                                ["--web.enable-remote-write-receiver"])
        tocsin = self.start_tocsin(CONFIG % (self.prometheus.address, self.prometheus.address, webhook.url))

        self.wait_until("the recorded series", lambda: self.values("instance:up:twice") == [
            ({"__name__": "instance:up:twice", "instance": "host-1", "job": "node", "team": "infra"}, "2")])
        self.wait_until("the alert on alerts", lambda: self.values('ALERTS{alertname="SeesTheOther"}'))
        # It fires in each evaluation: the recorded time is never that of another one.
        self.wait_until("the store to have a few of its samples", lambda: [
            value for _, value in self.values('count_over_time(ALERTS{alertname="Fresh"}[1m])') if int(value) > 5])
        self.assertEqual(self.values('changes(ALERTS_FOR_STATE{alertname="Fresh"}[1m])')[0][1], "0")
        self.assertEqual({tocsin.rule(name)["health"] for name in ("tick", "Fresh", "SeesTheOther")}, {"ok"})

        # What is not recorded any more ends at once, not when the store stops looking back.
        self.write("alert.rules", RULES.replace("instance:up:twice", "renamed"))
        tocsin.reload()
        self.wait_until("the end of the series", lambda: not self.values("instance:up:twice"), seconds=20)
        self.assertTrue(self.values("renamed"))


if __name__ == "__main__":
    unittest.main()
