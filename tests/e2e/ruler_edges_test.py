"""What rules reach the world through: further Alertmanagers (real ones), the query API for Grafana, and a ruler that is
made of flags alone."""

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

RULES = """
groups:
- name: edges
  interval: 1s
  rules:
  - {alert: Up, expr: up == 1, labels: {severity: page}, annotations: {summary: '{{ $labels.instance }} is up'}}
"""

ROUTE = """
route: {receiver: hook, group_wait: 0s, group_interval: 1s}
receivers:
- name: hook
  webhook_configs: [{url: '%s/hook'}]
"""

ALERTMANAGER = """
route: {receiver: none}
receivers: [{name: none}]
"""


def query(address, path, **parameters):
    """The envelope of a query, which must have succeeded."""
    status, text = harness.request(address, "GET", path + "?" + urllib.parse.urlencode(parameters))
    if status != 200:
        raise AssertionError("GET %s: %d %s" % (path, status, text))
    return json.loads(text)


class RulerEdgesTest(harness.Scenario):
    def start_sources(self, *arguments):
        exporter = self.serve(harness.CpuExporter())
        prometheus = self.start_prometheus(PROMETHEUS % exporter.address, arguments)
        self.wait_until("the first scrape", lambda: query(
            prometheus.address, "/api/v1/query", query="up == 1")["data"]["result"])
        return prometheus

    def test_a_target_that_is_gone_is_told_from_a_condition_that_ends(self):
        prometheus = self.start_sources("--web.enable-lifecycle")
        self.write("alert.rules", "groups: [{name: gone, interval: 1s, rules: ["
                   "{alert: Ends, expr: up == 1}, {alert: Kept, expr: up == 1, on_no_data: keep}, "
                   "{alert: Gone, expr: up == 0, on_no_data: alert}]}]\n")
        tocsin = self.start_tocsin("route: {receiver: none}\nreceivers: [{name: none}]\n"
                                   "datasources: [{url: 'http://%s'}]\nrule_files: [alert.rules]\n" % prometheus.address)

        def states():
            return [tocsin.rule(name)["state"] for name in ("Ends", "Kept", "Gone")]

        self.wait_until("what is there", lambda: states() == ["firing", "firing", "inactive"])
        text = (self.folder / "prometheus.yml").read_text()
        # The job stays: for one that goes Prometheus writes no markers.
        self.write("prometheus.yml", text[:text.index("  static_configs")])
        self.assertEqual(harness.request(prometheus.address, "POST", "/-/reload")[0], 200)
        self.wait_until("the target to be gone", lambda: states() == ["inactive", "firing", "firing"])
        self.assertEqual(tocsin.rule("Gone")["alerts"][0]["labels"],
                         {"alertname": "Gone", "instance": "host-1", "job": "node"})
        self.write("prometheus.yml", text)
        self.assertEqual(harness.request(prometheus.address, "POST", "/-/reload")[0], 200)
        self.wait_until("the target to be back", lambda: states() == ["firing", "firing", "inactive"])

    def test_alerts_go_to_further_alertmanagers_too(self):
        prometheus = self.start_sources()
        alertmanager = self.start_alertmanager(ALERTMANAGER)
        webhook = self.serve(harness.Webhook())
        self.write("alert.rules", RULES + "  - {alert: Dropped, expr: up == 1, labels: {severity: none}}\n")
        self.write("am.json", json.dumps([{"targets": [alertmanager.address]}]))
        tocsin = self.start_tocsin(ROUTE % webhook.url + """
global: {external_labels: {cluster: lab, replica: a}}
datasources: [{url: 'http://%s'}]
rule_files: [alert.rules]
alerting:
  alert_relabel_configs:
  - {action: labeldrop, regex: replica}
  - {source_labels: [severity], regex: none, action: drop}
  alertmanagers:
  - static_configs: [{targets: ['127.0.0.1:1', '127.0.0.1:2']}]
    relabel_configs: [{source_labels: [__address__], regex: '.*:2', action: drop}]
  - file_sd_configs: [{files: [am.json]}]
    alert_relabel_configs: [{target_label: to, replacement: alertmanager}]
""" % prometheus.address)
        alert = self.wait_until("the alert at Alertmanager", alertmanager.alerts)[0]
        labels = {"alertname": "Up", "cluster": "lab", "instance": "host-1", "job": "node", "severity": "page"}
        self.assertEqual(alert["labels"], {**labels, "to": "alertmanager"})
        self.assertEqual(alert["annotations"], {"summary": "host-1 is up"})
        self.assertEqual(alert["status"]["state"], "active")
        local = self.wait_until("the message", lambda: webhook.alerts("firing"))[0]
        self.assertEqual(local["labels"], labels)
        self.assertEqual(alert["startsAt"][:19], local["startsAt"][:19])
        self.assertEqual(alert["generatorURL"], local["generatorURL"])
        self.assertGreaterEqual(
            tocsin.metric("prometheus_notifications_sent_total", alertmanager="http://%s/api/v2/alerts"
                          % alertmanager.address), 1)
        self.assertGreaterEqual(tocsin.metric("prometheus_notifications_errors_total",
                                              alertmanager="http://127.0.0.1:1/api/v2/alerts"), 1)
        self.assertEqual(tocsin.metric("prometheus_notifications_alertmanagers_discovered"), 2)
        self.assertEqual(tocsin.get_json("/api/v1/alertmanagers")["data"], {
            "activeAlertmanagers": [{"url": "http://127.0.0.1:1/api/v2/alerts"},
                                    {"url": "http://%s/api/v2/alerts" % alertmanager.address}],
            "droppedAlertmanagers": [{"url": "http://127.0.0.1:2/api/v2/alerts"}]})

        self.check_explain(tocsin, "http://%s/api/v2/alerts" % alertmanager.address)

    def check_explain(self, tocsin, alertmanager):
        def first_line(question, words):
            def answer():
                status, text = self.run_program(harness.TOCSIN, "explain", question, "--url", tocsin.url)
                return text if status == 0 and words in text else None
            return self.wait_until("%s: %s" % (question, words), answer)

        story = first_line('{alertname="Up",cluster="lab"}', "it is handed to Alertmanager %s, which takes alerts since "
                           % alertmanager)
        self.assertIn("Paged: hook/webhook[0] was told at ", story)
        self.assertIn("Not handed on: Alertmanager http://127.0.0.1:1/api/v2/alerts cannot be told since ", story)
        # One story of what the rule decided and what became of it.
        self.assertIn(" fires by rule Up (", story)
        self.assertIn("Dropped (", first_line("Dropped", "Not paged: it was dropped by alert_relabel_configs[1] at "))

    def test_what_fired_is_told_at_once_after_a_crash(self):
        """Not at the rules' next turn, which is up to an hour away: Alertmanager would have ended it by then."""
        prometheus = self.start_sources()
        config = (ALERTMANAGER + "datasources: [{url: 'http://%s'}]\nrule_files: [alert.rules]\n"
                  "alerting: {alertmanagers: [{static_configs: [{targets: ['@AM@']}]}]}\n" % prometheus.address)
        before, after = self.start_alertmanager(ALERTMANAGER), self.start_alertmanager(ALERTMANAGER)
        self.write("alert.rules", RULES)
        tocsin = self.start_tocsin(config.replace("@AM@", before.address))
        self.wait_until("the alert at the first Alertmanager", before.alerts)
        self.wait_until("the store", lambda: tocsin.metric("tocsin_storage_queue_batches") == 0)
        self.kill(tocsin)
        self.write("alert.rules", RULES.replace("interval: 1s", "interval: 1h"))
        self.start_tocsin(config.replace("@AM@", after.address))
        self.wait_until("the alert at the other one", after.alerts)

    def test_flags_alone_make_a_ruler(self):
        prometheus = self.start_sources()
        alertmanager = self.start_alertmanager(ALERTMANAGER)
        self.write("alert.rules", RULES)
        tocsin = self.start_tocsin(None, [
            "--datasource.url=http://" + prometheus.address, "--rules.file=*.rules",
            "--notifier.url=http://" + alertmanager.address, "--evaluation-interval=1s", "--rules.resend-delay=1s"])
        alert = self.wait_until("the alert", alertmanager.alerts)[0]
        self.assertEqual(alert["labels"]["alertname"], "Up")
        self.assertEqual(tocsin.rule("Up")["state"], "firing")
        self.assertEqual(len(tocsin.get_json("/api/v1/alerts")["data"]["alerts"]), 1)
        self.assertEqual(tocsin.metric("tocsin_alerts_stored"), 0)
        status, text = tocsin.post_alerts([{"labels": {"alertname": "Foreign"}}])
        self.assertEqual(status, 404, text)
        self.assertEqual(tocsin.reload()[0], 200)
        self.wait_until("the alert to be sent again", lambda: tocsin.metric(
            "prometheus_notifications_sent_total") >= 3)

    def test_grafana_finds_rules_and_series_at_one_place(self):
        prometheus = self.start_sources()
        webhook = self.serve(harness.Webhook())
        self.write("alert.rules", RULES)
        tocsin = self.start_tocsin(ROUTE % webhook.url + """
datasources:
- {name: default, url: 'http://%s'}
- {name: away, url: 'http://127.0.0.1:1'}
rule_files: [alert.rules]
""" % prometheus.address)
        self.assertEqual(query(tocsin.address, "/api/v1/status/buildinfo")["data"]["application"], "tocsin")
        self.wait_until("the rule", lambda: tocsin.rule("Up")["state"] == "firing")
        for path, parameters in (
                ("/api/v1/query", {"query": "up == 1", "time": "0"}),
                ("/api/v1/query_range", {"query": "vector(1)", "start": 0, "end": 60, "step": 15}),
                ("/api/v1/query_exemplars", {"query": "up", "start": 0, "end": 60}),
                ("/api/v1/format_query", {"query": "sum(up)by(job)"}),
                ("/api/v1/labels", {}),
                ("/api/v1/label/job/values", {"match[]": "up"}),
                ("/api/v1/series", {"match[]": "up"}),
                ("/api/v1/metadata", {"metric": "cpu_seconds_total"})):
            self.assertEqual(query(tocsin.address, path, **parameters),
                             query(prometheus.address, path, **parameters), path)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        status, text = harness.request(tocsin.address, "POST", "/api/v1/query", "query=up%20%3D%3D%201", form)
        self.assertEqual((status, json.loads(text)["data"]["result"][0]["metric"]["instance"]), (200, "host-1"), text)
        status, text = harness.request(tocsin.address, "POST", "/api/v1/query", "query=up(", form)
        self.assertEqual((status, json.loads(text)["errorType"]), (400, "bad_data"))
        status, text = tocsin.get("/api/v1/labels?datasource=away")
        self.assertEqual((status, json.loads(text)["status"]), (502, "error"))


if __name__ == "__main__":
    unittest.main()
