"""The field's own tools accept our files and are answered: promtool and amtool."""

import unittest

import harness

CONFIG = """
global:
  slack_api_url: https://hooks.slack.com/services/T/B/very-secret
  smtp_smarthost: mail.example.org:587
  smtp_from: tocsin@example.org
datasources: [{url: 'http://127.0.0.1:9'}]
route:
  receiver: team
  group_by: [alertname]
  routes:
  - {receiver: database, matchers: ['service=~"mysql|postgres"'], continue: true}
receivers:
- name: team
  slack_configs: [{channel: '#alerts'}]
- name: database
  email_configs: [{to: dba@example.org}]
"""


class ToolsTest(harness.Scenario):
    def amtool(self, tocsin, *arguments):
        status, output = self.run_program(harness.peer("amtool"), "--alertmanager.url=" + tocsin.url,
                                          "--no-version-check", *arguments)
        self.assertEqual(status, 0, output)
        return output

    def test_promtool_accepts_the_example_rules(self):
        for rules in (harness.EXAMPLES / "alert.rules", harness.EXAMPLES / "demo/alert.rules"):
            status, output = self.run_program(harness.peer("promtool"), "check", "rules", rules)
            self.assertEqual(status, 0, output)
            self.assertIn("SUCCESS: 1 rules found", output)

    def test_check_accepts_the_examples(self):
        for path in ("tocsin.yml", "alert.rules", "demo/alert.rules"):
            status, output = self.run_program(harness.TOCSIN, "check", harness.EXAMPLES / path)
            self.assertEqual(status, 0, output)

    def test_amtool_queries_alerts(self):
        tocsin = self.start_tocsin(CONFIG)
        status, text = tocsin.post_alerts([
            {"labels": {"alertname": "DiskFull", "instance": "a"}, "annotations": {"summary": "full: a"}},
            {"labels": {"alertname": "DiskFull", "instance": "b"}, "annotations": {"summary": "full: b"}}])
        self.assertEqual(status, 200, text)
        output = self.amtool(tocsin, "alert", "query")
        self.assertRegex(output, r"Alertname\s+Starts At\s+Summary\s+State")
        self.assertRegex(output, r"DiskFull .*full: a\s+active")
        self.assertRegex(output, r"DiskFull .*full: b\s+active")
        output = self.amtool(tocsin, "alert", "query", "instance=b")
        self.assertNotIn("full: a", output)
        self.assertIn("full: b", output)

    def test_amtool_adds_an_alert(self):
        tocsin = self.start_tocsin(CONFIG)
        self.amtool(tocsin, "alert", "add", "Manual", "team=x", "--annotation=summary=by hand")
        self.assertRegex(self.amtool(tocsin, "alert", "query", "Manual"), r"Manual .*by hand\s+active")

    def test_amtool_finds_everything_below_a_prefix(self):
        for arguments, prefix in ((["--web.external-url=https://alerts.example.org/a/b/"], "/a/b"),
                                  (["--web.external-url=https://alerts.example.org/a", "--web.route-prefix=/c"], "/c")):
            with self.subTest(prefix=prefix):
                tocsin = self.start_tocsin(CONFIG, arguments, prefix=prefix)
                self.amtool(tocsin, "alert", "add", "Manual", "team=x", "--annotation=summary=by hand")
                self.assertRegex(self.amtool(tocsin, "alert", "query", "Manual"), r"Manual .*by hand\s+active")
                self.assertIn("receiver: team", self.amtool(tocsin, "config", "show"))
                self.assertEqual(harness.request(tocsin.address, "GET", "/-/ready")[0], 404)
                self.assertEqual(harness.request(tocsin.address, "GET", "/")[0], 302)

    def test_amtool_shows_a_cluster_of_one(self):
        tocsin = self.start_tocsin(CONFIG, ["--cluster.peer-name=me", "--cluster.advertise-address=192.0.2.1:9094"])
        output = self.amtool(tocsin, "cluster", "show", "--output=extended")
        self.assertRegex(output, r"Cluster Status:\s+ready")
        self.assertRegex(output, r"me\s+192\.0\.2\.1:9094|192\.0\.2\.1:9094\s+me")
        tocsin = self.start_tocsin(CONFIG, ["--cluster.listen-address="])
        self.assertRegex(self.amtool(tocsin, "cluster", "show"), r"Cluster Status:\s+disabled")

    def test_amtool_shows_the_configuration(self):
        tocsin = self.start_tocsin(CONFIG)
        output = self.amtool(tocsin, "config", "show")
        self.assertIn("receiver: team", output)
        self.assertIn("dba@example.org", output)
        self.assertIn("<secret>", output)
        self.assertNotIn("very-secret", output)
        self.assertNotIn("datasources", output)
        # `config routes` parses it again, strictly: that takes an amtool as new as the keys in it.
        self.assertIn("Cluster Status", self.amtool(tocsin, "cluster", "show"))


if __name__ == "__main__":
    unittest.main()
