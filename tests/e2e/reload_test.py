"""Reload by signal and by request: a good file takes effect, a bad one leaves the running one alone and says so."""

import signal
import unittest

import harness

CONFIG = """
datasources: [{url: '%s'}]
rule_files: ['rules/*.rules']
route: {receiver: %s, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers:
- name: first
  webhook_configs: [{url: '%s/first'}]
- name: second
  webhook_configs: [{url: '%s/second'}]
"""

RULES = """
groups:
- name: example
  interval: 1s
  rules:
  - alert: %s
    expr: up == 0
"""

FAILED = "alertmanager_config_last_reload_successful"


class ReloadTest(harness.Scenario):
    def setUp(self):
        super().setUp()
        self.prometheus = self.serve(harness.ScriptedPrometheus())
        self.webhook = self.serve(harness.Webhook())
        self.write("rules/a.rules", RULES % "Down")
        self.tocsin = self.start_tocsin(self.config("first"))

    def config(self, receiver):
        return CONFIG % (self.prometheus.url, receiver, self.webhook.url, self.webhook.url)

    def rule_names(self):
        groups = self.tocsin.get_json("/api/v1/rules")["data"]["groups"]
        return sorted(rule["name"] for group in groups for rule in group["rules"])

    def test_request_installs_new_rules_and_routes(self):
        self.write("tocsin.yml", self.config("second"))
        self.write("rules/b.rules", RULES % "AlsoDown")
        status, text = self.tocsin.reload()
        self.assertEqual(status, 200, text)
        self.assertEqual(self.rule_names(), ["AlsoDown", "Down"])
        self.prometheus.reply = self.prometheus.vector(({"instance": "a"}, 0))
        self.wait_until("both alerts", lambda: len(self.webhook.alerts("firing")) >= 2)
        self.assertEqual({body["receiver"] for body in self.webhook.bodies}, {"second"})

    def test_the_limit_on_request_bodies_follows_the_configuration(self):
        alerts = [{"labels": {"alertname": "Big"}, "annotations": {"summary": "x" * 100000}}]
        for limit, expected in (("50KB", 413), ("200KB", 200), ("60KB", 413)):
            self.write("tocsin.yml", self.config("first") + "limits: {request_body_bytes: %s, label_value_bytes: 0}\n" % limit)
            self.assertEqual(self.tocsin.reload()[0], 200)
            status, text = self.tocsin.post_alerts(alerts)
            self.assertEqual(status, expected, text)

    def test_signal_installs_new_rules(self):
        self.write("rules/b.rules", RULES % "AlsoDown")
        self.tocsin.popen.send_signal(signal.SIGHUP)
        self.wait_until("the new rule", lambda: self.rule_names() == ["AlsoDown", "Down"])

    def test_bad_configuration_leaves_the_old_one_running(self):
        self.write("tocsin.yml", self.config("nobody"))
        status, text = self.tocsin.reload()
        self.assertGreaterEqual(status, 400, text)
        self.assertIn("nobody", text)
        self.assertEqual(self.tocsin.metric(FAILED), 0)
        self.prometheus.reply = self.prometheus.vector(({"instance": "a"}, 0))
        self.wait_until("the old route to deliver", lambda: self.webhook.alerts("firing"))
        self.assertEqual(self.webhook.bodies[0]["receiver"], "first")
        self.write("tocsin.yml", self.config("first"))
        self.assertEqual(self.tocsin.reload()[0], 200)
        self.assertEqual(self.tocsin.metric(FAILED), 1)

    def test_bad_rule_file_leaves_the_old_rules_running(self):
        self.write("rules/a.rules", "groups: [{name: a, rules: [{alert: Down, expresion: up == 0}]}]\n")
        self.write("rules/b.rules", RULES % "AlsoDown")
        status, text = self.tocsin.reload()
        self.assertGreaterEqual(status, 400, text)
        self.assertRegex(text, r"a\.rules:1:\d+: .*expresion")
        self.assertEqual(self.rule_names(), ["Down"])
        queries = self.prometheus.queries
        self.wait_until("the old rule to go on", lambda: self.prometheus.queries > queries)

    def test_bad_file_by_signal_is_logged(self):
        self.write("rules/a.rules", "groups: [")
        self.tocsin.popen.send_signal(signal.SIGHUP)
        self.wait_until("the failure to be counted", lambda: self.tocsin.metric(FAILED) == 0)
        self.assertIn("a.rules", self.tocsin.log())
        self.assertEqual(self.rule_names(), ["Down"])

    def test_firing_alert_survives_a_reload_without_a_second_page(self):
        self.prometheus.reply = self.prometheus.vector(({"instance": "a"}, 0))
        self.wait_until("the page", lambda: self.webhook.alerts("firing"))
        started = self.tocsin.get_json("/api/v2/alerts")[0]["startsAt"]
        self.assertEqual(self.tocsin.reload()[0], 200)
        before = self.tocsin.metric("prometheus_rule_evaluations_total")
        queries = self.prometheus.queries
        self.wait_until("evaluations after the reload", lambda: self.prometheus.queries >= queries + 4)
        self.assertEqual(len(self.webhook.bodies), 1, before)
        self.assertEqual(self.tocsin.get_json("/api/v2/alerts")[0]["startsAt"], started)
        self.prometheus.reply = self.prometheus.vector()
        self.wait_until("the resolved message", lambda: self.webhook.alerts("resolved"))


if __name__ == "__main__":
    unittest.main()
