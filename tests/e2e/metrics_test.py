"""Our metrics under Alertmanager's names: there from the start, true, and good to Prometheus and its tools."""

import re
import subprocess
import unittest

import harness

CONFIG = """
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  routes:
  - {receiver: night, matchers: ['alertname="Muted"'], mute_time_intervals: [always]}
receivers:
- name: hook
  webhook_configs: [{url: '@URL@'}]
- name: night
  webhook_configs: [{url: '@URL@'}]
- name: unused
  webhook_configs: [{url: '@URL@'}]
inhibit_rules:
- {source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"']}
time_intervals: [{name: always, time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]}]
"""
# What Alertmanager's dashboards and alerts need, before anything has happened.
FROM_THE_START = (
    'alertmanager_alerts{state="active"} 0',
    'alertmanager_alerts{state="suppressed"} 0',
    'alertmanager_alerts{state="unprocessed"} 0',
    'alertmanager_alerts_received_total{status="firing",version="v2"} 0',
    'alertmanager_alerts_received_total{status="resolved",version="v2"} 0',
    'alertmanager_alerts_invalid_total{version="v2"} 0',
    'alertmanager_notifications_total{integration="pagerduty"} 0',
    'alertmanager_notifications_failed_total{integration="mattermost",reason="rateLimited"} 0',
    'alertmanager_notification_latency_seconds_bucket{integration="slack",le="+Inf"} 0',
    'alertmanager_notification_latency_seconds_count{integration="email"} 0',
    "alertmanager_config_last_reload_successful 1",
    "alertmanager_cluster_enabled 1",
    "alertmanager_cluster_members 1",
    "alertmanager_cluster_failed_peers 0",
    'alertmanager_silences{state="active"} 0',
    'alertmanager_notifications_suppressed_total{reason="silence"} 0',
    "alertmanager_receivers 2",
    "alertmanager_integrations 2",
    "alertmanager_inhibition_rules 1",
    "tocsin_storage_health 2",
    "tocsin_history_health 1",
    "tocsin_history_dropped_total 0",
)


def alert(name, **labels):
    return {"labels": dict(labels, alertname=name)}


class MetricsTest(harness.Scenario):
    def start(self, *arguments):
        self.webhook = self.serve(harness.Webhook())
        return self.start_tocsin(CONFIG.replace("@URL@", self.webhook.url), arguments)

    def test_series_are_there_from_the_start(self):
        text = self.start().get("/metrics")[1]
        lines = set(text.splitlines())
        for line in FROM_THE_START:
            self.assertIn(line, lines)
        for name in ("alertmanager_config_hash", "process_start_time_seconds", "alertmanager_build_info{"):
            self.assertTrue(any(line.startswith(name) for line in lines), name)

    def test_promtool_finds_nothing_to_say(self):
        text = self.start("--enable-feature=group-key-in-metrics,receiver-name-in-metrics").get("/metrics")[1]
        done = subprocess.run([harness.peer("promtool"), "check", "metrics"], input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_states_of_alerts_and_silences(self):
        tocsin = self.start()
        silence = {"matchers": [{"name": "alertname", "value": "Silenced", "isRegex": False}],
                   "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z",
                   "createdBy": "me", "comment": "known"}
        status, text = harness.request(tocsin.address, "POST", "/api/v2/silences", harness.json.dumps(silence),
                                       {"Content-Type": "application/json"})
        self.assertEqual(status, 200, text)
        status, text = tocsin.post_alerts([
            alert("Fires", severity="critical"), alert("Inhibited", severity="warning"), alert("Silenced"),
            alert("Muted")])
        self.assertEqual(status, 200, text)
        # A time interval mutes the group: its alerts are active.
        self.wait_until("the flushes", lambda: tocsin.metric("alertmanager_alerts", state="unprocessed") == 0)
        self.assertEqual(tocsin.metric("alertmanager_alerts", state="suppressed"), 2)
        self.assertEqual(tocsin.metric("alertmanager_alerts", state="active"), 2)
        self.assertEqual(tocsin.metric("alertmanager_silences", state="active"), 1)
        for reason in ("inhibition", "silence", "mute_time_interval"):
            self.assertGreaterEqual(
                tocsin.metric("alertmanager_notifications_suppressed_total", reason=reason), 1, reason)
        self.assertEqual(
            tocsin.metric("alertmanager_notifications_suppressed_total", reason="active_time_interval"), 0)
        self.assertEqual(tocsin.metric("alertmanager_http_request_duration_seconds_count",
                                       handler="/api/v2/alerts", method="post", code="200"), 1)
        self.assertEqual(tocsin.metric("alertmanager_dispatcher_alert_processing_duration_seconds_count"), 4)

    def test_features_add_labels(self):
        tocsin = self.start("--enable-feature=receiver-name-in-metrics,group-key-in-metrics,alert-names-in-metrics",
                            "--alerts.per-alertname-limit=1")
        tocsin.post_alerts([alert("Many", n="1"), alert("Many", n="2")])
        self.wait_until("the page", lambda: tocsin.metric(
            "alertmanager_notifications_total", integration="webhook", receiver_name="hook") == 1)
        self.assertEqual(tocsin.metric("alertmanager_notifications_total", receiver_name="night"), 0)
        self.assertIsNone(tocsin.metric("alertmanager_notifications_total", integration="slack"))
        self.assertEqual(tocsin.metric("alertmanager_alerts_limited_total", alertname="Many"), 1)
        self.assertEqual(tocsin.metric("alertmanager_alerts_per_alert_limit"), 1)
        self.assertEqual(tocsin.metric("alertmanager_alerts", state="active",
                                       group_key=r'{}:{alertname=\"Many\"}'), 1)

    def test_prometheus_scrapes_them(self):
        tocsin = self.start()
        prometheus = self.start_prometheus(
            "scrape_configs:\n- job_name: alertmanager\n  scrape_interval: 1s\n"
            "  static_configs: [{targets: ['%s']}]\n" % tocsin.address)
        # As the mixin has it: failures over all, per integration.
        query = ("rate(alertmanager_notifications_failed_total[5m]) / ignoring(reason) group_left "
                 "rate(alertmanager_notifications_total[5m])")
        path = "/api/v1/query?query=" + harness.urllib.parse.quote(query)

        def series():
            status, text = harness.request(prometheus.address, "GET", path)
            return len(harness.json.loads(text)["data"]["result"]) if status == 200 else 0

        self.wait_until("two scrapes", lambda: series() >= 18 * 7)


RULES = """
groups:
- name: g
  interval: 1s
  rules:
  - {alert: Fires, expr: vector(1)}
  - {alert: Waits, expr: vector(1), for: 10m}
  - {record: one, expr: vector(1)}
"""
RULER = """
rule_files: [g.rules]
alerting: {alertmanagers: [{static_configs: [{targets: ['%s']}]}]}
remote_write: [{url: 'http://%s/api/v1/write'}]
"""
OF_RULES = re.compile("prometheus_(rule|notifications|remote_storage)_")
# Of its storage in memory.
NOT_OURS = {"prometheus_remote_storage_string_interner_zero_reference_releases_total"}
# Newer versions than 3.5 count these for each Alertmanager, and so do we.
FOR_EACH_ALERTMANAGER = {"prometheus_notifications_dropped_total", "prometheus_notifications_queue_length"}


def families(text):
    """{family of rules: (type, {names of labels, with quantiles and bounds, of its samples})}"""
    found = {}
    family = None
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            family, kind = line.split()[2:]
            if OF_RULES.match(family):
                found[family] = (kind, set())
        elif line and not line.startswith("#") and family in found:
            name, labels = re.match(r"([^{ ]*)(?:{(.*)})? ", line).groups()
            shape = re.sub(r'\b((?!le\b|quantile\b)\w+)="(?:[^"\\]|\\.)*"', r"\1", labels or "")
            found[family][1].add(name[len(family):] + "{" + shape + "}")
    return found


class RuleMetricsTest(harness.Scenario):
    @unittest.skipUnless((harness.NEW_PEERS / "prometheus").exists(), "the newest Prometheus is not there")
    def test_rules_have_the_series_that_prometheus_has(self):
        self.write("g.rules", RULES)
        taker = self.start_alertmanager("route: {receiver: none}\nreceivers: [{name: none}]\n")
        prometheus = self.start_prometheus(
            RULER % (taker.address, "@SELF@"),
            ("--web.enable-remote-write-receiver", "--rules.alert.resend-delay=1s"), harness.NEW_PEERS / "prometheus")
        tocsin = self.start_tocsin(
            "route: {receiver: none}\nreceivers: [{name: none}]\ndatasources: [{url: 'http://%s'}]\n"
            % prometheus.address + RULER % (taker.address, prometheus.address))

        def texts():
            both = [harness.request(server.address, "GET", "/metrics")[1] for server in (prometheus, tocsin)]
            sent = re.compile(r"^prometheus_notifications_sent_total{.*} [1-9]", re.MULTILINE)
            written = re.compile(r"^prometheus_remote_storage_sent_batch_duration_seconds_count{.*} [1-9]", re.MULTILINE)
            return both if all(sent.search(text) and written.search(text) for text in both) else None

        theirs, ours = map(families, self.wait_until("alerts and samples to be sent", texts))
        for family, (kind, shapes) in theirs.items():
            if family in NOT_OURS:
                continue
            self.assertIn(family, ours)
            if family in FOR_EACH_ALERTMANAGER:
                shapes = {"{alertmanager}"}
            self.assertEqual(ours[family], (kind, shapes), family)
        self.assertGreater(len(theirs), 40)


if __name__ == "__main__":
    unittest.main()
