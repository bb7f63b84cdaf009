"""Native histograms as values of rules: alerts show what the newest Prometheus shows of the same rule and sample."""

import json
import time
import unittest
import urllib.parse

import harness

PROMETHEUS = """
global: {scrape_interval: 1s, evaluation_interval: 1s}
scrape_configs: [{job_name: self, static_configs: [{targets: ['@SELF@'], labels: {instance: own}}]}]
rule_files: [alert.rules]
"""

SERIES = 'prometheus_http_request_duration_seconds{handler="/metrics"}'

RULES = r"""
groups:
- name: histograms
  interval: 1s
  rules:
  - alert: Slow
    expr: 'SERIES @ TIME'
    annotations:
      value: '{{ $value }} {{ .Value }} {{ $value | printf "%s %v" $value }}'
      parts: '{{ $value.Count }} {{ $value.Sum }}'
      error: '{{ $value | humanize }}'
      compared: '{{ if gt $value 1.0 }}yes{{ end }}'
      query: '{{ range query "SERIES_QUOTED @ TIME" }}{{ .Value }} {{ . | value }}{{ end }}'
  - record: both
    expr: '{__name__=~"up|prometheus_http_request_duration_seconds", handler=~"|/metrics"} @ TIME'
"""

CONFIG = """
datasources: [{url: 'http://%s'}]
remote_write: [{url: 'http://%s/api/v1/write', queue_config: {batch_send_deadline: 100ms}}]
rule_files: [tocsin.rules]
route: {receiver: none}
receivers: [{name: none}]
"""


class NativeHistogramTest(harness.Scenario):
    def setUp(self):
        super().setUp()
        self.program = harness.NEW_PEERS / "prometheus"
        if not self.program.exists():
            self.skipTest("%s is missing" % self.program)

    def query(self, expr):
        path = "/api/v1/query?query=" + urllib.parse.quote(expr)
        return json.loads(harness.request(self.prometheus.address, "GET", path)[1])["data"]["result"]

    def shown(self, address):
        alerts = json.loads(harness.request(address, "GET", "/api/v1/alerts")[1])["data"]["alerts"]
        return [(alert["labels"], alert["annotations"], alert["value"], alert["state"]) for alert in alerts]

    def test_values_are_shown_as_prometheus_shows_them(self):
        self.write("alert.rules", "")
        self.prometheus = self.start_prometheus(
            PROMETHEUS, ["--enable-feature=native-histograms", "--web.enable-remote-write-receiver", "--web.enable-lifecycle"],
            self.program)
        self.wait_until("a histogram", lambda: any("buckets" in one["histogram"][1] for one in self.query(SERIES)))
        # A whole second behind that sample, whose past does not change any more.
        at = int(time.time()) + 1
        self.wait_until("the next second", lambda: time.time() > at + 1)
        rules = (RULES.replace("SERIES_QUOTED", SERIES.replace('"', '\\"')).replace("SERIES", SERIES)
                 .replace("TIME", str(at)))
        self.write("tocsin.rules", rules)
        self.write("alert.rules", rules.replace("record: both", "record: theirs"))
        self.assertEqual(harness.request(self.prometheus.address, "POST", "/-/reload")[0], 200)
        tocsin = self.start_tocsin(CONFIG % (self.prometheus.address, self.prometheus.address))
        theirs = self.wait_until("Prometheus's alert", lambda: self.shown(self.prometheus.address))
        ours = self.wait_until("our alert", lambda: self.shown(tocsin.address))
        self.assertEqual(ours, theirs)
        self.assertIn("{count:", ours[0][1]["value"])

        # The histogram itself cannot be written; what is beside it is.
        self.wait_until("the float", lambda: self.query("both"))
        self.assertEqual([one["metric"]["instance"] for one in self.query("both")], ["own"])
        self.assertNotIn("histogram", self.query("both")[0])
        rule = tocsin.rule("both")
        self.assertEqual((rule["health"], rule["lastError"]),
                         ("err", "native histograms cannot be recorded, 1 of 2 series are"))


if __name__ == "__main__":
    unittest.main()
