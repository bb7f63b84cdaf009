"""R2: how long a notification takes and what it costs. R3: many groups, and one that is large."""

import time

from . import configs
from .run import count
from .server import harness


def one_by_one(run, program):
    """Each alert is a group of its own and is due at once."""
    for rate, alerts in ((10, 30), (1000, 2000)) if run.quick else ((10, 300), (100, 2000), (1000, 20_000)):
        sink = harness.free_port()
        with run.start(program, config=configs.router("'...'", 0, 300, sink)) as server:
            load = {"address": server.address, "batch": 1, "sequence": 1, "sink_port": sink}
            run.load("alerts", alerts=20, rate=100, offset=900_000, **load)
            before = server.settle()
            done = run.load("alerts", alerts=alerts, rate=rate, connections=16, sink_wait=20, linger=1, **load)
            cpu = server.settle() - before
            latency = done["sink"]["latency_ms"]
            run.record("R2", "%d a second" % rate, "%s alerts, %s a second" % (count(alerts), count(rate)), program,
                       cpu=cpu / alerts, p50=latency["p50"] / 1e3, p99=latency["p99"] / 1e3,
                       slowest=latency["max"] / 1e3, missed=done["sink"]["missed"],
                       duplicates=done["sink"]["duplicate_posts"], own_cpu=done["own_cpu_s"] / alerts)


def many_groups(run, program):
    """`whole`: the alerts of a group come together. `interleaved`: one of every group, then the next of every group,
    so that a server that is slower than the load must notify a group several times."""
    groups = 500 if run.quick else 10_000
    for case, per_group in (("whole", 10), ("interleaved", 1)):
        sink = harness.free_port()
        with run.start(program, config=configs.router("grp", 1, 5, sink)) as server:
            before = server.settle()
            done = run.load("alerts", address=server.address, alerts=groups * 10, batch=1000, sequence=1,
                            groups=groups, per_group=per_group, sink_port=sink, sink_wait=120,
                            linger=6 if run.quick else 12)
            run.record("R3", case, "%s groups of 10, %s" % (count(groups), case), program, cpu=server.cpu() - before,
                       all_delivered=done["sink"]["all_delivered_s"], posts=done["sink"]["posts"],
                       missed=done["sink"]["missed"], duplicates=done["sink"]["duplicate_posts"],
                       peak_bytes=server.memory("VmHWM"))
    storm(run, program)


def storm(run, program):
    """All alerts in one group: what its flush costs once all of them are there."""
    alerts, wait = (10_000, 3) if run.quick else (100_000, 15)
    sink = harness.free_port()
    with run.start(program, config=configs.router("job", wait, configs.HOUR, sink)) as server:
        server.settle()
        load = run.begin_load("alerts", address=server.address, alerts=alerts, batch=1000, sequence=1,
                              sink_port=sink, sink_wait=wait + 60)
        time.sleep(wait - 0.5)
        before = server.cpu()
        done = run.end_load(load)
        if done["elapsed_s"] > wait - 0.5:
            raise RuntimeError("the alerts were not taken before their flush: %.1f s" % done["elapsed_s"])
        run.record("R3", "storm", "%s alerts in one group" % count(alerts), program,
                   flush_cpu=server.settle() - before, flush=done["sink"]["all_delivered_s"] - wait,
                   missed=done["sink"]["missed"], peak_bytes=server.memory("VmHWM"))
