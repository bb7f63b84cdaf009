"""Silences, by the field's own amtool: the packaged one, and the newest if it is there."""

import json
import re
import unittest

import harness

CONFIG = """
route: {receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
- name: hook
  webhook_configs: [{url: '@URL@'}]
"""
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


class SilencesTest(harness.Scenario):
    def setUp(self):
        super().setUp()
        self.webhook = self.serve(harness.Webhook())
        self.tocsin = self.start_tocsin(CONFIG.replace("@URL@", self.webhook.url))
        self.path = harness.peer("amtool")

    def run_amtool(self, *arguments):
        return self.run_program(self.path, "--alertmanager.url=http://" + self.tocsin.address,
                                "--no-version-check", *arguments)

    def amtool(self, *arguments):
        status, output = self.run_amtool(*arguments)
        self.assertEqual(status, 0, output)
        return output

    def add(self, *arguments):
        silence = self.amtool("silence", "add", "--author=me", "--comment=c", *arguments).strip()
        self.assertRegex(silence, UUID)
        return silence

    def silence(self, identity):
        return self.tocsin.get_json("/api/v2/silence/" + identity)

    def fired(self):
        """The labels of the alerts that the webhook heard of as firing."""
        return [alert["labels"] for alert in self.webhook.alerts("firing")]

    def in_effect(self):
        return [silence["id"] for silence in self.tocsin.get_json("/api/v2/silences?expired=false")]

    def with_each_amtool(self, check):
        for path in harness.amtools():
            with self.subTest(amtool=str(path)):
                self.path = path
                for silence in self.in_effect():
                    harness.request(self.tocsin.address, "DELETE", "/api/v2/silence/" + silence)
                check()

    def test_add_and_query(self):
        self.with_each_amtool(self.check_add_and_query)

    def check_add_and_query(self):
        first = self.add("alertname=test1", "severity=warn")
        second = self.add("test2", "--duration=2h")
        third = self.add("alertname=~te.t3", "env!=prod", "--duration=3h")
        output = self.amtool("silence")
        self.assertRegex(output, r"ID\s+Matchers\s+Ends At\s+Created By\s+Comment")
        self.assertRegex(output, first + r'\s+alertname="test1" severity="warn"\s+.*\sme\s+c')
        # In the order of their ends.
        self.assertLess(output.index(first), output.index(second))
        self.assertLess(output.index(second), output.index(third))
        for arguments, expected in (
                (["test1"], {first}), (["alertname=test2"], {second}), (["alertname=~te.t3"], {third}),
                (["alertname=test3"], set()), (["env!=prod"], {third}), (["--within=90m"], {first}),
                (["--created-by=me"], {first, second, third}), (["--created-by=you"], set())):
            output = self.amtool("silence", "query", "--quiet", *arguments)
            self.assertEqual(set(output.split()), expected, arguments)
        shown = self.silence(third)
        self.assertEqual(shown["status"], {"state": "active"})
        self.assertEqual(shown["matchers"], [
            {"isEqual": True, "isRegex": True, "name": "alertname", "value": "te.t3"},
            {"isEqual": False, "isRegex": False, "name": "env", "value": "prod"}])

    def test_refusals(self):
        self.with_each_amtool(self.check_refusals)

    def check_refusals(self):
        for arguments, words in (
                (["x=~.*"], "at least one matcher must not match the empty string"),
                (["x=y", "--start=2020-01-01T00:00:00Z", "--end=2020-01-02T00:00:00Z"],
                 "end time can't be in the past")):
            status, output = self.run_amtool("silence", "add", "--author=me", "--comment=c", *arguments)
            self.assertEqual(status, 1, output)
            self.assertIn(words, output)
        for identity, words in (("abc", "422"), ("001d9e6b-d283-4121-84b4-a66a52ea7add", "404")):
            for command in ("expire", "update"):
                status, output = self.run_amtool("silence", command, identity)
                self.assertEqual(status, 1, output)
                if command == "expire":
                    self.assertIn(words, output)

    def test_update(self):
        self.with_each_amtool(self.check_update)

    def check_update(self):
        silence = self.add("alertname=test1")
        before = self.silence(silence)
        # amtool counts the duration from the start, and sends the start as it was shown: rounded. What it
        # prints with --quiet is an address in its memory.
        self.amtool("silence", "update", "--duration=2h", "--comment=longer", silence)
        self.assertEqual(self.in_effect(), [silence])
        after = self.silence(silence)
        self.assertEqual(after["comment"], "longer")
        self.assertGreater(after["endsAt"], before["endsAt"])
        self.assertEqual(after["matchers"], before["matchers"])
        # Of one that has ended, only another can be made.
        self.amtool("silence", "expire", silence)
        self.amtool("silence", "update", "--duration=3h", silence)
        self.assertEqual(len(self.in_effect()), 1)
        self.assertNotIn(silence, self.in_effect())

    def test_expire(self):
        self.with_each_amtool(self.check_expire)

    def check_expire(self):
        silences = [self.add("alertname=test1"), self.add("alertname=test2")]
        self.amtool("silence", "expire", *silences)
        self.assertEqual(self.amtool("silence", "query", "--quiet").split(), [])
        expired = self.amtool("silence", "query", "--quiet", "--expired", "--within=1h").split()
        self.assertLessEqual(set(silences), set(expired))
        for silence in silences:
            self.assertEqual(self.silence(silence)["status"], {"state": "expired"})
        self.amtool("silence", "expire", silences[0])

    def test_import(self):
        self.with_each_amtool(self.check_import)

    def check_import(self):
        silences = [self.add("alertname=test1"), self.add("alertname=test2")]
        exported = self.amtool("--output=json", "silence", "query")
        self.write("silences.json", exported)
        self.amtool("silence", "expire", *silences)
        # Those that have ended come back under other ids.
        self.amtool("silence", "import", "silences.json")
        imported = self.amtool("silence", "query", "--quiet").split()
        self.assertEqual(len(imported), 2)
        self.assertFalse(set(imported) & set(silences))
        # Ids that nobody knows are dropped.
        lost = json.loads(exported)
        for silence in lost:
            silence["id"] = "001d9e6b-d283-4121-84b4-a66a52ea7add"
        self.write("lost.json", json.dumps(lost))
        self.amtool("silence", "import", "lost.json")
        self.assertEqual(len(self.amtool("silence", "query", "--quiet").split()), 4)

        good = {"matchers": [{"name": "a", "value": "b", "isRegex": False}], "createdBy": "me", "comment": "c",
                "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2100-01-01T00:00:00Z"}
        bad = dict(good, endsAt="0001-01-01T00:00:00.000Z")
        self.write("five.json", json.dumps([good, bad, good, bad, good]))
        status, output = self.run_amtool("silence", "import", "five.json")
        self.assertEqual(status, 1, output)
        self.assertIn("start time must be before end time", output)
        self.assertEqual(output.count("Error adding silence"), 2, output)
        # Debian 12's does not wait until the last error is counted.
        self.assertRegex(output, "couldn't import [12] out of 5 silences")
        self.assertEqual(len(self.in_effect()), 7)

    def test_silences_and_lets_go(self):
        self.path = harness.amtools()[-1]
        silence = self.add("alertname=quiet")
        self.assertEqual(self.tocsin.post_alerts(
            [{"labels": {"alertname": name, "severity": "warn"}} for name in ("quiet", "loud")])[0], 200)
        self.wait_until("the alert that nobody silences",
                        lambda: {"alertname": "loud", "severity": "warn"} in self.fired())
        by_name = {alert["labels"]["alertname"]: alert for alert in self.tocsin.get_json("/api/v2/alerts")}
        self.assertEqual(by_name["quiet"]["status"]["state"], "suppressed")
        self.assertEqual(by_name["quiet"]["status"]["silencedBy"], [silence])
        self.assertEqual(by_name["loud"]["status"]["state"], "active")
        self.assertIn("quiet", self.amtool("alert", "query", "--silenced"))
        self.assertNotIn("quiet", self.amtool("alert", "query"))
        # The other group's flushes are seen, and its intervals are the silenced group's, too.
        for instance in ("2", "3"):
            labels = {"alertname": "loud", "instance": instance}
            self.assertEqual(self.tocsin.post_alerts([{"labels": labels}])[0], 200)
            self.wait_until("the next flush", lambda labels=labels: labels in self.fired())
        self.assertEqual([labels for labels in self.fired() if labels["alertname"] == "quiet"], [])
        self.amtool("silence", "expire", silence)
        self.wait_until("the alert that is silenced no more",
                        lambda: {"alertname": "quiet", "severity": "warn"} in self.fired())

    def test_log(self):
        self.path = harness.amtools()[-1]
        self.amtool("silence", "expire", self.add("alertname=unlogged"))
        self.assertNotIn("component=silences", self.tocsin.log())
        self.processes.remove(self.tocsin)
        self.assertEqual(self.tocsin.stop(), 0)
        self.tocsin = self.start_tocsin(CONFIG.replace("@URL@", self.webhook.url), ["--log.silences"])
        silence = self.add("alertname=quiet", "env!~dev.*")
        self.amtool("silence", "update", "--comment=two words", silence)
        self.amtool("silence", "expire", silence)
        lines = [line for line in self.tocsin.log().splitlines() if "component=silences" in line]
        for line, action, comment in zip(lines, ("create", "update", "expire"), ("c", '"two words"', '"two words"'),
                                         strict=True):
            self.assertRegex(line, r'level=INFO msg="%s silence" component=silences Id=%s CreatedBy=me Comment=%s '
                             r'StartsAt=\S+Z EndsAt=\S+Z Matchers="alertname=quiet,env!~dev\.\*"' %
                             (action, silence, comment))

    def test_survives_a_crash(self):
        silence = self.add("alertname=quiet", "--duration=2d")
        gone = self.add("alertname=gone")
        self.amtool("silence", "expire", gone)
        shown = [self.silence(identity) for identity in (silence, gone)]
        self.kill(self.tocsin)
        self.tocsin = self.start_tocsin(CONFIG.replace("@URL@", self.webhook.url))
        self.assertEqual([self.silence(identity) for identity in (silence, gone)], shown)


if __name__ == "__main__":
    unittest.main()
