"""What outlives the process: alerts, groups with their timers, and what was announced."""

import datetime
import json
import shutil
import signal
import time
import unittest
import urllib.parse

import harness

CONFIG = """
route: {receiver: team, group_by: [alertname], group_wait: 1s, group_interval: 2s, repeat_interval: 1h}
receivers:
- {name: team, webhook_configs: [{url: "@URL@/"}]}
"""


def alert(name, lasts):
    now = datetime.datetime.now(datetime.timezone.utc)
    return {"labels": {"alertname": name}, "annotations": {"summary": "the " + name},
            "endsAt": (now + datetime.timedelta(seconds=lasts)).isoformat()}


class RestartTest(harness.Scenario):
    def setUp(self):
        super().setUp()
        self.webhook = self.serve(harness.Webhook())
        self.start()

    def start(self):
        self.tocsin = self.start_tocsin(CONFIG.replace("@URL@", self.webhook.url))

    def post(self, *alerts):
        self.assertEqual(self.tocsin.post_alerts(alerts)[0], 200)

    def names(self, status):
        return sorted(told["labels"]["alertname"] for told in self.webhook.alerts(status))

    def stored(self):
        """All that was handed to the store is on the disk."""
        return self.tocsin.metric("tocsin_storage_queue_batches") == 0

    def told(self, *names):
        self.wait_until("pages", lambda: self.names("firing") == sorted(names))
        self.wait_until("the store", self.stored)

    def test_an_end_is_announced_after_a_crash(self):
        self.post(alert("says so", 600), alert("lapses", 5))
        self.told("says so", "lapses")
        self.kill(self.tocsin)
        self.start()
        shown = self.tocsin.get_json("/api/v2/alerts?filter=alertname%3D%22says+so%22")
        self.assertEqual(shown[0]["annotations"], {"summary": "the says so"})
        self.post(alert("says so", 0))
        self.wait_until("both ends", lambda: self.names("resolved") == ["lapses", "says so"])
        self.assertEqual(self.names("firing"), ["lapses", "says so"], "nothing is told twice")

    def test_an_alert_that_ended_while_nobody_listened_is_announced(self):
        self.post(alert("lapses", 3))
        self.told("lapses")
        self.kill(self.tocsin)
        self.start()
        self.kill(self.tocsin)
        self.start()
        self.wait_until("its end", lambda: self.names("resolved") == ["lapses"])

    def test_a_process_that_stood_still_announces_no_end_that_nobody_said(self):
        self.post(alert("says so", 8), alert("lapses", 8))
        self.told("says so", "lapses")
        self.tocsin.popen.send_signal(signal.SIGSTOP)
        try:
            time.sleep(11)  # Both ends are past, and it is long enough to be noticed.
        finally:
            self.tocsin.popen.send_signal(signal.SIGCONT)
        self.wait_until("it to notice", lambda: "The process stood still" in self.tocsin.log())
        self.post(alert("says so", 600))
        self.wait_until("the end of what is not repeated", lambda: self.names("resolved"))
        self.post(alert("says so", 0))
        self.wait_until("the other end", lambda: self.names("resolved") == ["lapses", "says so"])
        self.assertEqual(self.names("firing"), ["lapses", "says so"], "nothing is told twice")

    def test_a_page_that_was_not_answered_is_sent_again(self):
        self.webhook.status = 500
        self.post(alert("pages", 600))
        self.wait_until("an attempt", lambda: self.webhook.attempts > 0)
        self.wait_until("the store", self.stored)
        self.kill(self.tocsin)
        self.webhook.status = 200
        self.start()
        self.told("pages")


    def test_a_page_that_is_being_sent_is_not_sent_again_after_a_stop(self):
        self.webhook.may_answer.clear()
        self.post(alert("pages", 600))
        self.wait_until("an attempt", lambda: self.webhook.attempts)
        self.tocsin.popen.terminate()
        self.wait_until("the signal", lambda: "Received a signal to stop" in self.tocsin.log())
        self.webhook.may_answer.set()
        self.processes.remove(self.tocsin)
        self.assertEqual(self.tocsin.popen.wait(), 0)
        self.start()
        self.post(alert("pages", 0))
        self.wait_until("the end", lambda: self.names("resolved") == ["pages"])
        self.assertEqual(self.names("firing"), ["pages"])


class RuleRestartTest(harness.Scenario):
    def test_for_goes_on_after_a_crash(self):
        """Killed in the middle of `for`, beside the real Prometheus: it fires when it would have."""
        webhook = self.serve(harness.Webhook())
        prometheus = self.start_prometheus(
            "global: {scrape_interval: 1s}\nscrape_configs: [{job_name: self, static_configs: [{targets: ['@SELF@']}]}]\n")
        self.write("up.rules", "groups: [{name: up, interval: 1s, rules: [{alert: Up, expr: up == 1, for: 12s}]}]\n")
        config = (CONFIG.replace("@URL@", webhook.url) + "datasources: [{name: default, url: 'http://%s'}]\n"
                  "rule_files: [up.rules]\n" % prometheus.address)
        tocsin = self.start_tocsin(config)

        def alerts(state):
            return [one for one in tocsin.rule("Up")["alerts"] if one["state"] == state]

        since = self.wait_until("it to be pending", lambda: alerts("pending"))[0]["activeAt"]
        self.wait_until("the store", lambda: tocsin.metric("tocsin_storage_queue_batches") == 0)
        self.kill(tocsin)
        tocsin = self.start_tocsin(config)
        self.assertEqual([one["activeAt"] for one in tocsin.rule("Up")["alerts"]], [since])
        self.wait_until("the page", lambda: webhook.bodies)
        told = datetime.datetime.fromisoformat(webhook.bodies[0]["alerts"][0]["startsAt"].replace("Z", "+00:00"))
        began = datetime.datetime.fromisoformat(since[:19] + "+00:00")
        late = (told - began).total_seconds() - 12
        self.assertTrue(0 <= late < 2.5, late)


class ForStateTest(harness.Scenario):
    """Our own folder is lost: what was written to the real Prometheus is all there is of `for`."""

    def setUp(self):
        super().setUp()
        self.webhook = self.serve(harness.Webhook())
        self.prometheus = self.start_prometheus(
            "global: {scrape_interval: 1s}\nscrape_configs: [{job_name: self, static_configs: [{targets: ['@SELF@']}]}]\n",
            ["--web.enable-remote-write-receiver"])
        self.write("up.rules", "groups: [{name: up, interval: 1s, rules: ["
                   "{alert: Up, expr: up == 1, for: 15s, labels: {team: 'a\"b'}}]}]\n")
        self.tocsin = self.start()
        self.wait_until("it to be pending", lambda: self.alerts("pending"))

    def start(self):
        return self.start_tocsin(
            CONFIG.replace("@URL@", self.webhook.url) +
            "global: {external_labels: {region: eu}}\n"
            "datasources: [{name: default, url: 'http://%s'}]\n"
            "remote_write: [{url: 'http://%s/api/v1/write', queue_config: {batch_send_deadline: 100ms}}]\n"
            "rule_files: [up.rules]\n" % (self.prometheus.address, self.prometheus.address),
            ["--rules.alert.for-grace-period=2s"])

    def alerts(self, state):
        return [one for one in self.tocsin.rule("Up")["alerts"] if one["state"] == state]

    def written(self):
        """Time and value of the samples of ALERTS_FOR_STATE that the store has."""
        answer = harness.request(self.prometheus.address, "GET", "/api/v1/query?query=" +
                                 urllib.parse.quote('ALERTS_FOR_STATE{alertname="Up",region="eu"}[10m]'))
        result = json.loads(answer[1])["data"]["result"]
        return [(at, float(value)) for at, value in result[0]["values"]] if result else []

    def lose(self):
        self.kill(self.tocsin)
        shutil.rmtree(self.folder / "tocsin-data")
        time.sleep(2)
        self.began = time.time()
        self.tocsin = self.start()

    def restored(self):
        return self.wait_until("the restore", lambda: "Restored `for` from ALERTS_FOR_STATE" in self.tocsin.log())

    def test_for_goes_on(self):
        self.wait_until("a few samples", lambda: len(self.written()) > 3)
        self.lose()
        down_at, active_at = self.written()[-1]
        self.restored()
        seen = time.time()
        since = instant(self.alerts("pending")[0]["activeAt"])
        # The time that nobody evaluated does not count.
        away = since - active_at
        self.assertTrue(self.began - int(down_at) <= away <= seen - int(down_at), (away, self.began, seen, down_at))
        self.wait_until("the page", lambda: self.webhook.bodies)
        late = instant(self.webhook.bodies[0]["alerts"][0]["startsAt"]) - since - 15
        self.assertTrue(0 <= late < 1.01, late)
        self.assertGreaterEqual(self.tocsin.metric("prometheus_rule_group_last_restore_duration_seconds"), 0)
        # Nobody overwrote what was there before it was read.
        self.assertEqual([value for at, value in self.written() if value not in (active_at, int(since))], [])

    def test_what_fired_fires_again_at_once(self):
        self.wait_until("the page", lambda: self.webhook.bodies, seconds=40)
        self.wait_until("its series", lambda: len(self.written()) > 17)
        self.lose()
        self.restored()
        fires = self.wait_until("it to fire", lambda: self.alerts("firing"))
        self.assertLess(instant(fires[0]["activeAt"]), self.began - 15)
        self.assertLess(time.time() - self.began, 10)


def instant(text):
    """Unix time of an API's timestamp."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + (fraction or "0"))


if __name__ == "__main__":
    unittest.main()
