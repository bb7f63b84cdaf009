#!/usr/bin/env python3
"""Answers like a Slack incoming webhook and prints each message, to see what a page would look like.

    slack_endpoint.py --port 8065      then   slack_api_url: http://localhost:8065/any/path
"""

import http.server
import json
import threading

import stand_in

COLOR_NAMES = {"danger": "red", "good": "green", "warning": "yellow"}


def describe(message):
    """The message as lines of text, in the order in which Slack shows its parts."""
    head = [message.get("channel", ""), message.get("username", "")]
    lines = ["Slack      " + "  ".join(part for part in head if part)]
    if message.get("text"):
        lines.append(message["text"])
    for attachment in message.get("attachments", []):
        color = attachment.get("color", "")
        lines.append("color      %s" % COLOR_NAMES.get(color, color or "none"))
        for key in ("pretext", "title", "title_link", "text", "footer", "image_url", "thumb_url"):
            if attachment.get(key):
                lines.append("%-10s %s" % (key, attachment[key].rstrip("\n").replace("\n", "\n" + " " * 11)))
        for field in attachment.get("fields") or []:
            lines.append("field      %s: %s" % (field.get("title", ""), field.get("value", "")))
        for action in attachment.get("actions") or []:
            lines.append("button     %s %s" % (action.get("text", ""), action.get("url", "")))
    return lines


class Endpoint(http.server.ThreadingHTTPServer):
    """Calls on_message(dict) for each message that is accepted; one at a time."""

    daemon_threads = True

    def __init__(self, address, on_message):
        super().__init__(address, _Handler)
        self.on_message = on_message
        self.lock = threading.Lock()


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            message = json.loads(body)
            if not isinstance(message, dict) or not (message.get("text") or message.get("attachments")):
                raise ValueError("neither text nor attachments")
        except ValueError:
            self.answer(400, "invalid_payload")
            return
        with self.server.lock:
            self.server.on_message(message)
        self.answer(200, "ok")

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    stand_in.run(__doc__, Endpoint, describe)
