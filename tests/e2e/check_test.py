"""`tocsin check` as a pipeline runs it: what is printed where, and the exit status."""

import json
import socket
import subprocess
import time
import unittest

import harness

CONFIG = """
datasources: [{url: 'http://127.0.0.1:9'}]
rule_files: [alert.rules]
route: {receiver: team, group_by: [alertname]}
receivers: [{name: team, webhook_configs: [{url: 'http://127.0.0.1:9'}]}]
"""
RULES = """groups:
- name: g
  rules:
  - alert: NoTarget
    expr: count(up) == 0
    annotations: {summary: nothing is watched}
"""
FINDING = "alert.rules:5:11: warning: never true: "


class CheckTest(harness.Scenario):
    def check(self, *arguments):
        """(exit status, standard output, standard error)"""
        done = subprocess.run([str(harness.TOCSIN), "check", *arguments], cwd=self.folder, capture_output=True,
                              text=True, timeout=harness.PATIENCE, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_exit_statuses(self):
        self.write("tocsin.yml", CONFIG)
        self.write("alert.rules", RULES)
        status, output, errors = self.check("tocsin.yml")
        self.assertEqual((status, output), (3, "tocsin.yml: 1 warning(s)\n"))
        self.assertIn(FINDING, errors)
        self.assertIn("    count(up) == 0\n    ^\n", errors)
        self.assertEqual(self.check("tocsin.yml", "--disable=expr/never-true"), (0, "tocsin.yml: ok\n", ""))
        self.assertEqual(self.check("tocsin.yml", "--disable=no/such")[0], 2)
        self.assertEqual(self.check("tocsin.yml", "--format=xml")[0], 2)
        self.assertEqual(self.check()[0], 2)
        self.write("broken.yml", "route: {}\n")
        self.assertEqual(self.check("alert.rules", "broken.yml")[0], 1)

    def test_a_configuration_from_a_pipe(self):
        self.write("alert.rules", RULES)
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as pipe:
            pipe.stdin.write(CONFIG.replace("alert.rules", str(self.folder / "alert.rules")))
            pipe.stdin.close()
            done = subprocess.run([str(harness.TOCSIN), "check", "--disable=expr/never-true", "/dev/stdin"],
                                  cwd=self.folder, stdin=pipe.stdout, capture_output=True, text=True,
                                  timeout=harness.PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, "/dev/stdin: ok\n"), done.stderr)

    def test_formats(self):
        self.write("alert.rules", RULES)
        status, output, errors = self.check("--format=json", "alert.rules")
        self.assertEqual((status, errors), (3, ""))
        report = json.loads(output)
        self.assertEqual(report["files"], [{"path": "alert.rules", "errors": 0, "warnings": 1, "notices": 0}])
        message = report["findings"][0].pop("message")
        self.assertEqual(report["findings"], [{"id": "expr/never-true", "severity": "warning", "file": "alert.rules",
                                               "line": 5, "column": 11}])
        status, output, errors = self.check("--format=github", "alert.rules")
        self.assertEqual((status, errors), (3, ""))
        self.assertEqual(output, "::warning file=alert.rules,line=5,col=11,title=expr/never-true::%s\n" % message)

    def test_online_asks_the_datasource(self):
        prometheus = self.start_prometheus(
            "global: {scrape_interval: 1s}\n"
            "scrape_configs: [{job_name: self, static_configs: [{targets: ['@SELF@']}]}]\n")
        self.write("tocsin.yml", CONFIG.replace("127.0.0.1:9'}]\nrule", prometheus.address + "'}]\nrule"))
        rules = ["up{job='self'} == 0", "no_such_series > 1", "up{job='nobody'} == 0", "up{pod='a'} == 0",
                 "sum by (pod) (up) > 5", "rate(prometheus_http_requests_total[1s]) > 9",
                 "rate(prometheus_http_requests_total[10s]) > 999", "up{job='self'} == 1", "absent(up) == 1"]
        self.write("alert.rules", "groups:\n- name: g\n  rules:\n" + "".join(
            "  - {alert: A%d, expr: \"%s\", annotations: {summary: s}}\n" % (i, expr)
            for i, expr in enumerate(rules)))
        self.wait_until("a scrape", lambda: '"value"' in harness.request(
            prometheus.address, "GET", "/api/v1/query?query=count_over_time(prometheus_http_requests_total[1m])%3E8")[1])
        status, output, errors = self.check("--online", "--format=json", "tocsin.yml")
        self.assertEqual((status, errors), (3, ""))
        found = [(finding["line"] - 4, finding["id"]) for finding in json.loads(output)["findings"]]
        self.assertEqual(found, [(1, "online/no-series"), (2, "online/no-series"), (3, "online/no-series"),
                                 (4, "online/no-label"), (5, "online/window-too-short"), (7, "online/fires-now")])
        self.assertIn('has job=\\"nobody\\", though', output)

    def test_online_without_a_datasource_that_answers(self):
        stuck = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(stuck.close)
        self.write("alert.rules", RULES.replace("count(up)", "go_goroutines"))
        for port in (9, stuck.getsockname()[1]):
            self.write("tocsin.yml", CONFIG.replace("127.0.0.1:9'}]\nrule", "127.0.0.1:%d'}]\nrule" % port))
            begun = time.monotonic()
            status, output, errors = self.check("--online", "tocsin.yml")
            self.assertEqual((status, output), (3, "tocsin.yml: 1 warning(s)\n"), errors)
            self.assertIn("[online/unreachable]", errors)
            self.assertLess(time.monotonic() - begun, 30)
        status, output, errors = self.check("--online", "alert.rules")
        self.assertEqual((status, output), (3, "alert.rules: 1 warning(s)\n"), errors)

    def test_the_server_warns_of_a_repeat_interval_beyond_its_memory(self):
        self.write("alert.rules", RULES)
        tocsin = self.start_tocsin(CONFIG.replace("[alertname]", "[alertname], repeat_interval: 3d"),
                                   ["--data.retention=48h"])
        self.assertRegex(tocsin.log(), r"level=WARN .*tocsin\.yml:4:\d+: warning: repeat_interval is more than")


if __name__ == "__main__":
    unittest.main()
