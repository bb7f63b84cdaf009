"""Why somebody was, or was not, paged: what `tocsin explain` and `tocsin history` say."""

import datetime
import json
import os
import time
import unittest
import urllib.parse

import harness

CONFIG = """
route:
  receiver: team
  group_by: [alertname]
  group_wait: 100ms
  group_interval: 1s
  repeat_interval: 1h
  routes:
  - matchers: [kind=muted]
    mute_time_intervals: [always]
receivers:
- {name: team, webhook_configs: [{url: "@URL@/hook/secret-token"}]}
inhibit_rules:
- {source_matchers: [alertname=Outage], target_matchers: [kind=inhibited], name: outage}
time_intervals:
- {name: always, time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]}
"""


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class ExplainTest(harness.Scenario):
    def setUp(self):
        super().setUp()
        self.webhook = self.serve(harness.Webhook())
        self.tocsin = self.start()

    def start(self):
        return self.start_tocsin(CONFIG.replace("@URL@", self.webhook.url))

    def run_tocsin(self, *arguments):
        return self.run_program(harness.TOCSIN, *arguments)

    def explain(self, *arguments):
        status, output = self.run_tocsin("explain", *arguments)
        self.assertEqual(status, 0, output)
        return output

    def ask(self, *arguments):
        return self.explain(*arguments, "--url", self.tocsin.url)

    def told(self, name, words, *arguments):
        """Waits until the first line of the explanation says so."""
        question = '{alertname="%s"}' % name
        return self.wait_until(
            "%s: %s" % (name, words),
            lambda: next((text for text in [self.explain(question, *(arguments or ("--url", self.tocsin.url)))]
                          if words in text.splitlines()[0]), None))

    def post(self, *alerts):
        self.assertEqual(self.tocsin.post_alerts(
            [{"labels": labels, "endsAt": (now() + datetime.timedelta(hours=1)).isoformat()} for labels in alerts]
        )[0], 200)

    def silence(self, **labels):
        status, text = harness.request(self.tocsin.address, "POST", "/api/v2/silences", json.dumps({
            "matchers": [{"name": name, "value": value, "isRegex": False} for name, value in labels.items()],
            "startsAt": now().isoformat(), "endsAt": (now() + datetime.timedelta(hours=1)).isoformat(),
            "createdBy": "ann", "comment": "disk swap"}), {"Content-Type": "application/json"})
        self.assertEqual(status, 200, text)
        return json.loads(text)["silenceID"]

    def test_why_and_why_not(self):
        silence = self.silence(alertname="Silenced")
        before = now()
        time.sleep(0.01)
        self.post({"alertname": "Outage"}, {"alertname": "Silenced"}, {"alertname": "Inhibited", "kind": "inhibited"},
                  {"alertname": "Muted", "kind": "muted"}, {"alertname": "Paged", "instance": "a"},
                  {"alertname": "Paged", "instance": "b"})
        self.wait_until("a page", lambda: self.webhook.alerts("firing"))
        conclusions = {
            "Silenced": 'Not paged: silenced by %s of ann ("disk swap") until ' % silence,
            "Inhibited": 'Not paged: inhibited by {alertname="Outage"} (rule "outage")',
            "Muted": "Not paged: muted by its route's mute_time_intervals always",
            "Outage": "Paged: team/webhook[0] was told at ",
        }
        stories = {name: self.told(name, words) for name, words in conclusions.items()}
        self.assertIn("status 200", stories["Outage"].splitlines()[0])
        self.assertIn('yes  {kind="muted"} -> receiver "team"', stories["Muted"])
        self.assertIn('no   {kind="muted"}: not kind="muted" (there is none)', stories["Silenced"])
        self.assertIn('joined group {}:{alertname="Silenced"} of receiver "team"', stories["Silenced"])
        for story in stories.values():
            self.assertNotIn("secret-token", story)

        self.told("Paged", "2 alerts match")
        self.assertIn("Paged: team/webhook[0] was told", self.ask('{alertname="Paged",instance="a"}'))
        self.assertIn("no such alert is on record", self.ask("Nothing"))
        self.assertIn("no such alert is on record", self.ask("Outage", "--at", before.isoformat()))
        document = json.loads(self.ask("Outage", "--output=json"))["data"]["alerts"][0]
        self.assertEqual(document["labels"], {"alertname": "Outage"})
        self.assertEqual(document["conclusions"][0]["state"], "paged")
        self.assertIn("notification_logged", [event["kind"] for event in document["events"]])

        # All the same after a crash, of a server that is not there, and of one that is there again.
        time.sleep(1.5)
        self.kill(self.tocsin)
        for name, words in conclusions.items():
            self.told(name, words, "--storage.path=tocsin-data")
        self.tocsin = self.start()
        for name, words in conclusions.items():
            self.told(name, words)

    def test_what_the_history_has_not(self):
        silence = self.silence(alertname="Silenced")
        self.post({"alertname": "Old"}, {"alertname": "Silenced"})
        self.told("Old", "Paged: ")
        # A history that begins later than the alerts, as one does that has reached its age or size.
        self.kill(self.tocsin)
        folder = os.path.join(self.folder, "tocsin-data")
        for name in os.listdir(folder):
            if name.startswith("history.db"):
                os.remove(os.path.join(folder, name))
        self.tocsin = self.start()
        self.told("Old", "it is there, but what was decided about it is not on record")
        self.assertIn('goes to receiver "team"', self.ask("Old"))
        self.assertIn('silenced by %s of ann ("disk swap") until ' % silence, self.ask("Silenced"))
        document = json.loads(self.ask("Silenced", "--output=json"))["data"]
        self.assertEqual([(live["labels"], live["receivers"], live["silencedBy"]) for live in document["live"]],
                         [({"alertname": "Silenced"}, ["team"], [silence])])
        self.assertEqual(json.loads(self.ask("Old", "--at=2026-01-01T00:00:00Z", "--output=json"))["data"]["live"], [])

    def test_a_receiver_that_fails(self):
        self.webhook.status = 500
        self.post({"alertname": "Fails"})
        story = self.told("Fails", "Being paged: team/webhook[0] is being told since ")
        self.wait_until("an attempt", lambda: "status 500" in self.ask("Fails"))
        self.assertIn("tried again at", self.ask("Fails"), story)

    def test_history(self):
        self.post({"alertname": "One"}, {"alertname": "Two"})
        self.told("One", "Paged")
        self.told("Two", "Paged")
        status, output = self.run_tocsin("history", "--url", self.tocsin.url)
        self.assertEqual(status, 0, output)
        self.assertEqual(output.count("team/webhook[0] was told (first notification)"), 2, output)
        status, output = self.run_tocsin("history", "{alertname=\"One\"}", "--kind=alerts", "--url", self.tocsin.url)
        self.assertIn('{alertname="One"} received, starts at ', output)
        self.assertNotIn("Two", output)
        page = self.tocsin.get_json("/api/tocsin/v1/history?limit=1&receiver=team")["data"]
        self.assertEqual(page["events"][0]["kind"], "notification_logged")
        second = self.tocsin.get_json("/api/tocsin/v1/history?limit=1&cursor=" + page["nextCursor"])["data"]
        self.assertLess(second["events"][0]["number"], page["events"][0]["number"])
        self.assertEqual(self.tocsin.get_json("/api/tocsin/v1/history?receiver=other")["data"]["events"], [])

    def test_wrong_questions(self):
        for query, words in (
                ("explain", "matchers: say which alert"), ("explain?matchers=" + urllib.parse.quote('{a="b'), "matchers: "),
                ("explain?matchers=X&at=yesterday", "at: not a time"), ("history?kind=x", "kind: notifications, alerts or all"),
                ("history?limit=0", "limit: a number from 1 to 10000"), ("history?cursor=-1", "cursor: "),
                ("explain?matchers=X&output=xml", "output: json or text")):
            status, text = self.tocsin.get("/api/tocsin/v1/" + query)
            self.assertEqual(status, 400, text)
            self.assertIn(words, json.loads(text)["error"])
        status, output = self.run_tocsin("explain", "X", "--at=yesterday", "--url", self.tocsin.url)
        self.assertEqual(status, 1)
        self.assertIn("not a time", output)
        status, output = self.run_tocsin("explain", "X", "--storage.path=nowhere")
        self.assertEqual(status, 1)
        self.assertIn("nowhere/history.db: the history cannot be read", output)
        self.assertEqual(self.run_tocsin("explain")[0], 2)


if __name__ == "__main__":
    unittest.main()
