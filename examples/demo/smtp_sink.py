#!/usr/bin/env python3
"""Accepts every mail over SMTP and prints it, to see what a page by e-mail would look like.

    smtp_sink.py --port 2525      then   smtp_smarthost: localhost:2525, smtp_require_tls: false
"""

import base64
import email
import email.policy
import html.parser
import socketserver
import threading

import stand_in


def parse(mail):
    """The mail as Python's email.message.EmailMessage, its headers decoded."""
    return email.message_from_bytes(mail["data"].encode("utf-8", "surrogateescape"),
                                    policy=email.policy.default)


def describe(mail):
    """The envelope and the readable part of a mail, as lines of text."""
    message = parse(mail)
    lines = ["e-mail  from %s to %s" % (mail["from"], ", ".join(mail["to"]))]
    for header in ("Subject", "From", "To"):
        lines.append("%-7s %s" % (header, message.get(header, "")))
    plain = message.get_body(preferencelist=("plain",))
    if plain is not None:
        lines += ["", plain.get_content().rstrip()]
    markup = message.get_body(preferencelist=("html",))
    if markup is not None:
        markup = markup.get_content()
        lines += ["", "(HTML part of %d bytes, without its markup)" % len(markup), readable(markup)]
    return lines


class _Text(html.parser.HTMLParser):
    """Collects what a mail program would show, without its layout."""

    HIDDEN = ("style", "script", "head")

    def __init__(self):
        super().__init__()
        self.hidden = 0
        self.words = []

    def handle_starttag(self, tag, attrs):
        if tag in self.HIDDEN:
            self.hidden += 1
        elif tag in ("br", "tr", "p", "div", "table", "h1", "h2"):
            self.words.append("\n")

    def handle_endtag(self, tag):
        if tag in self.HIDDEN:
            self.hidden -= 1

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data.replace("\n", " "))


def readable(markup):
    text = _Text()
    text.feed(markup)
    rows = (" ".join(row.split()) for row in "".join(text.words).split("\n"))
    return "\n".join(row for row in rows if row)


class Sink(socketserver.ThreadingTCPServer):
    """Calls on_mail({"from", "to", "data", "user", "tls"}) for each mail; one at a time.

    With `tls` (an ssl.SSLContext) STARTTLS is offered; with `users` ({name: password}) AUTH is required.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address, on_mail, tls=None, users=None):
        super().__init__(address, _Session)
        self.on_mail = on_mail
        self.tls = tls
        self.users = users
        self.lock = threading.Lock()


class _Session(socketserver.StreamRequestHandler):
    def finish(self):
        super().finish()
        self.connection.close()  # After STARTTLS not the socket that the server closes.

    def handle(self):
        self.encrypted = False
        self.user = None
        self.start_mail()
        self.reply("220 localhost ESMTP smtp_sink")
        while True:
            line = self.rfile.readline(65536)
            if not line:
                return
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            handler = getattr(self, "on_" + verb.lower(), None)
            if handler is None:
                self.reply("502 command not known")
            elif handler(rest.strip()) is False:
                return

    def reply(self, *lines):
        self.wfile.write(b"".join(line.encode() + b"\r\n" for line in lines))
        self.wfile.flush()

    def start_mail(self):
        self.sender = None
        self.recipients = []

    def on_helo(self, _):
        self.reply("250 localhost")

    def on_ehlo(self, _):
        offers = ["localhost", "8BITMIME", "SMTPUTF8", "SIZE 33554432"]
        if self.server.tls and not self.encrypted:
            offers.append("STARTTLS")
        if self.server.users:
            offers.append("AUTH PLAIN LOGIN")
        self.reply(*["250-" + offer for offer in offers[:-1]], "250 " + offers[-1])

    def on_starttls(self, _):
        if not self.server.tls or self.encrypted:
            self.reply("502 not offered")
            return None
        self.reply("220 go ahead")
        try:
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        except OSError:
            return False  # The client does not trust the certificate: it hangs up.
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")
        self.encrypted = True
        return None

    def on_auth(self, rest):
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() == "PLAIN":
            _, user, password = self.ask("", initial).split("\0")
        elif mechanism.upper() == "LOGIN":
            user = self.ask("VXNlcm5hbWU6", initial)
            password = self.ask("UGFzc3dvcmQ6", "")
        else:
            self.reply("504 mechanism not known")
            return
        if self.server.users and self.server.users.get(user) == password:
            self.user = user
            self.reply("235 welcome")
        else:
            self.reply("535 wrong name or password")

    def ask(self, prompt, given):
        if not given:
            self.reply("334 " + prompt)
            given = self.rfile.readline(65536).decode().strip()
        return base64.b64decode(given).decode()

    def on_mail(self, rest):
        if self.server.users and self.user is None:
            self.reply("530 authentication required")
            return
        self.start_mail()
        self.sender = address(rest)
        self.reply("250 ok")

    def on_rcpt(self, rest):
        if self.sender is None:
            self.reply("503 MAIL first")
            return
        self.recipients.append(address(rest))
        self.reply("250 ok")

    def on_data(self, _):
        if not self.recipients:
            self.reply("503 RCPT first")
            return None
        self.reply("354 end with a dot")
        data = []
        while True:
            line = self.rfile.readline(1 << 20)
            if not line:
                return False
            if line in (b".\r\n", b".\n"):
                break
            data.append(line[1:] if line.startswith(b".") else line)
        with self.server.lock:
            self.server.on_mail({"from": self.sender, "to": self.recipients, "data": b"".join(data).decode("utf-8", "surrogateescape"),
                                 "user": self.user, "tls": self.encrypted})
        self.start_mail()
        self.reply("250 taken")
        return None

    def on_rset(self, _):
        self.start_mail()
        self.reply("250 ok")

    def on_noop(self, _):
        self.reply("250 ok")

    def on_quit(self, _):
        self.reply("221 bye")
        return False


def address(argument):
    """The address in `FROM:<a@b> SIZE=1` or `TO:<a@b>`."""
    return argument.partition("<")[2].partition(">")[0]


if __name__ == "__main__":
    stand_in.run(__doc__, Sink, describe)
