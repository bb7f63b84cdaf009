"""TLS, client certificates and logins of the server itself, with curl, amtool and a real Prometheus."""

import subprocess
import time
import unittest

import harness

CONFIG = "route: {receiver: hook}\nreceivers: [{name: hook}]\n"
# Of "secret".
HASH = "$2b$04$E2.iciR6b6e.zanHzloD2.A615GmChBRXrprWmHmPCWSGJq267LC."


class WebConfigTest(harness.Scenario):
    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def authority(self, name="ca"):
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                     "-keyout", name + ".key", "-out", name + ".pem")

    def certificate(self, name, names, authority="ca"):
        self.write(name + ".ext", "subjectAltName=" + names + "\n")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout", name + ".key",
                     "-out", name + ".csr")
        self.openssl("x509", "-req", "-in", name + ".csr", "-CA", authority + ".pem", "-CAkey", authority + ".key",
                     "-CAcreateserial", "-days", "2", "-extfile", name + ".ext", "-out", name + ".pem")

    def start(self, web, ready=None):
        """A server with that web configuration; `ready`: the status of /-/ready by which it is known to be up."""
        self.write("web.yml", web)
        self.write("tocsin.yml", CONFIG)
        self.address = "127.0.0.1:%d" % harness.free_port()
        process = harness.Process("tocsin", [
            harness.TOCSIN, "--config.file=tocsin.yml", "--storage.path=data", "--web.config.file=web.yml",
            "--web.listen-address=" + self.address], self.folder)
        self.processes.append(process)
        self.wait_until("tocsin", ready or (lambda: self.curl("/-/ready")[0] == 200))
        return process

    def curl(self, path, *arguments, scheme="https", ca="ca.pem"):
        """Status (0: no answer) and body."""
        done = subprocess.run(["curl", "-sS", "--max-time", "60", "--cacert", str(self.folder / ca), "-w", "\n%{http_code}",
                               *arguments, scheme + "://" + self.address + path],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, cwd=self.folder)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def test_tls(self):
        self.authority()
        self.certificate("server", "IP:127.0.0.1")
        self.start("tls_server_config: {cert_file: server.pem, key_file: server.key}\n")
        self.assertEqual(self.curl("/-/healthy")[0], 200)
        self.assertEqual(self.curl("/-/healthy", "--tls-max", "1.1")[0], 0)
        self.assertEqual(self.curl("/-/healthy", "--tls-max", "1.2")[0], 200)
        self.assertEqual(self.curl("/-/healthy", scheme="http")[0], 400)
        big = "[" + ",".join('{"labels":{"alertname":"A","n":"%d"}}' % n for n in range(20000)) + "]"
        self.write("big.json", big)
        status, body = self.curl("/api/v2/alerts", "-H", "Content-Type: application/json", "--data-binary", "@big.json")
        self.assertEqual(status, 200, body)
        status, body = self.curl("/api/v2/alerts")
        self.assertEqual((status, len(harness.json.loads(body))), (200, 20000))

    def test_renewed_certificate_is_used_without_a_restart(self):
        self.authority()
        self.certificate("server", "IP:127.0.0.1")
        self.start("tls_server_config: {cert_file: server.pem, key_file: server.key}\n")
        self.authority("new")
        self.assertEqual(self.curl("/-/healthy", ca="new.pem")[0], 0)
        # Half a renewal: the key does not fit, so the old one goes on.
        self.certificate("renewed", "IP:127.0.0.1", "new")
        (self.folder / "server.pem").write_text((self.folder / "renewed.pem").read_text())
        self.assertEqual(self.curl("/-/healthy")[0], 200)
        (self.folder / "server.key").write_text((self.folder / "renewed.key").read_text())
        self.assertEqual(self.curl("/-/healthy", ca="new.pem")[0], 200)
        self.assertEqual(self.curl("/-/healthy")[0], 0)

    def test_client_certificates(self):
        self.authority()
        self.authority("foreign")
        self.certificate("server", "IP:127.0.0.1")
        self.certificate("friend", "DNS:prometheus.example.org,IP:10.0.0.1")
        self.certificate("stranger", "DNS:other.example.org")
        self.certificate("forged", "DNS:prometheus.example.org", "foreign")

        def with_certificate(name):
            return self.curl("/-/healthy", "--cert", name + ".pem", "--key", name + ".key")[0]

        self.start("tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n  client_ca_file: ca.pem\n"
                   "  client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: [prometheus.example.org]\n",
                   lambda: with_certificate("friend") == 200)
        self.assertEqual(with_certificate("stranger"), 0)
        self.assertEqual(with_certificate("forged"), 0)
        self.assertEqual(self.curl("/-/healthy")[0], 0)

    def test_amtool_and_prometheus_log_in(self):
        self.authority()
        self.certificate("server", "IP:127.0.0.1")
        login = ("-u", "admin:secret")
        self.start("tls_server_config: {cert_file: server.pem, key_file: server.key}\n"
                   "basic_auth_users: {admin: '%s'}\n" % HASH,
                   lambda: self.curl("/-/ready", *login)[0] == 200)
        self.assertEqual(self.curl("/metrics")[0], 401)
        self.assertEqual(self.curl("/metrics", "-u", "admin:wrong")[0], 401)
        self.write("http.yml", "basic_auth: {username: admin, password: secret}\ntls_config: {ca_file: ca.pem}\n")
        status, output = self.run_program(
            harness.peer("amtool"), "--http.config.file=http.yml", "--alertmanager.url=https://" + self.address,
            "--no-version-check", "alert", "add", "Manual", "team=x")
        self.assertEqual(status, 0, output)
        # By then Prometheus knows where to send it.
        self.write("always.rules", "groups: [{name: g, rules: [{alert: Always, expr: vector(1), for: 8s}]}]\n")
        self.start_prometheus(
            "global: {evaluation_interval: 1s}\nrule_files: [always.rules]\nalerting:\n  alertmanagers:\n"
            "  - scheme: https\n    basic_auth: {username: admin, password: secret}\n"
            "    tls_config: {ca_file: ca.pem}\n    static_configs: [{targets: ['%s']}]\n" % self.address)

        def alerts():
            body = self.curl("/api/v2/alerts", *login)[1]
            return {alert["labels"]["alertname"] for alert in harness.json.loads(body)}

        self.wait_until("both alerts", lambda: alerts() == {"Manual", "Always"})

    def test_slow_handshakes_hold_nothing_up(self):
        self.authority()
        self.certificate("server", "IP:127.0.0.1")
        self.start("tls_server_config: {cert_file: server.pem, key_file: server.key}\n")
        host, port = self.address.split(":")
        silent = [harness.socket.create_connection((host, int(port))) for _ in range(200)]
        started = time.monotonic()
        self.assertEqual(self.curl("/-/healthy")[0], 200)
        self.assertLess(time.monotonic() - started, 2)
        for connection in silent:
            connection.close()

    def test_a_broken_file_is_refused_at_the_start(self):
        self.write("tocsin.yml", CONFIG)
        for web, problem in (("tls_server: {}\n", "web.yml:1:1: unknown key"),
                             ("tls_server_config: {cert_file: absent.pem, key_file: absent.key}\n", "absent.pem"),
                             ("basic_auth_users: {admin: plain}\n", "is not a bcrypt hash")):
            self.write("web.yml", web)
            status, output = self.run_program(harness.TOCSIN, "--web.config.file=web.yml", "--config.file=tocsin.yml",
                                              "--web.listen-address=127.0.0.1:0")
            self.assertEqual(status, 1, output)
            self.assertIn(problem, output.replace('\\"', '"'))
            status, output = self.run_program(harness.TOCSIN, "check", "web.yml")
            self.assertEqual(status, 1, output)
            self.assertIn(problem, output)


if __name__ == "__main__":
    unittest.main()
