"""Alertmanager and tocsin with one configuration, one history and the same requests: the answers are the same, but for
what docs/differences.md lists. Held against the newest Alertmanager, where it is there: Debian 12's is too old."""

import json
import re
import unittest

import harness

CONFIG = """
route:
  receiver: root
  group_by: [alertname]
  group_wait: 1h
  routes:
  - {receiver: a, matchers: [team=a], continue: true}
  - {receiver: a, matchers: [severity=page], continue: true, group_by: [severity]}
  - {receiver: b, matchers: [team=a], group_by: ['...']}
inhibit_rules:
- {source_matchers: [severity=page], target_matchers: [severity=ticket], equal: [host]}
receivers: [{name: root}, {name: a}, {name: b}]
"""

ALERTS = [
    {"labels": {"alertname": "A", "team": "a", "severity": "page", "host": "1"}, "annotations": {"text": "<1> & é"}},
    {"labels": {"alertname": "B", "team": "a", "severity": "ticket", "host": "1"}, "annotations": {}},
    {"labels": {"alertname": "B", "team": "b", "severity": "ticket", "host": "2"}, "generatorURL": "http://p/g?x=1&y"},
    {"labels": {"alertname": "C", "severity": "page", "empty": ""}, "startsAt": "2026-01-01T00:00:00Z"},
    {"labels": {"alertname": "Ended"}, "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2020-01-02T00:00:00Z"},
]


def silence(**changes):
    body = {"matchers": [{"name": "alertname", "value": "C", "isRegex": False}], "startsAt": "2020-01-01T00:00:00Z",
            "endsAt": "2050-01-01T00:00:00Z", "createdBy": "me", "comment": "why"}
    body.update(changes)
    return {key: value for key, value in body.items() if value is not None}


# What is posted first: (path, body).
PREPARATIONS = [
    ("/api/v2/alerts", ALERTS), ("/api/v2/silences", silence()),
    ("/api/v2/silences", silence(matchers=[{"name": "team", "value": "q|b", "isRegex": True}],
                                 startsAt="2050-06-01T00:00:00Z", endsAt="2051-01-01T00:00:00Z")),
]

JSON = {"Content-Type": "application/json"}
NOBODY = "00000000-0000-0000-0000-000000000000"

QUERIES = [
    "", "?active=false", "?active=true&active=false", "?active=nonsense", "?active=", "?silenced=0", "?inhibited=No",
    "?unprocessed=false", "?active=false&silenced=false", "?filter=team%3Da", "?filter=team%3Da&filter=severity%3Dpage",
    "?filter=%7Bteam%3D%22a%22%7D", "?filter=team%21%3D%22%22", "?filter=nope%3D%22%22", "?filter=team%3D~%22a%7Cb%22",
    "?filter=team%21~%22.%2B%22", "?receiver=a", "?receiver=a%7Cb", "?receiver=A", "?receiver=.*",
    "?receiver=a&receiver=b", "?receiver=", "?filter=%zz", "?x;filter=bad", "?unknown=1", "?filter=team%3Da&receiver=b",
]

# (method, path, headers, body)
REQUESTS = [
    *(("GET", "/api/v2/alerts" + query, {}, None) for query in QUERIES),
    *(("GET", "/api/v2/alerts/groups" + query, {}, None) for query in QUERIES),
    *(("GET", "/api/v2/silences" + query, {}, None)
      for query in ("", "?filter=alertname%3DC", "?filter=alertname%3D~C", "?filter=alertname%3D%22C%22&filter=x%3Dy")),
    *(("POST", "/api/v2/silences", JSON, json.dumps(body)) for body in (
        silence(comment=None), silence(matchers=[]), silence(startsAt="2050-01-01T00:00:00Z"),
        silence(endsAt="2020-01-02T00:00:00Z"), silence(id="x"), silence(id=NOBODY),
        silence(matchers=[{"name": "a", "value": "b"}]), {}, None)),
    *(("POST", "/api/v2/alerts", JSON, body) for body in (
        "[]", "null", "", '[{"labels":{}}]', '[{"labels":{"a":""}}]', '[{"annotations":{}}]',
        '[{"labels":{"alertname":"x"},"generatorURL":"x"}]',
        '[{"labels":{"a":"b"},"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}]')),
    *(("GET", "/api/v2/receivers", {"Accept": accept}, None)
      for accept in ("*/*", "application/json", "application/*;q=0.5", "text/html", "text/html, */*;q=0.1", "",
                     "application/json;q=0")),
    ("POST", "/api/v2/alerts", {**JSON, "Accept": "text/html"}, "[]"),
    *(("POST", "/api/v2/alerts", {"Content-Type": kind}, "[]") for kind in (
        "application/json; charset=utf-8", "Application/JSON", "text/plain", "application/x-www-form-urlencoded", "foo",
        "application/json;", "application/json; x", "application/", ";", "application/json, text/plain")),
    ("DELETE", "/api/v2/silence/" + NOBODY, {"Content-Type": "text/plain"}, "x"),
    *((method, path, {}, None) for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS") for path in (
        "/api/v2/nowhere", "/api/v2/silence/x", "/api/v2/silence/" + NOBODY, "/api/v2/receivers", "/api/v2/receivers/",
        "/nowhere", "/-/healthy")),
]


def allowed(text):
    """The methods of a 405 in alphabetical order: those of Alertmanager have none."""
    return re.sub(r"\[([A-Z,]+)\]", lambda found: "[%s]" % ",".join(sorted(found.group(1).split(","))), text)


def comparable(text):
    """Without what differs between two runs, and what is new since the newest packaged version."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)", "TIME", allowed(text))
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text).replace(',"routeLabels":{}', "")
    try:
        return json.loads(text)
    except ValueError:
        return text


class PeerApiTest(harness.Scenario):
    @unittest.skipUnless((harness.NEW_PEERS / "prometheus-alertmanager").exists(), "the newest is not there")
    def test_the_answers_are_the_same(self):
        peer = self.start_alertmanager(CONFIG, harness.NEW_PEERS / "prometheus-alertmanager")
        tocsin = self.start_tocsin(CONFIG, ["--cluster.listen-address="])
        addresses = (peer.address, tocsin.address)
        for address in addresses:
            for path, body in PREPARATIONS:
                self.assertEqual(harness.request(address, "POST", path, json.dumps(body), JSON)[0], 200)
            self.wait_until("each alert to be in all of its groups", lambda address=address: sum(
                len(group["alerts"])
                for group in json.loads(harness.request(address, "GET", "/api/v2/alerts/groups")[1])) == 7)
        for method, path, headers, body in REQUESTS:
            theirs, ours = (harness.request(address, method, path, body, headers) for address in addresses)
            with self.subTest(method=method, path=path, headers=headers, body=body):
                self.assertEqual((ours[0], comparable(ours[1])), (theirs[0], comparable(theirs[1])))


if __name__ == "__main__":
    unittest.main()
