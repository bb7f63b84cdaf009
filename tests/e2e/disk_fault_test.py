"""The disk is full, gone or broken: pages go out, it is said, and nothing is acknowledged that a crash would lose."""

import datetime
import json
import pathlib
import resource
import unittest

import harness

CONFIG = """
route: {receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
- {name: team, webhook_configs: [{url: "@URL@/"}]}
"""
# What is left for the largest file, the write-ahead log: some silences. The log of the program is far smaller.
ROOM = 512 * 1024


class DiskFaultTest(harness.Scenario):
    def setUp(self):
        super().setUp()
        self.webhook = self.serve(harness.Webhook())
        self.data = self.folder / "tocsin-data"
        self.acknowledged = set()

    def start(self, disk=None):
        self.tocsin = self.start_tocsin(CONFIG.replace("@URL@", self.webhook.url),
                                        environment=disk.environment if disk else None)

    def limit_files(self, size):
        """No file of the server grows beyond that: what a full disk is to it."""
        resource.prlimit(self.tocsin.popen.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def silence(self, name):
        """(status, text); what is acknowledged is noted."""
        now = datetime.datetime.now(datetime.timezone.utc)
        status, text = harness.request(
            self.tocsin.address, "POST", "/api/v2/silences",
            json.dumps({"matchers": [{"name": "alertname", "value": name, "isRegex": False}], "createdBy": "me",
                        "comment": "c" * 4000, "startsAt": now.isoformat(),
                        "endsAt": (now + datetime.timedelta(hours=1)).isoformat()}),
            {"Content-Type": "application/json"})
        if status == 200:
            self.acknowledged.add(json.loads(text)["silenceID"])
        return status, text

    def shown(self):
        return {silence["id"] for silence in self.tocsin.get_json("/api/v2/silences")}

    def page(self, name):
        """The alert fires, and somebody hears of it."""
        self.assertEqual(self.tocsin.post_alerts([{"labels": {"alertname": name}}])[0], 200)
        self.wait_until("the page of " + name, lambda: name in self.pages())

    def pages(self):
        return [alert["labels"]["alertname"] for alert in self.webhook.alerts("firing")]

    def wait_for_health(self, health):
        self.wait_until("the store to be " + health,
                        lambda: self.tocsin.metric("tocsin_storage_health") ==
                        {"good": 2, "behind": 1, "failed": 0}[health])

    def fill_disk(self):
        """The answer to the first silence that cannot be stored."""
        self.limit_files(max(path.stat().st_size for path in self.data.iterdir()) + ROOM)
        for number in range(200):
            status, text = self.silence("s%d" % number)
            if status != 200:
                return status, text
        self.fail("the disk is never full")

    def check_fault(self, mode, said):
        """The whole server over a disk that fails, and is mended. `said`: what people are told of it."""
        disk = harness.FaultyDisk(self)
        self.start(disk)
        self.assertEqual(self.silence("x before")[0], 200)
        self.page("before")
        disk.set(mode)
        self.page("while it fails")
        status, text = self.silence("x while it fails")
        self.assertEqual(status, 503, text)
        self.assertRegex(text, "the silence cannot be stored.*" + said)
        self.assertEqual(self.shown(), self.acknowledged)
        self.wait_for_health("failed")
        self.assertGreater(self.tocsin.metric("tocsin_storage_failures_total"), 0)
        self.assertRegex(self.tocsin.log(), "level=ERROR .*component=storage.*" + said)

        # Nor does the next process depend on it.
        self.kill(self.tocsin)
        self.start(disk)
        self.assertEqual(self.shown(), self.acknowledged)
        self.page("since the crash")
        self.assertEqual(self.silence("x still")[0], 503)

        disk.set("good")
        self.wait_for_health("good")
        self.assertEqual(self.silence("x mended")[0], 200)
        self.kill(self.tocsin)
        self.start(disk)
        self.assertEqual(self.shown(), self.acknowledged)
        self.page("at last")
        # That the second went out could not be noted before the crash, only that it was to.
        self.assertEqual([name for name in self.pages() if name != "while it fails"],
                         ["before", "since the crash", "at last"], "nothing else is told twice")

    def test_no_room(self):
        self.check_fault("full", "(No space left on device|disk is full)")

    def test_a_read_only_file_system(self):
        self.check_fault("read-only", "(Read-only file system|readonly)")

    def test_input_output_errors(self):
        self.check_fault("I/O errors", "disk I/O error.*Input/output error")

    def test_a_slow_disk(self):
        disk = harness.FaultyDisk(self)
        self.start(disk)
        disk.set("slow")
        for name in ("one", "two", "three"):
            self.assertEqual(self.silence("x " + name)[0], 200)
            self.page(name)
        self.wait_for_health("good")
        self.kill(self.tocsin)
        self.start(disk)
        self.assertEqual(self.shown(), self.acknowledged)

    def test_a_disk_that_hangs(self):
        disk = harness.FaultyDisk(self)
        self.start(disk)
        self.assertEqual(self.silence("x before")[0], 200)
        disk.set("hangs")
        self.page("while it hangs")
        status, text = self.silence("x while it hangs")
        self.assertEqual(status, 503, text)
        self.assertIn("the disk does not answer", text)
        self.assertEqual(self.shown(), self.acknowledged)
        self.wait_for_health("behind")
        self.assertRegex(self.tocsin.log(), "level=ERROR .*component=storage.*the disk does not answer")
        self.page("still")
        disk.set("good")
        self.wait_for_health("good")
        self.assertEqual(self.silence("x again")[0], 200)
        self.kill(self.tocsin)
        self.start(disk)
        self.assertEqual(self.shown(), self.acknowledged)

    def test_silences_may_be_volatile_while_the_disk_is_full(self):
        self.tocsin = self.start_tocsin(
            CONFIG.replace("@URL@", self.webhook.url) + "storage: {volatile_when_disk_fails: true}\n")
        self.limit_files(max(path.stat().st_size for path in self.data.iterdir()))
        taken = [self.silence("s%d" % number) for number in range(20)]
        self.assertEqual({status for status, _ in taken}, {200})
        self.assertEqual(self.shown(), self.acknowledged)
        self.wait_for_health("failed")
        self.assertGreater(self.tocsin.metric("tocsin_silences_volatile_total"), 0)
        self.limit_files(resource.RLIM_INFINITY)
        self.wait_for_health("good")
        self.kill(self.tocsin)
        self.start()
        self.assertEqual(self.shown(), self.acknowledged)

    def test_a_full_disk_keeps_no_page_back(self):
        self.start()
        status, text = self.fill_disk()
        self.assertEqual(status, 503, text)
        self.assertIn("the silence cannot be stored", text)
        self.assertEqual(self.shown(), self.acknowledged)
        self.assertTrue(self.acknowledged)
        self.page("while it is full")
        self.wait_for_health("failed")
        self.assertGreater(self.tocsin.metric("tocsin_storage_failures_total"), 0)
        self.assertIn("component=storage", self.tocsin.log())

        self.limit_files(resource.RLIM_INFINITY)
        self.wait_for_health("good")
        self.assertIn("all state is stored again", self.tocsin.log())
        self.assertEqual(self.silence("with room again")[0], 200)
        self.kill(self.tocsin)
        self.start()
        self.assertEqual(self.shown(), self.acknowledged)
        self.page("since the crash")
        self.assertEqual(self.pages(), ["while it is full", "since the crash"], "nothing is told twice")

    def test_a_crash_while_the_disk_is_full(self):
        self.start()
        self.fill_disk()
        self.kill(self.tocsin)
        self.start()
        self.assertEqual(self.shown(), self.acknowledged)

    def test_broken_files_are_set_aside(self):
        self.start()
        self.assertEqual(self.silence("before")[0], 200)
        self.kill(self.tocsin)
        for name in ("tocsin.db", "history.db"):
            for log in ("-wal", "-shm"):
                pathlib.Path(str(self.data / name) + log).unlink(missing_ok=True)
            (self.data / name).write_bytes(b"broken" * 1000)
        self.start()
        self.page("over broken files")
        self.assertEqual(self.silence("new")[0], 200)
        for name in ("tocsin.db", "history.db"):
            aside = self.wait_until(name + " to be set aside",
                                    lambda name=name: list(self.data.glob(name + ".corrupt-*")))
            self.assertIn(aside[0].name, self.tocsin.log())
        self.wait_for_health("good")

    def test_an_unusable_folder(self):
        self.data.write_text("a file where the folder should be")
        self.start()
        self.page("without a folder")
        self.wait_for_health("failed")
        self.assertEqual(self.silence("x")[0], 503)
        said = [line for line in self.tocsin.log().splitlines() if "component=storage" in line]
        self.assertRegex(said[0], "level=ERROR.*(Not a directory|File exists)", "what is wrong comes first")
        self.assertNotIn("took over", self.tocsin.log())
        self.data.unlink()
        self.wait_for_health("good")
        self.assertEqual(self.silence("y")[0], 200)
        self.kill(self.tocsin)
        self.start()
        self.assertEqual(self.shown(), self.acknowledged)


if __name__ == "__main__":
    unittest.main()
