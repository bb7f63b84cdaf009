"""The cases of the public compliance suite for alert generators, with seconds for its minutes: a store with what the
suite writes, a receiver in the place of Alertmanager, and what arrives there, in the API and in ALERTS, to the tick.

A tick is a second since the first sample. All samples lie on whole seconds and are in the store before their time
comes, so that the evaluation of each tick sees the same ones however busy the machine is.
"""

import datetime
import itertools
import json
import math
import struct
import time
import unittest
import urllib.parse

import harness

TICKS = 42
LOOKBACK = 5  # Seconds that the store looks back for a sample.

RULES = r"""
groups:
- name: PendingAndFiringAndResolved
  interval: 1s
  labels: {rulegroup: PendingAndFiringAndResolved}
  rules:
  - alert: SimpleAlert
    expr: generated{alertname="SimpleAlert"} > 10
    for: 6s
    labels: {foo: bar, description_length: '{{ len "four" }}'}
    annotations: {description: 'The value is {{ $value }}', summary: constant}
- name: PendingAndResolved
  interval: 1s
  labels: {rulegroup: PendingAndResolved}
  rules:
  - alert: NeverFires
    expr: generated{alertname="NeverFires"} > 10
    for: 3s
  - alert: AlwaysInactive
    expr: generated{alertname="NeverFires"} > 99
- name: ZeroForAndSmallFor
  interval: 1s
  labels: {rulegroup: ZeroForAndSmallFor}
  rules:
  - alert: ZeroFor
    expr: generated{alertname="Zero"} > 10
    annotations:
      numbers: >-
        {{ humanize 1048576.0 }} {{ humanize1024 1048576.0 }} {{ humanizeDuration 135.0 }}
        {{ humanizePercentage 0.959 }} {{ humanizeTimestamp 1643114203.0 }}
      queries: >-
        {{ define "words" }}Args are: {{ .arg0 }} {{ .arg1 }} {{ .arg2 }}.{{ end -}}
        {{ template "words" (args "foo" "bar" 99) }}
        first_id:{{ query "helper" | sortByLabel "id" | first | label "id" }},
        {{- range query "helper" | sortByLabel "id" }}{{ .Labels.id }}:{{ .Value }},{{ end }}
      strings: >-
        {{ title "this part" }} {{ toUpper "is testing" }} {{ toLower "THE STRINGS" }}. {{ stripPort "[::1]:80" }}
        {{ stripDomain "127.0.0.1" }}. {{ if match "[0-9]+" "7815" }}7815{{ end }}.
        {{ reReplaceAll "(re)x" "${1}placed text" "rex" }}. {{ strvalue (query "helper" | first) }}.
  - alert: SmallFor
    expr: generated{alertname="Zero"} > 13
    for: 500ms
- name: NewAlerts_OrderCheck
  interval: 1s
  labels: {rulegroup: NewAlerts_OrderCheck}
  rules:
  - alert: OrderRule1
    expr: generated{alertname="Order"} > 10
    for: 3s
    labels: {foo: bar}
  - alert: OrderRule2
    expr: count by (alertname, alertstate, foo) (ALERTS{alertname="OrderRule1", alertstate="firing"}) == 2
    annotations:
      description: 'Old alertname was {{ $labels.alertname }}. foo was {{ $labels.foo }}.'
"""

# What each series is, from a tick on; None: nothing any more.
INPUT = (
    ({"alertname": "SimpleAlert"}, {0: 5, 4: 11, 8: 15, 20: 19, 24: 9, 28: 15, 36: 8}),
    ({"alertname": "NeverFires"}, {0: 5, 4: 11, 7: 9, 9: None}),
    ({"alertname": "Zero"}, {0: 5, 4: 11, 8: 15, 12: 9, 25: 11, 28: None}),
    ({"alertname": "Order", "variant": "one"}, {0: 5, 4: 11, 22: 9}),
    ({"alertname": "Order", "variant": "two"}, {0: 5, 12: 11, 19: 9}),
    ({"__name__": "helper", "id": "102"}, {0: 2}),
    ({"__name__": "helper", "id": "103"}, {0: 3}),
    ({"__name__": "helper", "id": "101"}, {0: 1}),
)
# When what the last sample of Zero said is over.
ZERO_ENDS = 27 + LOOKBACK

# The ticks in which each alert is pending and firing: [from, to).
STATES = {
    ("SimpleAlert", ""): {"pending": [(4, 10), (28, 34)], "firing": [(10, 24), (34, 36)]},
    ("NeverFires", ""): {"pending": [(4, 7)], "firing": []},
    ("ZeroFor", ""): {"pending": [], "firing": [(4, 12), (25, ZERO_ENDS)]},
    ("SmallFor", ""): {"pending": [(8, 9)], "firing": [(9, 12)]},
    ("OrderRule1", "one"): {"pending": [(4, 7)], "firing": [(7, 22)]},
    ("OrderRule1", "two"): {"pending": [(12, 15)], "firing": [(15, 19)]},
    # In the evaluation in which the second one of the rule before it fires.
    ("OrderRule2", ""): {"pending": [], "firing": [(15, 19)]},
}

# A firing alert is sent in every third evaluation: later than two seconds after the last time.
RESEND = 3
# Four rounds; the longest of interval, resend delay and the query's timeout is the latter here.
VALID = 4 * 30


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def write_request(series):
    """A body of remote write 1.0 of (labels, [(milliseconds, value)])."""
    request = b""
    for labels, samples in series:
        body = b"".join(field(1, field(1, name.encode()) + field(2, value.encode()))
                        for name, value in sorted(labels.items()))
        body += b"".join(field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(ms)) for ms, value in samples)
        request += field(1, body)
    # Snappy, with literals of at most 60 bytes alone.
    literals = (request[at:at + 60] for at in range(0, len(request), 60))
    return varint(len(request)) + b"".join(bytes([len(part) - 1 << 2]) + part for part in literals)


def sends(ticks):
    """How often an alert is sent within that many ticks."""
    return -(-ticks // RESEND)


def runs(ticks):
    """[from, to) of ticks that follow each other."""
    found = []
    for tick in ticks:
        if found and found[-1][1] == tick:
            found[-1] = (found[-1][0], tick + 1)
        else:
            found.append((tick, tick + 1))
    return found


class ComplianceTest(harness.Scenario):
    def setUp(self):
        super().setUp()
        self.receiver = self.serve(harness.Webhook())
        self.write("alert.rules", RULES)
        self.prometheus = self.start_prometheus(
            "{}", ["--web.enable-remote-write-receiver", "--query.lookback-delta=%ds" % LOOKBACK])
        store = "http://" + self.prometheus.address
        self.tocsin = self.start_tocsin(None, [
            "--datasource.url=" + store, "--remote-write.url=" + store + "/api/v1/write", "--rules.file=alert.rules",
            "--notifier.url=" + self.receiver.url, "--rules.resend-delay=2s"])

    def tick(self, text):
        """The tick of an instant as JSON has it."""
        whole, _, fraction = text.rstrip("Z").partition(".")
        parsed = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
        return math.floor(parsed.timestamp() + float("0." + (fraction or "0"))) - self.begin

    def write_input(self):
        self.begin = math.ceil(time.time()) + 3
        series = []
        for labels, steps in INPUT:
            samples, value = [], None
            for tick in range(TICKS):
                value = steps.get(tick, value)
                if value is not None and steps.get(tick, 0) is not None:
                    samples.append(((self.begin + tick) * 1000, value))
            series.append(({"__name__": "generated", **labels}, samples))
        status, text = harness.request(
            self.prometheus.address, "POST", "/api/v1/write", write_request(series),
            {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
             "X-Prometheus-Remote-Write-Version": "0.1.0"})
        self.assertEqual(status // 100, 2, text)

    def watch(self):
        """What the API shows until the last tick is over: states of each rule, one after the other, and all alerts."""
        states, alerts = {}, []
        while time.time() < self.begin + TICKS:
            for group in self.tocsin.get_json("/api/v1/rules")["data"]["groups"]:
                for rule in group["rules"]:
                    seen = states.setdefault(rule["name"], [])
                    if seen[-1:] != [rule["state"]]:
                        seen.append(rule["state"])
                    self.assertNotIn("lastError", rule)
                    alerts += rule["alerts"]
            alerts += self.tocsin.get_json("/api/v1/alerts")["data"]["alerts"]
            time.sleep(0.1)
        self.messages = list(self.receiver.bodies)
        self.watched = math.floor(time.time()) - self.begin
        return states, alerts

    def test_alerts_are_as_the_suite_wants_them(self):
        self.write_input()
        states, alerts = self.watch()
        self.assertEqual(self.tocsin.metric("prometheus_rule_group_iterations_missed_total"), 0)
        with self.subTest("ALERTS"):
            self.check_series()
        with self.subTest("API"):
            self.check_api(states, alerts)
        with self.subTest("messages"):
            self.check_messages()

    def check_series(self):
        path = "/api/v1/query?time=%d&query=%s" % (
            self.begin + TICKS, urllib.parse.quote('ALERTS[%ds]' % (TICKS + 5)))
        result = json.loads(harness.request(self.prometheus.address, "GET", path)[1])["data"]["result"]
        found = {key: {"pending": [], "firing": []} for key in STATES}
        for series in result:
            labels = series["metric"]
            key = labels["alertname"], labels.get("variant", "")
            found[key][labels["alertstate"]] = runs(math.floor(at) - self.begin for at, _ in series["values"])
        self.assertEqual(found, STATES)

    def check_api(self, states, alerts):
        self.assertEqual({name: [state for state in seen if state != "unknown"] for name, seen in states.items()}, {
            "SimpleAlert": ["inactive", "pending", "firing", "inactive", "pending", "firing", "inactive"],
            "NeverFires": ["inactive", "pending", "inactive"],
            "AlwaysInactive": ["inactive"],
            "ZeroFor": ["inactive", "firing", "inactive", "firing", "inactive"],
            "SmallFor": ["inactive", "pending", "firing", "inactive"],
            "OrderRule1": ["inactive", "pending", "firing", "inactive"],
            "OrderRule2": ["inactive", "firing", "inactive"]})
        active = {}
        for alert in alerts:
            key = alert["labels"]["alertname"], alert["labels"].get("variant", "")
            active.setdefault(key, set()).add(self.tick(alert["activeAt"]))
        self.assertEqual(active, {
            ("SimpleAlert", ""): {4, 28}, ("NeverFires", ""): {4}, ("ZeroFor", ""): {4, 25}, ("SmallFor", ""): {8},
            ("OrderRule1", "one"): {4}, ("OrderRule1", "two"): {12}, ("OrderRule2", ""): {15}})
        values = [float(alert["value"]) for alert in alerts if alert["labels"]["alertname"] == "SimpleAlert"]
        self.assertEqual(set(values), {11, 15, 19})

    def check_messages(self):
        sent = {}
        for alert in itertools.chain(*self.messages):
            key = alert["labels"]["alertname"], alert["labels"].get("variant", "")
            sent.setdefault(key, []).append(alert)
        fire = {key: of["firing"] for key, of in STATES.items() if of["firing"]}
        self.assertEqual(sent.keys(), fire.keys())
        for key, periods in fire.items():
            # When they fired, and when they were sent while they did, or else when they ended.
            got = [(self.tick(alert["startsAt"]), self.tick(alert["endsAt"])) for alert in sent[key]]
            firing = [(start, ends - VALID) for start, ends in got if ends > TICKS]
            self.assertEqual(firing, [(start, at) for start, end in periods for at in range(start, end, RESEND)], key)
            ended = [pair for pair in got if pair[1] <= TICKS]
            for start, end in periods:
                # Told at once, and again until it is pending or fires once more; or else to the end of the test,
                # when what was sent last may still have been on its way.
                again = [at for of in ("pending", "firing") for at, _ in STATES[key][of] if at > end]
                least, most = (min(again), min(again)) if again else (TICKS - 1, self.watched + 1)
                self.assertIn(ended.count((start, end)), range(sends(most - end) + 1)[sends(least - end):], (key, end))
            self.assertEqual(set(ended), set(periods), key)
        self.check_texts(sent)

    def check_texts(self, sent):
        simple = sent["SimpleAlert", ""]
        self.assertEqual(simple[0]["labels"], {
            "alertname": "SimpleAlert", "rulegroup": "PendingAndFiringAndResolved", "foo": "bar",
            "description_length": "4"})
        self.assertEqual(urllib.parse.urlsplit(simple[0]["generatorURL"]).scheme, "http")
        # The new text comes with the first message after it, in the tick 22.
        texts = [alert["annotations"]["description"] for alert in simple if self.tick(alert["startsAt"]) == 10]
        self.assertEqual(texts[:5], ["The value is 15"] * 4 + ["The value is 19"])
        zero = sent["ZeroFor", ""][0]["annotations"]
        self.assertEqual(zero["numbers"], "1.049M 1Mi 2m 15s 95.9% 2022-01-25 12:36:43 +0000 UTC")
        self.assertEqual(zero["queries"], "Args are: foo bar 99. first_id:101,101:1,102:2,103:3,")
        self.assertEqual(zero["strings"], "This Part IS TESTING the strings. ::1 127.0.0.1. 7815. replaced text. .")
        order = sent["OrderRule2", ""][0]
        self.assertEqual(order["labels"], {
            "alertname": "OrderRule2", "alertstate": "firing", "foo": "bar", "rulegroup": "NewAlerts_OrderCheck"})
        self.assertEqual(order["annotations"], {"description": "Old alertname was OrderRule1. foo was bar."})


if __name__ == "__main__":
    unittest.main()
