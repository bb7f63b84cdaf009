"""What outlives the process: alerts, groups with their timers, and what was announced."""

import datetime
import unittest

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


if __name__ == "__main__":
    unittest.main()
