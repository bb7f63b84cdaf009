"""Started over the folder of a real Alertmanager: nothing has to be created again, no page is repeated."""

import json
import unittest

import harness

CONFIG = """
route: {receiver: team, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}
receivers:
- {name: team, webhook_configs: [{url: "@URL@/"}]}
"""
ALERTS = [{"labels": {"alertname": "Down", "instance": "a"}}, {"labels": {"alertname": "quiet", "instance": "a"}}]


class ImportTest(harness.Scenario):
    def check(self, program, disk=None):
        """`program`: the Alertmanager whose folder it is. A `disk` takes no writes at first."""
        webhook = self.serve(harness.Webhook())
        config = CONFIG.replace("@URL@", webhook.url)
        self.write("alertmanager.yml", config)
        address = "127.0.0.1:%d" % harness.free_port()
        before = harness.Process(
            "alertmanager", [*harness.alertmanager_command(program), "--config.file=alertmanager.yml",
                             "--storage.path=tocsin-data", "--cluster.listen-address=",
                             "--web.listen-address=" + address], self.folder)
        self.processes.append(before)
        self.wait_until("Alertmanager to be ready", lambda: harness.answers(address, "/-/ready"))
        status, silence = self.run_program(
            harness.peer("amtool"), "--no-version-check", "--alertmanager.url=http://" + address,
            "silence", "add", "--author=me", "--comment=c", "--duration=2d", 'alertname="quiet"', 'instance=~"a|b"')
        self.assertEqual(status, 0, silence)
        self.assertEqual(harness.request(address, "POST", "/api/v2/alerts", json.dumps(ALERTS),
                                         {"Content-Type": "application/json"})[0], 200)
        self.wait_until("its page", lambda: webhook.bodies)
        # It has yet to hear the answer and to write that down. With the group's next flush it has.
        self.wait_until("its next flush", lambda: self.log_queries(address) >= 2)
        before.stop()
        self.processes.remove(before)

        if disk:
            disk.set("full")
        tocsin = self.start_tocsin(config, environment=disk.environment if disk else None)
        self.assertEqual(self.silences(tocsin), silence.strip())
        self.assertIn("took over 1 silences and 1 log entries of an Alertmanager", tocsin.log())
        tocsin.post_alerts(ALERTS)
        new = {"labels": {"alertname": "New", "instance": "a"}}
        tocsin.post_alerts([new])
        self.wait_until("a new page", lambda: len(webhook.bodies) > 1)
        # Its group was flushed as often as that of the new one.
        self.assertEqual([alert["labels"]["alertname"] for alert in webhook.alerts("firing")], ["Down", "New"])
        self.assertTrue((self.folder / "tocsin-data/silences").exists(), "the files stay")
        if not disk:
            return
        self.assertEqual(tocsin.metric("tocsin_storage_health"), 0)
        self.assertRegex(tocsin.log(), "level=ERROR .*component=storage")
        disk.set("good")
        self.wait_until("all of it to be stored", lambda: tocsin.metric("tocsin_storage_health") == 2)
        for name in ("silences", "nflog"):
            (self.folder / "tocsin-data" / name).unlink()
        self.kill(tocsin)
        tocsin = self.start_tocsin(config)
        self.assertEqual(self.silences(tocsin), silence.strip())
        tocsin.post_alerts([{"labels": {"alertname": "Newer"}}])
        self.wait_until("a newer page", lambda: len(webhook.bodies) > 2)
        self.assertEqual([alert["labels"]["alertname"] for alert in webhook.alerts("firing")],
                         ["Down", "New", "Newer"], "nothing is told twice")

    def log_queries(self, address):
        """How often an Alertmanager has looked something up in its notification log."""
        name = "alertmanager_nflog_queries_total "
        lines = harness.request(address, "GET", "/metrics")[1].splitlines()
        return sum(float(line[len(name):]) for line in lines if line.startswith(name))

    def silences(self, tocsin):
        """Their ids."""
        status, shown = self.run_program(harness.peer("amtool"), "--no-version-check",
                                         "--alertmanager.url=" + tocsin.url, "silence", "query", "-q")
        self.assertEqual(status, 0, shown)
        return shown.strip()

    def test_onto_a_full_disk(self):
        self.check(harness.peer("prometheus-alertmanager"), harness.FaultyDisk(self))

    def test_debian_12(self):
        self.check(harness.peer("prometheus-alertmanager"))

    def test_newest(self):
        program = harness.NEW_PEERS / "prometheus-alertmanager"
        if not program.exists():
            self.skipTest("%s is missing" % program)
        self.check(program)


if __name__ == "__main__":
    unittest.main()
