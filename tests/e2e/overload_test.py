"""Clients that take more than their share: the server stays alive, watched and able to page."""

import contextlib
import resource
import socket
import time
import unittest

import harness

CONFIG = """
route: {receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers:
- name: hook
  webhook_configs: [{url: '%s/hook'}]
"""


class OverloadTest(harness.Scenario):
    def setUp(self):
        super().setUp()
        self.webhook = self.serve(harness.Webhook())
        self.open = self.enterContext(contextlib.ExitStack())
        self.readers = []  # Sockets that nobody reads from.

    def start(self, files, arguments=()):
        self.tocsin = self.start_tocsin(CONFIG % self.webhook.url, arguments, files=files)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, limits)

    def connect(self, count):
        host, port = self.tocsin.address.split(":")
        for _ in range(count):
            self.readers.append(self.open.enter_context(
                socket.create_connection((host, int(port)), timeout=harness.PATIENCE)))

    def expect_page(self, name):
        status, text = self.tocsin.post_alerts([{"labels": {"alertname": name}}])
        self.assertEqual(status, 200, text)
        self.wait_until("the page", lambda: name in [
            alert["labels"]["alertname"] for alert in self.webhook.alerts("firing")])

    def test_connections_do_not_take_the_files_that_paging_needs(self):
        self.start(files=1024)
        self.assertEqual(self.tocsin.metric("process_max_fds"), 1024)
        self.assertEqual(self.tocsin.metric("tocsin_http_connections_limit"), 512)
        self.assertNotIn("Too few files", self.tocsin.log())
        self.connect(1100)
        self.expect_page("Crowded")
        displaced = self.tocsin.metric("tocsin_http_connections_displaced_total")
        self.assertGreater(displaced, 0)
        self.assertGreaterEqual(displaced + self.tocsin.metric("tocsin_http_connections_refused_total"), 1100 - 512)
        self.assertLess(self.tocsin.metric("process_open_fds"), 700)

    def test_readers_of_large_answers_who_do_not_read_hold_up_nobody(self):
        # The limit of GETs in progress, 256, counts large and small alike: here it must not be reached.
        self.start(files=4096, arguments=["--web.get-concurrency=1000"])
        for batch in range(20):
            status, text = self.tocsin.post_alerts([
                {"labels": {"alertname": "Many", "batch": str(batch), "n": str(n)}, "annotations": {"text": "x" * 2000}}
                for n in range(1000)])
            self.assertEqual(status, 200, text)
        self.connect(300)
        for number, reader in enumerate(self.readers):
            # A third of them wants what nobody else does.
            what = "" if number % 3 else "?unprocessed=%d" % number
            reader.sendall(b"GET /api/v2/alerts%s HTTP/1.1\r\nHost: h\r\n\r\n" % what.encode())
        self.wait_until("a large answer", lambda: self.tocsin.metric("tocsin_http_response_bytes") > 0)
        for path in ("/api/v2/status", "/api/v2/receivers", "/api/v2/alerts?filter=n%3D%221%22", "/metrics"):
            began = time.monotonic()
            status, text = self.tocsin.get(path)
            self.assertEqual(status, 200, (path, text[:500]))
            # What 300 answers of 50 MB take is far more.
            self.assertLess(time.monotonic() - began, 2, path)
        self.expect_page("Heard")
        self.assertLess(self.tocsin.metric("process_resident_memory_bytes"), 1e9)

    def test_with_too_few_files_it_says_so_and_works(self):
        self.start(files=256)
        self.assertEqual(self.tocsin.metric("tocsin_http_connections_limit"), 128)
        self.assertIn("Too few files may be open", self.tocsin.log())
        self.connect(200)
        self.expect_page("Crowded")


if __name__ == "__main__":
    unittest.main()
