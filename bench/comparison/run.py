"""One run of the comparison: starts servers, puts load on them, keeps the results."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from .server import Server, harness, prepare_child


def count(number):
    """1M, 10k, 300."""
    for size, letter in ((1_000_000, "M"), (1000, "k")):
        if number and number % size == 0:
            return "%d%s" % (number // size, letter)
    return "%d" % number


class Run:
    """The servers run on one processor and the load on another, so that neither takes from the other; a Go program
    then runs as on a machine with one."""

    def __init__(self, binaries, quick, folder):
        self.binaries = binaries
        self.quick = quick
        self.folder = folder
        self.results = []
        processors = sorted(os.sched_getaffinity(0))
        self.server_processor = processors[0] if len(processors) > 1 else None
        self.load_processor = processors[1] if len(processors) > 1 else None
        if self.load_processor is not None:
            os.sched_setaffinity(0, {self.load_processor})

    def start(self, program, delay=None, remote_write=False, **values):
        """A Server. `config` and `rules` are the texts of its files; `delay`: its rules begin within that time."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix=program.name + "-", dir=self.folder))
        values.update(data=folder / "data", address="127.0.0.1:%d" % harness.free_port(), delay=delay)
        for name in ("config", "rules"):
            if name in values:
                (folder / (name + ".yml")).write_text(values[name], encoding="utf-8")
                values[name] = folder / (name + ".yml")
        arguments = program.arguments + ((program.start_delay,) if delay else ())
        arguments += (program.remote_write,) if remote_write else ()
        command = [self.binaries[program.binary]] + [word.format(**values) for word in arguments if word]
        return Server(program, command, folder, values["address"], self.server_processor)

    def load_command(self, command, flags):
        words = [str(self.binaries["bench_load"]), command]
        for name, value in flags.items():
            words += ["--" + name.replace("_", "-"), str(value)]
        return words

    def begin_load(self, command, **flags):
        """A load that goes on; for end_load."""
        return subprocess.Popen(self.load_command(command, flags), stdout=subprocess.PIPE,
                                preexec_fn=lambda: prepare_child(self.load_processor))

    @staticmethod
    def end_load(process):
        output = process.communicate()[0]
        if process.returncode != 0:
            raise RuntimeError("bench_load failed")
        result = json.loads(output)
        if result["errors"]:
            print("compare: %d requests failed" % result["errors"], file=sys.stderr)
        return result

    def load(self, command, **flags):
        return self.end_load(self.begin_load(command, **flags))

    def fake(self):
        return Fake(self)

    def record(self, scenario, case, size, program, **measures):
        """`case` is what goals name; `size` says how large it was in this run."""
        self.results.append({"scenario": scenario, "case": case, "size": size, "program": program.name,
                             "measures": measures})
        print("%s %s (%s) %s: %s" % (scenario, case, size, program.name, "  ".join(
            "%s=%.4g" % item for item in measures.items())), file=sys.stderr, flush=True)


class Fake:
    """Prometheus, Alertmanager and webhook receiver in one process of the load generator."""

    def __init__(self, run):
        self.port = harness.free_port()
        self.address = "127.0.0.1:%d" % self.port
        self.url = "http://" + self.address
        self.popen = run.begin_load("fake", port=self.port)
        deadline = time.monotonic() + 10
        while not harness.answers(self.address, "/control/counters"):
            if time.monotonic() > deadline:
                raise RuntimeError("the fake does not answer")
            time.sleep(0.01)

    def control(self, action):
        return harness.request(self.address, "GET", "/control/" + action)[1]

    def counters(self):
        return json.loads(self.control("counters"))

    def clear(self):
        self.control("clear")

    def events(self):
        """Dictionaries; times in nanoseconds of one clock."""
        names = ("key", "begin", "end", "sent", "items")
        lines = (line.split() for line in self.control("events").splitlines())
        return [dict(zip(names, map(int, words[1:])), kind=words[0]) for words in lines]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.popen.kill()
        self.popen.communicate()
