"""E-mail over SMTP: plain, and with STARTTLS and a password, as mail servers ask for it."""

import ssl
import subprocess
import unittest

import harness

CONFIG = """
global:
  smtp_smarthost: '%s'
  smtp_from: 'tocsin@example.org'
%s
route: {receiver: mail, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers:
- name: mail
  email_configs:
  - to: 'on-call@example.org, Second <second@example.org>'
    send_resolved: true
    text: 'plain: {{ .CommonAnnotations.summary }}'
"""

ALERT = {"labels": {"alertname": "DiskFull", "instance": "a"}, "annotations": {"summary": "Plätze: 0"}}


class MailTest(harness.Scenario):
    def page(self, mails, tocsin):
        self.assertEqual(tocsin.post_alerts([ALERT])[0], 200)
        self.wait_until("the mail", lambda: mails)
        mail = mails[0]
        self.assertEqual(mail["from"], "tocsin@example.org")
        self.assertEqual(mail["to"], ["on-call@example.org", "second@example.org"])
        message = harness.smtp_sink.parse(mail)
        self.assertIn("[FIRING:1] DiskFull", message["Subject"])
        self.assertEqual(message["From"], "tocsin@example.org")
        self.assertTrue(message["Message-Id"])
        self.assertTrue(message["Date"])
        self.assertEqual(message.get_content_type(), "multipart/alternative")
        plain = message.get_body(("plain",)).get_content()
        self.assertEqual(plain.strip(), "plain: Plätze: 0")
        self.assertIn("Plätze: 0", message.get_body(("html",)).get_content())
        return mail

    def test_page_and_resolved_without_tls(self):
        address, mails = self.start_smtp()
        tocsin = self.start_tocsin(CONFIG % (address, "  smtp_require_tls: false"))
        self.assertFalse(self.page(mails, tocsin)["tls"])
        self.assertEqual(tocsin.post_alerts([{**ALERT, "endsAt": "2020-01-01T00:00:00Z",
                                              "startsAt": "2019-01-01T00:00:00Z"}])[0], 200)
        self.wait_until("the resolved mail", lambda: len(mails) > 1)
        self.assertIn("[RESOLVED] DiskFull", harness.smtp_sink.parse(mails[1])["Subject"])

    def certificate(self):
        """A self-signed certificate for 127.0.0.1 and the context that shows it."""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out",
                        "cert.pem"], cwd=self.folder, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        return context

    def test_starttls_and_password(self):
        address, mails = self.start_smtp(tls=self.certificate(), users={"tocsin": "pässword"})
        tocsin = self.start_tocsin(CONFIG % (address, (
            "  smtp_auth_username: tocsin\n  smtp_auth_password: pässword\n"
            "  smtp_tls_config: {ca_file: cert.pem}")))
        mail = self.page(mails, tocsin)
        self.assertTrue(mail["tls"])
        self.assertEqual(mail["user"], "tocsin")
        self.assertNotIn("pässword", tocsin.log())

    def test_untrusted_certificate_gets_no_mail(self):
        address, mails = self.start_smtp(tls=self.certificate())
        tocsin = self.start_tocsin(CONFIG % (address, ""))
        self.assertEqual(tocsin.post_alerts([ALERT])[0], 200)
        failures = "alertmanager_notification_requests_failed_total"
        self.wait_until("a failed attempt", lambda: (tocsin.metric(failures, integration="email") or 0) > 0)
        self.assertEqual(mails, [])

    def test_server_without_tls_gets_no_mail_where_tls_is_required(self):
        address, mails = self.start_smtp()
        tocsin = self.start_tocsin(CONFIG % (address, ""))
        self.assertEqual(tocsin.post_alerts([ALERT])[0], 200)
        failures = "alertmanager_notification_requests_failed_total"
        self.wait_until("a failed attempt", lambda: (tocsin.metric(failures, integration="email") or 0) > 0)
        self.assertEqual(mails, [])


if __name__ == "__main__":
    unittest.main()
