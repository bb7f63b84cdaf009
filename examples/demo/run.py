#!/usr/bin/env python3
"""The way of a page on one machine: node exporter -> Prometheus -> tocsin -> Slack and e-mail, and back.

scripts/demo builds tocsin, unpacks Debian's Prometheus and node exporter, and calls this. Every program
runs on the loopback address with a port and data of its own and is stopped by its process id at the end.
"""

import argparse
import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import smtp_sink

HERE = pathlib.Path(__file__).resolve().parent
PR_SET_PDEATHSIG = 1


class DemoError(Exception):
    """What did not happen, for the reader of the terminal."""


def die_with_parent():
    """Even if the demo itself is killed, nothing of it stays behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url):
    """The body, or None if there is no good answer."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode("utf-8", "replace")
    except (OSError, urllib.error.URLError):
        return None


class Demo:
    def __init__(self, options):
        self.options = options
        self.work = pathlib.Path(options.work).resolve()
        self.started = time.monotonic()
        self.processes = []  # (name, Popen, log), in the order in which they were started.
        self.addresses = {}
        # How the kernel counts what the demo burns.
        self.mode = "nice" if os.getpriority(os.PRIO_PROCESS, 0) > 0 else "user"

    def say(self, text):
        print("[%5.1f s] %s" % (time.monotonic() - self.started, text), flush=True)

    # Programs.

    def start(self, name, *command, show_output=False):
        log = self.work / (name + ".log")
        with open(log, "wb") as sink:
            process = subprocess.Popen(
                [str(part) for part in command], cwd=self.work, stdin=subprocess.DEVNULL,
                stdout=None if show_output else sink, stderr=sink, preexec_fn=die_with_parent)
        self.processes.append((name, process, log))
        return process

    def stop(self, process):
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop_all(self):
        for _, process, _ in reversed(self.processes):
            if process.poll() is None:
                self.stop(process)

    def wait_until(self, what, seconds, condition):
        deadline = min(time.monotonic() + seconds, self.started + self.options.deadline)
        while True:
            result = condition()
            if result:
                return result
            for name, process, _ in self.processes:
                if process.poll() not in (None, -signal.SIGTERM):
                    raise DemoError("%s ended with status %d" % (name, process.returncode))
            if time.monotonic() > deadline:
                raise DemoError("waited in vain for " + what)
            time.sleep(0.2)

    # The parts.

    def configure(self):
        for port in ("NODE_EXPORTER", "PROMETHEUS", "TOCSIN"):
            self.addresses[port] = "127.0.0.1:%d" % free_port()
        for name in ("prometheus.yml", "alert.rules", "tocsin.yml"):
            text = (HERE / name).read_text(encoding="utf-8")
            for key, address in self.addresses.items():
                text = text.replace("@%s@" % key, address)
            if name == "tocsin.yml" and os.environ.get("SLACK_API_URL"):
                # A second Slack message to the real thing; the stand-in goes on showing what was sent.
                text = text.replace("  slack_configs:\n", "  slack_configs:\n" + self.real_slack())
            target = self.work / name
            target.touch(mode=0o600)
            target.write_text(text, encoding="utf-8")

    def real_slack(self):
        return ("  - send_resolved: true\n    api_url: %s\n    text: '{{ .CommonAnnotations.description }}'\n"
                % json.dumps(os.environ["SLACK_API_URL"]))

    def start_receivers(self):
        for key, script in (("SLACK", "slack_endpoint"), ("SMTP", "smtp_sink")):
            port_file = self.work / (script + ".port")
            self.start(script, sys.executable, HERE / (script + ".py"), "--port-file", port_file,
                       "--record", self.work / (script + ".jsonl"), show_output=True)
            port = self.wait_until(script, 20, lambda: port_file.exists() and port_file.read_text())
            self.addresses[key] = "127.0.0.1:" + port.strip()

    def start_prometheus(self):
        packages = pathlib.Path(self.options.packages).resolve()
        self.start("node_exporter", packages / "prometheus-node-exporter", "--collector.disable-defaults",
                   "--collector.cpu", "--web.listen-address=" + self.addresses["NODE_EXPORTER"])
        self.start("prometheus", packages / "prometheus", "--config.file=prometheus.yml",
                   "--storage.tsdb.path=prometheus-data", "--storage.tsdb.retention.time=1h",
                   "--web.listen-address=" + self.addresses["PROMETHEUS"])
        self.wait_until("Prometheus to scrape the node exporter", 60, lambda: self.query("cpu_seconds_total"))

    def query(self, expression):
        body = get("http://%s/api/v1/query?query=%s"
                   % (self.addresses["PROMETHEUS"], urllib.parse.quote(expression)))
        return json.loads(body)["data"]["result"] if body else []

    def start_tocsin(self):
        self.start("tocsin", self.options.tocsin, "--config.file=tocsin.yml", "--storage.path=tocsin-data",
                   "--web.listen-address=" + self.addresses["TOCSIN"],
                   "--web.external-url=http://" + self.addresses["TOCSIN"])
        self.wait_until("tocsin to be ready", 30,
                        lambda: get("http://%s/-/ready" % self.addresses["TOCSIN"]) is not None)

    def recorded(self, script):
        """What has come in there so far."""
        record = self.work / (script + ".jsonl")
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        return [json.loads(line) for line in lines]

    def wait_for_messages(self, status, core, seconds):
        def titles():
            return [part["title"] for message in self.recorded("slack_endpoint")
                    for part in message["attachments"]]

        def subjects():
            return [str(smtp_sink.parse(mail)["Subject"]) for mail in self.recorded("smtp_sink")]

        def is_it(text):
            return text.startswith("[" + status) and " HighCpuUsage %d %s " % (core, self.mode) in text

        for what, seen in (("Slack message", titles), ("e-mail", subjects)):
            self.wait_until("the %s that says %s" % (what, status), seconds,
                            lambda seen=seen: any(is_it(text) for text in seen()))

    def run(self):
        self.start_receivers()
        self.configure()
        self.start_prometheus()
        self.start_tocsin()
        self.say("running: Prometheus http://%(PROMETHEUS)s, tocsin http://%(TOCSIN)s" % self.addresses)
        core = self.quietest_core()
        burner = self.start("burner", "taskset", "-c", core, "sh", "-c", "while :; do :; done")
        self.say("burning CPU %d; the rule wants more than 80 %% for 5 s" % core)
        self.wait_for_messages("FIRING", core, 75)
        self.stop(burner)
        self.say("paged, so the CPU is left alone again; the resolved message is next")
        self.wait_for_messages("RESOLVED", core, self.options.deadline)
        self.say("resolved")

    def usage(self):
        """{core: share of its time in programs}, as the rule sees it."""
        if "PROMETHEUS" not in self.addresses:
            return {}
        return {int(series["metric"]["cpu"]): float(series["value"][1])
                for series in self.query('rate(cpu_seconds_total{mode="%s"}[5s])' % self.mode)}

    def quietest_core(self):
        """What else runs on this machine must not keep the alert firing when the demo has stopped."""
        usage = self.wait_until("the usage of the CPUs", 30, self.usage)
        core = min(os.sched_getaffinity(0), key=lambda core: usage.get(core, 0))
        if usage.get(core, 0) > 0.5:
            self.say("other programs keep this machine busy: the page will not be resolved before they pause")
        return core

    def explain_failure(self):
        for core, share in sorted(self.usage().items()):
            print("CPU %d: %.0f %% of its time in programs, whichever they are" % (core, 100 * share), file=sys.stderr)
        for name, _, log in self.processes:
            print("--- the end of %s" % log, file=sys.stderr)
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            print("\n".join(lines[-15:]), file=sys.stderr)


def interrupted(signum, _frame):
    sys.exit(128 + signum)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tocsin", required=True, help="the program")
    parser.add_argument("--packages", required=True, help="folder with Debian's prometheus programs")
    parser.add_argument("--work", required=True, help="folder for data and logs; emptied first")
    parser.add_argument("--deadline", type=float, default=170, help="give up after so many seconds")
    options = parser.parse_args()
    options.tocsin = pathlib.Path(options.tocsin).resolve()

    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    shutil.rmtree(options.work, ignore_errors=True)
    os.makedirs(options.work)
    demo = Demo(options)
    try:
        demo.run()
    except DemoError as error:
        demo.explain_failure()
        print("demo: %s" % error, file=sys.stderr)
        return 1
    finally:
        demo.stop_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
