"""Runs the real program beside real and scripted neighbours, for the tests in this folder.

A Scenario owns a folder and the processes and servers of one test; at the end everything is stopped by its
process id, and tocsin must have stopped cleanly and said nothing that a sanitizer says. Waiting is always for
something that can be observed, with a deadline; no test sleeps for a fixed time and hopes.
"""

import ctypes
import http.client
import http.server
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
TOCSIN = pathlib.Path(os.environ.get("TOCSIN_BINARY", ROOT / "build/release/src/tocsin"))
PEERS = pathlib.Path(os.environ.get("TOCSIN_PEERS", ROOT / ".peers/usr/bin"))
# Debian's newest, where the machine could get them.
NEW_PEERS = pathlib.Path(os.environ.get("TOCSIN_NEW_PEERS", ROOT / ".peers/newest/usr/bin"))

sys.path.insert(0, str(EXAMPLES / "demo"))
import slack_endpoint  # noqa: E402
import smtp_sink  # noqa: E402

# Generous, because sanitizers and other tests share the processors; what is waited for usually comes at once.
PATIENCE = 60.0
SANITIZER_MARKS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer", "runtime error:")
PR_SET_PDEATHSIG = 1


def prepare_child(files):
    """A test that is killed leaves no process behind. `files` may be open at a time, at first only a quarter."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files // 4, files))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def request(address, method, path, body=None, headers=None, timeout=PATIENCE):
    """(status, text) of one HTTP exchange; OSError or http.client.HTTPException if there is none."""
    connection = http.client.HTTPConnection(address, timeout=timeout)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read().decode("utf-8", "replace")
    finally:
        connection.close()


def peer(name):
    """The path of one of the real programs that scripts/get-debs unpacks."""
    path = PEERS / name
    if not path.exists():
        raise FileNotFoundError(
            "%s is missing: scripts/get-debs .peers prometheus prometheus-alertmanager" % path)
    return path


def amtools():
    """The amtools to try, oldest first."""
    paths = [peer("amtool")]
    newer = NEW_PEERS / "amtool"
    if newer.exists():
        paths.append(newer)
    return paths


class Process:
    """A program with a log file."""

    def __init__(self, name, command, folder, files=None, environment=None):
        self.name = name
        self.log_path = folder / (name + ".log")
        with open(self.log_path, "ab") as log:
            self.popen = subprocess.Popen(
                [str(part) for part in command], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(environment or {})}, preexec_fn=lambda: prepare_child(files))

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def running(self):
        return self.popen.poll() is None

    def stop(self):
        """The exit status after SIGTERM; SIGKILL if that does not help."""
        if self.running():
            self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            return "killed: did not stop within 30 s"


class Tocsin(Process):
    """Without a configuration the arguments must do. `prefix` is what they make the path below which everything is served; `files`: see prepare_child."""

    def __init__(self, scenario, config, arguments=(), prefix="", files=None, environment=None):
        self.address = "127.0.0.1:%d" % free_port()
        self.prefix = prefix
        self.url = "http://" + self.address + prefix
        self.config_path = None if config is None else scenario.write("tocsin.yml", config)
        # One that is started after another has stopped finds its data; one beside it has its own.
        beside = sum(isinstance(other, Tocsin) and other.running() for other in scenario.processes)
        super().__init__(
            "tocsin",
            [TOCSIN, *([] if config is None else ["--config.file=tocsin.yml"]),
             "--storage.path=tocsin-data" + (str(beside) if beside else ""),
             "--web.listen-address=" + self.address, *arguments],
            scenario.folder, files, environment)

    def get(self, path):
        return request(self.address, "GET", self.prefix + path)

    def get_json(self, path):
        status, text = self.get(path)
        if status != 200:
            raise AssertionError("GET %s: %d %s" % (path, status, text[:500]))
        return json.loads(text)

    def post_alerts(self, alerts):
        return request(self.address, "POST", self.prefix + "/api/v2/alerts", json.dumps(alerts),
                       {"Content-Type": "application/json"})

    def reload(self):
        return request(self.address, "POST", self.prefix + "/-/reload")

    def ready(self):
        return answers(self.address, self.prefix + "/-/ready")

    def metric(self, name, **labels):
        """The sum of the samples with that name and those labels; None if there is none."""
        wanted = ['%s="%s"' % item for item in labels.items()]
        values = []
        for line in self.get("/metrics")[1].splitlines():
            series, _, value = line.rpartition(" ")
            if series.partition("{")[0] == name and all(label in series for label in wanted):
                values.append(float(value))
        return sum(values) if values else None

    def rule(self, name):
        """The rule of that name as /api/v1/rules shows it."""
        for group in self.get_json("/api/v1/rules")["data"]["groups"]:
            for rule in group["rules"]:
                if rule["name"] == name:
                    return rule
        return None


class FaultyDisk:
    """The disk of a scenario's tocsin-data, for a program that is started with its `environment`."""

    MODES = {"good": b"g", "full": b"f", "read-only": b"r", "I/O errors": b"e", "slow": b"s", "hangs": b"h"}

    def __init__(self, scenario):
        library = scenario.folder / "faulty_disk.so"
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, pathlib.Path(__file__).with_name("faulty_disk.c"),
                        "-ldl"], check=True)
        self._mode = scenario.write("faulty_disk.mode", self.MODES["good"])
        # Before the programs are stopped: over a disk that hangs they could not.
        scenario.addCleanup(self.set, "good")
        self.environment = {
            "LD_PRELOAD": str(library), "FAULTY_DISK_FOLDER": "tocsin-data", "FAULTY_DISK_MODE": str(self._mode),
            # A build with AddressSanitizer wants to be first.
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def set(self, mode):
        """In place: the program has the file mapped."""
        with open(self._mode, "r+b") as file:
            file.write(self.MODES[mode])


class Prometheus(Process):
    def __init__(self, scenario, config, arguments=(), program=None):
        self.address = "127.0.0.1:%d" % free_port()
        scenario.write("prometheus.yml", config.replace("@SELF@", self.address))
        super().__init__(
            "prometheus",
            [program or peer("prometheus"), "--config.file=prometheus.yml", "--storage.tsdb.path=prometheus-data",
             "--web.listen-address=" + self.address, *arguments],
            scenario.folder)


def alertmanager_command(program):
    """Debian's Alertmanager does not start without its default templates under /usr/share. Where it is only unpacked,
    it gets a mount namespace of its own that has them there."""
    if pathlib.Path("/usr/share/prometheus/alertmanager/default.tmpl").exists():
        return [program]
    share = pathlib.Path(program).resolve().parent.parent / "share"
    namespace = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    script = 'mount -t overlay overlay -o "lowerdir=$0:/usr/share" /usr/share && exec "$@"'
    return [*namespace, "sh", "-c", script, share, program]


class Alertmanager(Process):
    def __init__(self, scenario, config, program=None):
        self.address = "127.0.0.1:%d" % free_port()
        scenario.write("peer-alertmanager.yml", config)
        super().__init__(
            "alertmanager",
            [*alertmanager_command(program or peer("prometheus-alertmanager")), "--config.file=peer-alertmanager.yml",
             "--storage.path=alertmanager-data", "--web.listen-address=" + self.address, "--cluster.listen-address="],
            scenario.folder)

    def alerts(self):
        return json.loads(request(self.address, "GET", "/api/v2/alerts")[1])


def answers(address, path):
    try:
        return request(address, "GET", path, timeout=5)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler, port=0):
        self._connections = set()
        super().__init__(("127.0.0.1", port), handler)
        self.address = "127.0.0.1:%d" % self.server_address[1]
        self.url = "http://" + self.address
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that hangs up is part of many tests."""

    def process_request(self, request, client_address):
        self._connections.add(request)
        super().process_request(request, client_address)

    def stop(self):
        """Open connections end too, as with a process that goes away. No effect the second time."""
        self.shutdown()
        self.server_close()
        for connection in self._connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # Closed by itself meanwhile.
        self._connections.clear()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, text, content_type="application/json"):
        data = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


class Webhook(_Server):
    """A receiver: keeps the JSON bodies that come in. `status` is what it answers from now on, once `may_answer`."""

    def __init__(self):
        super().__init__(_WebhookHandler)
        self.status = 200
        self.bodies = []
        self.attempts = 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def on_body(self, body, _path):
        self.bodies.append(body)

    def alerts(self, status):
        """All alerts in the messages that came in with that status, in order."""
        return [alert for body in self.bodies for alert in body["alerts"] if alert["status"] == status]


class _WebhookHandler(_Handler):
    def do_POST(self):
        body = json.loads(self.body())
        self.server.attempts += 1
        if self.server.status == 200:
            self.server.on_body(body, self.path)
        self.server.may_answer.wait(PATIENCE)
        self.answer(self.server.status, "")


class ScriptedPrometheus(_Server):
    """Answers /api/v1/query with `reply(expr) -> (status, bytes)`, which a test may exchange at any time."""

    def __init__(self, port=0):
        super().__init__(_ScriptedPrometheusHandler, port)
        self.reply = self.vector()
        self.queries = 0

    @staticmethod
    def vector(*series):
        """Each of the series is ({label: value}, number)."""
        def reply(_expr):
            result = [{"metric": labels, "value": [time.time(), str(value)]} for labels, value in series]
            body = {"status": "success", "data": {"resultType": "vector", "result": result}}
            return 200, json.dumps(body).encode()
        return reply

    @staticmethod
    def always(status, body):
        return lambda _expr: (status, body)


class _ScriptedPrometheusHandler(_Handler):
    def do_GET(self):
        self.query(urllib.parse.urlsplit(self.path).query)

    def do_POST(self):
        self.query(self.body().decode())

    def query(self, form):
        self.server.queries += 1
        expr = urllib.parse.parse_qs(form).get("query", [""])[0]
        self.answer(*self.server.reply(expr))


class CpuExporter(_Server):
    """A target to scrape: cpu_seconds_total of one core whose load the test sets, 0 to 1."""

    def __init__(self):
        super().__init__(_CpuExporterHandler)
        self._seconds = 1000.0
        self._since = time.monotonic()
        self._load = 0.0

    def seconds(self):
        now = time.monotonic()
        self._seconds += (now - self._since) * self._load
        self._since = now
        return self._seconds

    def set_load(self, load):
        self.seconds()
        self._load = load


class _CpuExporterHandler(_Handler):
    def do_GET(self):
        text = ("# TYPE cpu_seconds_total counter\n"
                'cpu_seconds_total{cpu="0",mode="user"} %.6f\n' % self.server.seconds())
        self.answer(200, text, "text/plain; version=0.0.4")


class Scenario(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        if not TOCSIN.exists():
            self.fail("%s is missing: scripts/build release tocsin, or set TOCSIN_BINARY" % TOCSIN)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-e2e-"))
        self.processes = []
        self.addCleanup(self._finish)

    def _finish(self):
        faults = []
        for process in reversed(self.processes):
            status = process.stop()
            if isinstance(process, Tocsin):
                faults += ["exit status %s" % status] if status != 0 else []
                faults += [mark for mark in SANITIZER_MARKS if mark in process.log()]
        if faults or self._outcome_failed():
            for process in self.processes:
                print("--- the end of %s's log\n%s" % (process.name, process.log()[-8000:]), file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.assertEqual(faults, [], "tocsin did not stop cleanly")

    def _outcome_failed(self):
        result = self._outcome.result
        return any(test is self or getattr(test, "test_case", None) is self
                   for test, _ in result.failures + result.errors)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def wait_until(self, what, condition, seconds=PATIENCE):
        """The first true value of condition(); the test fails if none comes in time."""
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            for process in self.processes:
                if not process.running() and process.popen.returncode != 0:
                    self.fail("%s ended with status %s while waiting for %s"
                              % (process.name, process.popen.returncode, what))
            if time.monotonic() > deadline:
                self.fail("waited %d s in vain for %s" % (seconds, what))
            time.sleep(0.05)

    def serve(self, server):
        """A server that ends with the test."""
        self.addCleanup(server.stop)
        return server

    def serve_background(self, server):
        """The same for a socketserver that does not run by itself yet."""
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def start_tocsin(self, config, arguments=(), **options):
        tocsin = Tocsin(self, config, arguments, **options)
        self.processes.append(tocsin)
        self.wait_until("tocsin to be ready", tocsin.ready)
        return tocsin

    def kill(self, process):
        """Ends it as `kill -9` does; the test goes on without it."""
        self.processes.remove(process)
        process.popen.kill()
        process.popen.wait()

    def start_prometheus(self, config, arguments=(), program=None):
        """A real Prometheus with that configuration, in which @SELF@ is its own address."""
        prometheus = Prometheus(self, config, arguments, program)
        self.processes.append(prometheus)
        self.wait_until("Prometheus to be ready", lambda: answers(prometheus.address, "/-/ready"))
        return prometheus

    def start_alertmanager(self, config, program=None):
        alertmanager = Alertmanager(self, config, program)
        self.processes.append(alertmanager)
        self.wait_until("Alertmanager to be ready", lambda: answers(alertmanager.address, "/-/ready"))
        return alertmanager

    def run_program(self, *command):
        """(exit status, standard output and error together) of a short-lived program."""
        done = subprocess.run([str(part) for part in command], cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False,
                              env={**os.environ, "HOME": str(self.folder)})
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def start_slack(self):
        """(URL, list that fills with the messages)."""
        messages = []
        server = self.serve_background(slack_endpoint.Endpoint(("127.0.0.1", 0), messages.append))
        return "http://127.0.0.1:%d/services/T/B/X" % server.server_address[1], messages

    def start_smtp(self, **options):
        """(address, list that fills with the mails)."""
        mails = []
        server = self.serve_background(smtp_sink.Sink(("127.0.0.1", 0), mails.append, **options))
        return "127.0.0.1:%d" % server.server_address[1], mails
