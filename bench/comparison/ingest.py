"""R1: taking new alerts, and the same alerts again. R7: the same again and again, as Prometheus sends them."""

import time

from . import configs
from .run import count


def beside(cpu, storing):
    """The CPU of all, beside what it is without the threads that write down state and history."""
    return cpu / (cpu - storing)


def new_and_again(run, program):
    cases = ((10_000, 64), (10_000, 1000)) if run.quick else ((100_000, 64), (100_000, 1000), (1_000_000, 1000))
    for alerts, batch in cases:
        with run.start(program, config=configs.router()) as server:
            rounds = 1 if alerts > 100_000 else 2
            cpu, storing, memory = server.settle(), server.storing(), server.memory()
            load = {"address": server.address, "alerts": alerts, "batch": batch}
            first = run.load("alerts", **load)
            taken, stored, grown = server.settle(), server.storing(), server.memory() - memory
            again = [run.load("alerts", tick=tick + 1, **load) for tick in range(rounds)]
            taken_again, stored_again = server.settle(), server.storing()
            case = "1M alerts" if alerts == 1_000_000 else "batches of %d" % batch
            run.record(
                "R1", case, "%s alerts, batches of %d" % (count(alerts), batch), program,
                new_cpu=(taken - cpu) / alerts, again_cpu=(taken_again - taken) / alerts / rounds,
                new_beside_unstored=beside(taken - cpu, stored - storing),
                again_beside_unstored=beside(taken_again - taken, stored_again - stored),
                new_rate=alerts / first["elapsed_s"],
                again_rate=alerts * rounds / sum(done["elapsed_s"] for done in again),
                bytes_per_alert=grown / alerts, peak_bytes=server.memory("VmHWM"),
                post_p99=first["latency_ms"]["p99"] / 1e3, own_cpu=first["own_cpu_s"] / alerts)


def steadily(run, program):
    alerts, rounds = (10_000, 1) if run.quick else (100_000, 6)
    with run.start(program, config=configs.router()) as server:
        load = {"address": server.address, "alerts": alerts, "batch": 64, "connections": 2}
        run.load("alerts", **load)
        before = server.settle()
        time.sleep(5)
        idle = server.cpu()
        run.load("alerts", rate=alerts / 10, rounds=rounds, tick=1, **load)
        run.record("R7", "each 10 s", "%s alerts each 10 s" % count(alerts), program,
                   alert_cpu=(server.cpu() - idle) / rounds / alerts, idle_share=(idle - before) / 5,
                   bytes=server.memory())
