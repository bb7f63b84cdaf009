"""The process is killed again and again, at random moments and at the failpoints, and each time what it had acknowledged is
held against what is there afterwards, and what the receiver was told against what it should have been told once.

TOCSIN_CRASH_KILLS (40) is how often, TOCSIN_CRASH_SEED replays a run (but for the moments, which are the machine's).
TOCSIN_FAILPOINTS says that the binary has them."""

import datetime
import http.client
import json
import os
import random
import signal
import sqlite3
import threading
import time
import unittest

import harness

KILLS = int(os.environ.get("TOCSIN_CRASH_KILLS", "40"))
FAILPOINTS = ("before_send", "after_send", "before_commit", "after_commit", "in_reload")
# What a process knows at its start, or is sent then, it tells by then.
TOLD_AGAIN_S = 5.0
HOLD_S = 4

CONFIG = """
route: {receiver: team, group_by: [alertname, i], group_wait: 100ms, group_interval: 1s, repeat_interval: 1h}
receivers:
- {name: team, webhook_configs: [{url: "@WEBHOOK@/@PROCESS@"}]}
datasources: [{url: "@PROMETHEUS@"}]
rule_files: [held.rules]
"""
RULES = "groups: [{name: held, interval: 1s, rules: [{alert: Held, expr: held, for: %ds}]}]\n" % HOLD_S


def in_seconds(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


class Arrivals(harness.Webhook):
    """Notes when each alert was told, and by which process."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()
        self.told = {}  # (name, status) -> [(process, moment)]

    def on_body(self, body, path):
        now = time.monotonic()
        with self.lock:
            for alert in body["alerts"]:
                labels = alert["labels"]
                key = (labels["alertname"] + labels.get("i", ""), alert["status"])
                self.told.setdefault(key, []).append((int(path[1:]), now))


class Source:
    """Sends its alerts again and again, as Prometheus does: those that fire, and those that have ended."""

    def __init__(self, rng):
        self.rng = rng
        self.starts_at = in_seconds(0)
        self.ends = {}  # name -> endsAt, or None while it fires
        self.number = 0

    def change(self, settled):
        if self.rng.random() < 0.7:
            self.number += 1
            self.ends["A%d" % self.number] = None
        firing = [name for name, end in self.ends.items() if end is None and settled(name)]
        if firing and self.rng.random() < 0.4:
            self.ends[self.rng.choice(firing)] = in_seconds(0)

    def end_all(self):
        for name, end in self.ends.items():
            self.ends[name] = end or in_seconds(0)

    def alerts(self):
        return [{"labels": {"alertname": name}, "startsAt": self.starts_at, "endsAt": end or in_seconds(60)}
                for name, end in self.ends.items()]


class CrashTest(harness.Scenario):
    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("TOCSIN_CRASH_SEED", random.randrange(1 << 32)))
        print("TOCSIN_CRASH_SEED=%d" % seed, flush=True)
        self.rng = random.Random(seed)
        self.webhook = self.serve(Arrivals())
        self.prometheus = self.serve(harness.ScriptedPrometheus())
        self.held = []
        self.prometheus.reply = lambda _expr: harness.ScriptedPrometheus.vector(
            *(({"__name__": "held", "i": i}, 1) for i in self.held))(_expr)
        self.config = CONFIG.replace("@WEBHOOK@", self.webhook.url).replace("@PROMETHEUS@", self.prometheus.url)
        self.write("held.rules", RULES)
        self.source = Source(self.rng)
        self.silences = {}  # id -> state that was acknowledged; None: either
        self.rule_alerts = {}  # i -> (activeAt, state, since when it is known)
        self.kills = 0
        self.written = []  # For each process: what had happened by then is on the disk.

    # The process

    def launch(self, failpoint=None):
        """A process that may be killed by its failpoint at any time, also before it is ready."""
        os.environ.pop("TOCSIN_FAILPOINT", None)
        if failpoint:
            os.environ["TOCSIN_FAILPOINT"] = failpoint
        self.tocsin = harness.Tocsin(self, self.config.replace("@PROCESS@", str(self.kills)))
        os.environ.pop("TOCSIN_FAILPOINT", None)
        deadline = time.monotonic() + harness.PATIENCE
        while self.tocsin.running() and not self.tocsin.ready():
            self.assertLess(time.monotonic(), deadline, "it does not become ready")
            time.sleep(0.02)
        self.launched = time.monotonic()
        self.written.append(0.0)
        return self.tocsin.running()

    def died(self):
        self.assertEqual(self.tocsin.popen.wait(), -signal.SIGKILL, self.tocsin.log()[-4000:])
        self.kills += 1

    def survives(self, exchange):
        """False when the process is gone."""
        try:
            exchange()
        except (OSError, http.client.HTTPException):
            return False
        return True

    # The load

    def step(self):
        self.note_what_is_written()
        self.source.change(self.settled)
        status, text = self.tocsin.post_alerts(self.source.alerts())
        self.assertEqual(status, 200, text)
        self.change_silences()
        self.look_at_rules()
        if self.rng.random() < 0.3:
            self.assertEqual(self.tocsin.reload()[0], 200)
        if len(self.held) < 3 * (self.kills + 1):
            self.held.append(str(len(self.held)))

    def note_what_is_written(self):
        """Nothing is being sent, and nothing waits for the disk: the metrics look at the first before the second."""
        now = time.monotonic()
        lines = self.tocsin.get("/metrics")[1].splitlines()
        if "tocsin_deliveries_in_flight 0" in lines and "tocsin_storage_queue_batches 0" in lines:
            self.written[self.kills] = now

    def change_silences(self):
        if self.rng.random() < 0.7:
            status, text = self.call("POST", "/api/v2/silences", {
                "matchers": [{"name": "alertname", "value": "none", "isRegex": False}], "startsAt": in_seconds(0),
                "endsAt": in_seconds(3600), "createdBy": "crash", "comment": "test"})
            self.assertEqual(status, 200, text)
            self.silences[json.loads(text)["silenceID"]] = "active"
        active = [one for one, state in self.silences.items() if state == "active"]
        if active and self.rng.random() < 0.5:
            chosen = self.rng.choice(active)
            self.silences[chosen] = None
            status, text = self.call("DELETE", "/api/v2/silence/" + chosen)
            self.assertEqual(status, 200, text)
            self.silences[chosen] = "expired"

    def call(self, method, path, body=None):
        return harness.request(self.tocsin.address, method, path, json.dumps(body) if body else None,
                               {"Content-Type": "application/json"})

    def look_at_rules(self):
        now = time.monotonic()
        for alert in self.tocsin.rule("Held")["alerts"]:
            known = self.rule_alerts.get(alert["labels"]["i"])
            if known is None or known[:2] != (alert["activeAt"], alert["state"]):
                self.rule_alerts[alert["labels"]["i"]] = (alert["activeAt"], alert["state"], now)

    def settled(self, name, status="firing"):
        """It was told, and if a kill came right after, the process has had the time to tell it again."""
        with self.webhook.lock:
            told = list(self.webhook.told.get((name, status), ()))
        return any(moment <= self.written[process] for process, moment in told) or (
            told and time.monotonic() - self.launched > TOLD_AGAIN_S)

    # What must hold

    def check_after_restart(self):
        # An alert that came right before the kill is known again when its source repeats it.
        self.assertEqual(self.tocsin.post_alerts(self.source.alerts())[0], 200)
        if not self.kills:
            return
        shown = {one["id"]: one["status"]["state"] for one in self.tocsin.get_json("/api/v2/silences")}
        for silence, state in self.silences.items():
            self.assertIn(silence, shown, "an acknowledged silence is gone")
            if state is not None:
                self.assertEqual(shown[silence], state, silence)
        alerts = {one["labels"]["i"]: one for one in self.tocsin.rule("Held")["alerts"]}
        for i, (active_at, state, since) in self.rule_alerts.items():
            if since > max(self.written[:-1]):
                continue
            self.assertIn(i, alerts, "the clock of `for` is lost")
            self.assertEqual(alerts[i]["activeAt"], active_at)
            if state == "firing":
                self.assertEqual(alerts[i]["state"], "firing", "it fell back")
        self.rule_alerts = {i: known for i, known in self.rule_alerts.items() if i in alerts}

    def check_told_once(self):
        with self.webhook.lock:
            told = dict(self.webhook.told)
        for key, times in told.items():
            for (first, moment), (second, _) in zip(times, times[1:]):
                self.assertNotEqual(first, second, "%s was told twice by one process" % (key,))
                self.assertGreater(moment, self.written[first], "%s was told again" % (key,))

    def rounds(self):
        """A failpoint for each round, or None: a random moment."""
        rounds = [None] * KILLS
        if os.environ.get("TOCSIN_FAILPOINTS"):
            for i in range(0, KILLS, 3):
                rounds[i] = "%s:%d" % (FAILPOINTS[i // 3 % len(FAILPOINTS)], self.rng.randint(1, 6))
        return rounds

    def test_nothing_is_lost(self):
        for failpoint in self.rounds():
            if self.launch(failpoint) and self.survives(self.check_after_restart):
                if not failpoint:
                    threading.Timer(self.rng.uniform(0.05, 1.5), self.tocsin.popen.kill).start()
                deadline = time.monotonic() + harness.PATIENCE
                while self.survives(self.step):
                    self.assertLess(time.monotonic(), deadline, "%s is never reached" % failpoint)
            self.died()
        self.assertTrue(self.launch())
        self.check_after_restart()
        self.processes.append(self.tocsin)
        self.finish()
        self.check_told_once()
        self.assertGreater(sum(moment > 0 for moment in self.written), KILLS / 3, "most processes were not looked at")

    def finish(self):
        """Everything fires, and ends, and both are told."""
        def await_told(names, status):
            deadline = time.monotonic() + harness.PATIENCE
            missing = names
            while missing:
                if time.monotonic() > deadline:
                    self.fail("never told as %s: %s\n%s" % (status, missing, self.explain(missing[0])))
                self.assertEqual(self.tocsin.post_alerts(self.source.alerts())[0], 200)
                time.sleep(0.1)
                self.note_what_is_written()
                missing = [name for name in missing if not self.settled(name, status)]

        names = [name for name, end in self.source.ends.items() if end is None]
        await_told(names + ["Held" + i for i in self.held], "firing")
        announced = [name for name, status in self.webhook.told if status == "firing"]
        self.source.end_all()
        self.held = []
        await_told(announced, "resolved")


    def explain(self, name):
        name, _, i = name.partition("Held")
        question = '{alertname="Held",i="%s"}' % i if i else '{alertname="%s"}' % name
        return self.run_program(harness.TOCSIN, "explain", question, "--url", self.tocsin.url)[1]


class MigrationTest(harness.Scenario):
    def test_a_migration_that_is_cut_off_is_made_again(self):
        if not os.environ.get("TOCSIN_FAILPOINTS"):
            self.skipTest("the binary has no failpoints")
        config = "route: {receiver: team}\nreceivers: [{name: team}]\n"
        tocsin = self.start_tocsin(config)
        status, text = harness.request(tocsin.address, "POST", "/api/v2/silences", json.dumps({
            "matchers": [{"name": "a", "value": "b", "isRegex": False}], "startsAt": in_seconds(0),
            "endsAt": in_seconds(3600), "createdBy": "me", "comment": "test"}), {"Content-Type": "application/json"})
        self.assertEqual(status, 200, text)
        self.processes.remove(tocsin)
        self.assertEqual(tocsin.stop(), 0)
        # As the first version left it.
        with sqlite3.connect(self.folder / "tocsin-data" / "tocsin.db") as db:
            for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN "
                                       "('silence', 'log_entry')").fetchall():
                db.execute("DROP TABLE " + table)
            db.execute("PRAGMA user_version = 1")
        for nth in ("1", "2", "1"):
            os.environ["TOCSIN_FAILPOINT"] = "in_migration:" + nth
            cut_off = harness.Tocsin(self, config)
            del os.environ["TOCSIN_FAILPOINT"]
            self.assertEqual(cut_off.popen.wait(), -signal.SIGKILL, cut_off.log())
        tocsin = self.start_tocsin(config)
        self.assertEqual([one["id"] for one in tocsin.get_json("/api/v2/silences")], [json.loads(text)["silenceID"]])


if __name__ == "__main__":
    unittest.main()
