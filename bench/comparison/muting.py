"""R4: what silences cost when groups are flushed. R5: what inhibition costs."""

import sys
import time

from . import configs
from .run import count

NO_SUCH_HOST = 5_000_000  # Beyond those of any alert.


def ingest_and_flush(run, server, fake, wait, loads):
    """(CPU of the ingest, CPU of what group_wait then starts, alerts notified)."""
    before, begin = server.settle(), time.monotonic()
    for load in loads:
        run.load("alerts", address=server.address, batch=1000, **load)
    taken, end = server.settle(), time.monotonic()
    if end - begin > wait:
        print("compare: flushes began before all alerts were taken; their sum is right", file=sys.stderr)
    # The last group may begin to wait with the last alert.
    time.sleep(wait + 0.3)
    flushed = server.settle(limit=900, quiet=1.0)
    return taken - before, flushed - taken, fake.counters()["notified_alerts"]


def silence(run, program):
    """The same flush without silences, with many that match nothing and, with fewer alerts (Alertmanager looks at
    every silence for each), with many that do."""
    many, alerts, few_alerts, wait = (300, 20_000, 5000, 4) if run.quick else (10_000, 100_000, 10_000, 15)
    cases = [("none", 0, alerts, {}),
             ("none match", many, alerts, {"first_host": NO_SUCH_HOST}),
             ("many match", many, few_alerts, {})]
    for case, silences, size, flags in cases:
        if case == "none match" and program.name != "tocsin":
            continue  # The goal is about tocsin alone; Alertmanager would take ten minutes.
        with run.fake() as fake, run.start(program, config=configs.router(wait=wait, sink=fake.port)) as server:
            if silences:
                run.load("silences", address=server.address, silences=silences, **flags)
            _, flush, notified = ingest_and_flush(run, server, fake, wait, [{"alerts": size}])
            run.record("R4", case, "%s silences, %s alerts, %s" % (count(silences), count(size), case),
                       program, flush_cpu=flush, notified=notified, peak_bytes=server.memory("VmHWM"))


def inhibit(run, program):
    rules, sources, targets, wait = (100, 1000, 5000, 4) if run.quick else (1000, 10_000, 50_000, 15)
    with run.fake() as fake:
        config = configs.router(wait=wait, sink=fake.port) + configs.inhibition(rules)
        with run.start(program, config=config) as server:
            ingest, flush, notified = ingest_and_flush(run, server, fake, wait, [
                {"alerts": sources, "prefix": "Src", "severity": "critical", "names": rules},
                {"alerts": targets, "prefix": "Tgt", "severity": "warning", "names": rules}])
            run.record("R5", "inhibition", "%s rules, %s sources, %s targets"
                       % (count(rules), count(sources), count(targets)), program, cpu=ingest + flush, ingest_cpu=ingest,
                       flush_cpu=flush, notified=notified, peak_bytes=server.memory("VmHWM"))
