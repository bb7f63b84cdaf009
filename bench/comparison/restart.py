"""R8: starting over what was stored."""

import statistics
import time

from . import configs
from .run import count
from .server import harness


def restart(run, program):
    number, starts = (1000, 1) if run.quick else (10_000, 5)
    sink = harness.free_port()
    with run.start(program, config=configs.router("seq", 0, configs.HOUR, sink)) as server:
        empty = server.ready_seconds
        run.load("silences", address=server.address, silences=number, names=9999)
        run.load("alerts", address=server.address, alerts=number, batch=100, sequence=1, offset=5_000_000,
                 sink_port=sink, sink_wait=30)
        server.settle()
        ready, first, cpu, memory = [], [], [], []
        for _ in range(starts):
            server.stop()
            server.start()
            done = run.load("read", address=server.address, path="/api/v2/silences", needle='"createdBy"')
            if done["items"] != number:
                raise RuntimeError("%d of %d silences came back" % (done["items"], number))
            first.append(time.monotonic() - server.begin)
            ready.append(server.ready_seconds)
            cpu.append(server.cpu())
            memory.append(server.memory())
        run.record("R8", "restart", "%s silences, as many log entries" % count(number), program,
                   ready=statistics.median(ready), first_read=statistics.median(first), empty_ready=empty,
                   cpu=statistics.median(cpu), bytes=statistics.median(memory))
