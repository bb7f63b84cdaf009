"""What is wrong gets a clear error; what was good beside it is kept, and the program goes on."""

import http.client
import json
import socket
import unittest

import harness

CONFIG = """
datasources: [{url: '%s', timeout: 2s}]
rule_files: [alert.rules]
route: {receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers:
- name: hook
  webhook_configs: [{url: '%s/hook'}]
"""

RULES = """
groups:
- name: example
  interval: 1s
  rules:
  - {alert: Down, expr: up == 0}
"""


class BadFilesTest(harness.Scenario):
    """`tocsin check` and the start with files that are not right."""

    def check(self, config, *expected):
        self.write("tocsin.yml", config)
        status, output = self.run_program(harness.TOCSIN, "check", "tocsin.yml")
        self.assertEqual(status, 1, output)
        for pattern in expected:
            self.assertRegex(output, pattern)
        status, output = self.run_program(harness.TOCSIN, "--config.file=tocsin.yml", "--storage.path=data",
                                          "--web.listen-address=127.0.0.1:0")
        self.assertEqual(status, 1, output)
        for pattern in expected:
            self.assertRegex(output, pattern)

    def test_malformed_yaml(self):
        self.check("route: {receiver: hook\nreceivers:\n- name: hook\n", r"tocsin\.yml:\d+:\d+: ")

    def test_unknown_key_names_the_nearest(self):
        self.check("route: {reciever: hook}\nreceivers: [{name: hook}]\n",
                   r"tocsin\.yml:1:9: .*reciever.*receiver")

    def test_all_errors_are_reported_at_once(self):
        self.check("global: {resolve_timeout: 5x}\nroute: {receiver: nobody, group_wait: soon}\n"
                   "receivers: [{name: hook, slak_configs: []}]\n",
                   r"tocsin\.yml:1:\d+: ", r"tocsin\.yml:2:\d+: .*soon", r"tocsin\.yml:3:\d+: .*slak_configs.*slack_configs")

    def test_invalid_utf8(self):
        self.check(b"route: {receiver: 'h\xff\xfeok'}\nreceivers: [{name: hook}]\n", r"tocsin\.yml:1:\d+: .*UTF-8")

    def test_missing_file(self):
        status, output = self.run_program(harness.TOCSIN, "check", "nonsuch.yml")
        self.assertEqual(status, 1, output)
        self.assertIn("nonsuch.yml", output)

    def test_rule_file_with_errors(self):
        self.write("alert.rules", "groups:\n- name: a\n  rules:\n  - alert: X\n    expr: up == 0\n    for: soon\n"
                                  "  - record: y\n    expr: up\n    annotations: {a: b}\n")
        self.check(CONFIG % ("http://127.0.0.1:9", "http://127.0.0.1:9"),
                   r"alert\.rules:6:\d+: .*soon", r"alert\.rules:\d+:\d+: .*annotations")

    def test_rule_file_with_a_bad_template(self):
        self.write("alert.rules", "groups:\n- name: a\n  rules:\n  - alert: X\n    expr: up == 0\n"
                                  "    annotations: {summary: '{{ $label.x }}'}\n")
        self.check(CONFIG % ("http://127.0.0.1:9", "http://127.0.0.1:9"),
                   r"alert\.rules:6:\d+: .*undefined variable .*\$label")


class BadDatasourceTest(harness.Scenario):
    """A firing alert is kept while the datasource fails in every way, and the rule says what is wrong."""

    def setUp(self):
        super().setUp()
        self.prometheus = self.serve(harness.ScriptedPrometheus())
        self.webhook = self.serve(harness.Webhook())
        self.write("alert.rules", RULES)
        self.prometheus.reply = self.prometheus.vector(({"instance": "a"}, 0))
        self.tocsin = self.start_tocsin(CONFIG % (self.prometheus.url, self.webhook.url))
        self.wait_until("the page", lambda: self.webhook.alerts("firing"))

    def expect_error(self, reply, pattern):
        self.prometheus.reply = reply
        self.wait_until("the rule to report the error", lambda: self.tocsin.rule("Down")["health"] == "err")
        queries = self.prometheus.queries
        self.wait_until("more failures", lambda: self.prometheus.queries >= queries + 3)
        rule = self.tocsin.rule("Down")
        self.assertRegex(rule["lastError"], pattern)
        self.assertEqual(rule["state"], "firing")
        self.assertEqual(len(rule["alerts"]), 1)
        self.assertGreater(self.tocsin.metric("prometheus_rule_evaluation_failures_total"), 0)
        self.assertEqual(self.webhook.alerts("resolved"), [])
        self.expect_recovery()

    def expect_recovery(self):
        self.prometheus.reply = self.prometheus.vector(({"instance": "a"}, 0))
        self.wait_until("the rule to be well", lambda: self.tocsin.rule("Down")["health"] == "ok")
        self.prometheus.reply = self.prometheus.vector()
        self.wait_until("the resolved message", lambda: self.webhook.alerts("resolved"))
        self.assertEqual(len(self.webhook.alerts("firing")), 1)

    def test_answers_500(self):
        self.expect_error(self.prometheus.always(500, b"the disk is gone"), r"500.*the disk is gone|the disk is gone.*500")

    def test_prometheus_own_error(self):
        body = {"status": "error", "errorType": "execution", "error": "query timed out in expression evaluation"}
        self.expect_error(self.prometheus.always(503, json.dumps(body).encode()), "query timed out in expression evaluation")

    def test_truncated_answer(self):
        whole = self.prometheus.vector(({"instance": "a"}, 0))("")[1]
        self.expect_error(self.prometheus.always(200, whole[:len(whole) // 2]), ".")

    def test_answer_that_is_not_json(self):
        self.expect_error(self.prometheus.always(200, b"<html>Please log in</html>"), ".")

    def test_json_of_another_shape(self):
        self.expect_error(self.prometheus.always(200, b'{"status": "success", "data": [1, 2]}'), ".")

    def test_invalid_utf8_in_a_label(self):
        whole = self.prometheus.vector(({"instance": "@"}, 0))("")[1]
        self.expect_error(self.prometheus.always(200, whole.replace(b"@", b"\xff\xfe")), ".")

    def test_same_labels_twice(self):
        self.expect_error(self.prometheus.vector(({"instance": "a"}, 0), ({"instance": "a"}, 1)), "same labelset")

    def test_goes_away_and_comes_back(self):
        port = self.prometheus.server_address[1]
        self.prometheus.stop()
        self.wait_until("the rule to report the error", lambda: self.tocsin.rule("Down")["health"] == "err")
        self.assertRegex(self.tocsin.rule("Down")["lastError"], "(?i)connect")
        self.assertEqual(self.tocsin.rule("Down")["state"], "firing")
        self.assertTrue(self.tocsin.ready())
        self.prometheus = self.serve(harness.ScriptedPrometheus(port))
        self.expect_recovery()


class BadRequestTest(harness.Scenario):
    """The HTTP side: what a client sends that is not right, too large, or not finished."""

    def setUp(self):
        super().setUp()
        self.webhook = self.serve(harness.Webhook())
        self.write("alert.rules", RULES)
        self.tocsin = self.start_tocsin(CONFIG % ("http://127.0.0.1:9", self.webhook.url))
        self.good = {"labels": {"alertname": "Good"}}
        self.assertEqual(self.tocsin.post_alerts([self.good])[0], 200)

    def tearDown(self):
        """Whatever was sent, the good alert is there and new ones are taken."""
        self.assertEqual(self.tocsin.post_alerts([{"labels": {"alertname": "Later"}}])[0], 200)
        names = {alert["labels"]["alertname"] for alert in self.tocsin.get_json("/api/v2/alerts")}
        self.assertLessEqual({"Good", "Later"}, names)
        self.wait_until("both to be delivered", lambda: {"Good", "Later"} <= {
            alert["labels"]["alertname"] for alert in self.webhook.alerts("firing")})
        super().tearDown()

    def post(self, body, headers=None):
        return harness.request(self.tocsin.address, "POST", "/api/v2/alerts", body,
                               headers or {"Content-Type": "application/json"})

    def expect_refusal(self, body, expected=400):
        status, text = self.post(body)
        self.assertEqual(status, expected, text[:300])
        self.assertRegex(text, ".")

    def test_not_json(self):
        self.expect_refusal(b"alertname=Down")
        self.expect_refusal(b'[{"labels": {"alertname": "Cut"')
        self.expect_refusal(b"", 422)

    def test_another_shape(self):
        self.expect_refusal(b'{"labels": {"alertname": "NotAList"}}')
        self.expect_refusal(b'[{"labels": {"alertname": 5}}]')
        self.expect_refusal(b'[{"annotations": {"summary": "no labels"}}]', 422)

    def test_invalid_utf8(self):
        self.expect_refusal(b'[{"labels": {"alertname": "BadName", "n\xff": "x"}}]')
        self.assertEqual(self.post(b'[{"labels": {"alertname": "B\xfchne"}}]')[0], 200)
        names = {alert["labels"]["alertname"] for alert in self.tocsin.get_json("/api/v2/alerts")}
        self.assertLessEqual({"Good", "B\ufffdhne"}, names)
        self.assertNotIn("BadName", names)

    def test_good_alerts_beside_bad_ones_are_kept(self):
        status, text = self.post(json.dumps([{"labels": {"alertname": "Beside"}}, {"labels": {"": "no name"}},
                                             {"labels": {}}]))
        self.assertEqual(status, 400, text)
        names = {alert["labels"]["alertname"] for alert in self.tocsin.get_json("/api/v2/alerts")}
        self.assertIn("Beside", names)

    def test_50_megabytes_of_rubbish(self):
        self.expect_refusal(b"[" + b" " * (50 << 20) + b"rubbish]")
        self.expect_refusal(b"[" * (50 << 20))

    def test_50_megabytes_of_alerts(self):
        text = "x" * 5000
        alerts = [{"labels": {"alertname": "Many", "n": str(n)}, "annotations": {"text": text}} for n in range(10000)]
        status, answer = self.post(json.dumps(alerts))
        self.assertEqual(status, 200, answer[:300])
        listed = self.tocsin.get_json('/api/v2/alerts?filter=alertname="Many"')
        self.assertEqual(len(listed), 10000)

    def test_more_than_the_limit(self):
        connection = http.client.HTTPConnection(self.tocsin.address, timeout=harness.PATIENCE)
        connection.putrequest("POST", "/api/v2/alerts")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(65 << 20))
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 413)
        connection.close()

    def test_unknown_paths_and_methods(self):
        self.assertEqual(self.tocsin.get("/nonsuch")[0], 404)
        self.assertEqual(harness.request(self.tocsin.address, "DELETE", "/api/v2/alerts")[0], 405)

    def test_clients_that_are_no_clients(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: " + b"a" * 100000 + b"\r\n\r\n",
                     b"POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
                     b"POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            host, port = self.tocsin.address.split(":")
            with socket.create_connection((host, int(port)), timeout=harness.PATIENCE) as connection:
                try:
                    connection.sendall(data)
                    connection.shutdown(socket.SHUT_WR)
                    answer = connection.recv(65536)
                except ConnectionError:
                    answer = b""
            if answer:
                self.assertRegex(answer, b"^HTTP/1.[01] 4")


if __name__ == "__main__":
    unittest.main()
