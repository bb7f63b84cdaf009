"""A server under test, and what the kernel says of it."""

import ctypes
import http.client
import os
import pathlib
import signal
import subprocess
import sys
import time

from . import programs

sys.path.insert(0, str(programs.ROOT / "tests/e2e"))
import harness  # noqa: E402

PATIENCE = 60
CPUCLOCK_SCHED = 2  # linux/posix-timers.h: the clock of all time that a process has run.
IDLE_SHARE = 0.03   # Of a processor: a server that uses less is done with what it was given.


def prepare_child(processor):
    ctypes.CDLL(None).prctl(harness.PR_SET_PDEATHSIG, signal.SIGKILL)
    if processor is not None:
        os.sched_setaffinity(0, {processor})


class Server:
    """Starts the program and waits until it is ready. `folder` holds its log and its data."""

    def __init__(self, program, command, folder, address, processor):
        self.program = program
        self.command = command
        self.folder = folder
        self.address = address
        self.processor = processor
        self.start()

    def start(self):
        begin = time.monotonic()
        with open(self.folder / "log", "ab") as log:
            self.popen = subprocess.Popen([str(word) for word in self.command], cwd=self.folder, stdout=log,
                                          stderr=log, preexec_fn=lambda: prepare_child(self.processor))
        while not self.ready():
            if self.popen.poll() is not None:
                log = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
                raise RuntimeError("%s ended: %s" % (self.command[0], log.strip()[-1000:]))
            if time.monotonic() - begin > PATIENCE:
                raise RuntimeError("%s is not ready" % self.command[0])
            time.sleep(0.001)
        self.begin = begin
        self.ready_seconds = time.monotonic() - begin

    def ready(self):
        try:
            return harness.request(self.address, "GET", self.program.ready, timeout=5)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def cpu(self):
        """Seconds of user and system time, of ended threads too."""
        return time.clock_gettime((~self.popen.pid << 3) | CPUCLOCK_SCHED)

    def storing(self):
        """Of cpu(), seconds of the threads that write down state and history; 0 for a program without any."""
        seconds = 0
        for task in pathlib.Path("/proc/%d/task" % self.popen.pid).iterdir():
            if (task / "comm").read_text(encoding="ascii").strip() in ("store", "history"):
                seconds += int((task / "schedstat").read_text(encoding="ascii").split()[0]) / 1e9
        return seconds

    def memory(self, field="VmRSS"):
        """Bytes; VmHWM is the peak of VmRSS."""
        with open("/proc/%d/status" % self.popen.pid, encoding="ascii") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
        return 0

    def settle(self, limit=30.0, quiet=0.5):
        """Waits until no CPU is used for `quiet` seconds: the garbage collection and the background work that the
        load has caused are then paid for. Returns cpu()."""
        deadline, since, last = time.monotonic() + limit, time.monotonic(), self.cpu()
        while time.monotonic() < deadline and time.monotonic() - since < quiet:
            time.sleep(0.1)
            now = self.cpu()
            if now - last > 0.1 * IDLE_SHARE:
                since = time.monotonic()
            last = now
        return self.cpu()

    def stop(self):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
