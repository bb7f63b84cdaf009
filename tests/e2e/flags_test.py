"""Alertmanager's command line, in another binary."""

import sys
import unittest

import harness

# What systemd does: binds, then becomes the program.
ACTIVATE = """
import os, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""

CONFIG = """
route: {receiver: hook}
receivers:
- name: hook
"""


class FlagsTest(harness.Scenario):
    def test_a_line_as_containers_have_it(self):
        tocsin = self.start_tocsin(CONFIG, [
            "--cluster.listen-address=127.0.0.1:0", "--cluster.settle-timeout=0s", "--cluster.peer=a:9094",
            "--cluster.peer=b:9094", "--dispatch.start-delay=0s", "--log.level=debug", "--data.retention=24h",
            "--web.get-concurrency=3", "--web.timeout=30s", "--enable-feature=auto-gomemlimit"])
        self.assertEqual(tocsin.metric("tocsin_cluster_peers_ignored"), 2)
        self.assertEqual(tocsin.log().count("--cluster.peer is not obeyed"), 1)
        self.assertIn("flag=--enable-feature=auto-gomemlimit", tocsin.log().replace('"', ""))
        cluster = tocsin.get_json("/api/v2/status")["cluster"]
        self.assertEqual(cluster["status"], "ready")
        self.assertEqual(cluster["peers"], [{"name": cluster["name"], "address": "127.0.0.1:0"}])

    def test_serves_on_the_sockets_of_systemd(self):
        self.write("tocsin.yml", CONFIG)
        port = harness.free_port()
        arguments = [harness.TOCSIN, "--config.file=tocsin.yml", "--web.systemd-socket"]
        activated = harness.Process("tocsin", [sys.executable, "-c", ACTIVATE, str(port), *arguments], self.folder)
        self.processes.append(activated)
        self.wait_until("tocsin to be ready", lambda: harness.answers("127.0.0.1:%d" % port, "/-/ready"))
        self.assertEqual(activated.stop(), 0, activated.log())
        status, output = self.run_program(*arguments)
        self.assertEqual(status, 1, output)
        self.assertIn("no socket activation file descriptors found", output)

    def test_errors_name_the_nearest_flag(self):
        status, output = self.run_program(harness.TOCSIN, "--web.listen-adress=:1")
        self.assertEqual(status, 2, output)
        self.assertIn("did you mean --web.listen-address?", output)


if __name__ == "__main__":
    unittest.main()
