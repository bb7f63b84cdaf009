"""R6: the API's reads, alone and beside ingest."""

import time
import urllib.parse

from . import configs
from .run import count

ALL = "/api/v2/alerts"
GROUPS = "/api/v2/alerts/groups"
ONE = ALL + "?filter=" + urllib.parse.quote('instance="host-0001234.dc1.example.net:9100"')


def reads(run, program):
    alerts = 5000 if run.quick else 100_000
    with run.start(program, config=configs.router()) as server:
        run.load("alerts", address=server.address, alerts=alerts, batch=1000)
        for case, path, requests in (("all", ALL, 5), ("groups", GROUPS, 5), ("one", ONE, 20 if run.quick else 100)):
            before = server.settle()
            done = run.load("read", address=server.address, path=path, requests=requests)
            cpu = (server.settle() - before) / requests
            run.record("R6", case, "%s alerts, %s" % (count(alerts), case), program, cpu=cpu,
                       p50=done["latency_ms"]["p50"] / 1e3, p99=done["latency_ms"]["p99"] / 1e3,
                       items=done["items"], body_bytes=done["body_bytes"])
        for case, path in (("readers of one", ONE), ("readers of all", ALL)):
            beside_ingest(run, program, server, alerts, case, path)


def beside_ingest(run, program, server, alerts, case, path):
    before = server.settle()
    readers = run.begin_load("read", address=server.address, path=path, connections=10,
                             seconds=1 if run.quick else 12)
    time.sleep(0.2)
    ingest = run.load("alerts", address=server.address, alerts=alerts, batch=64, connections=2, tick=3)
    done = run.end_load(readers)
    run.record("R6", case, "%s alerts, ten %s" % (count(alerts), case), program,
               read_p50=done["latency_ms"]["p50"] / 1e3, read_p99=done["latency_ms"]["p99"] / 1e3,
               read_rate=done["requests"] / done["elapsed_s"], ingest_rate=alerts / ingest["elapsed_s"],
               cpu=server.settle() - before, peak_bytes=server.memory("VmHWM"))
