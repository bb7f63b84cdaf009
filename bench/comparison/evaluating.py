"""E1: one rule with many firing series. E2: many rules with one each. E3: from the value to the webhook.

Every firing alert is sent at each evaluation, so that reading the answer, state, templates and sending are all in it.
Prometheus evaluates against its own storage: no HTTP and no JSON comes in there."""

import collections
import random
import time

from . import configs, programs
from .run import count


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else float("nan")


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def many_series(run, program):
    # The interval is such that the slowest of them is done well within it.
    cases = ((1000, 2, 4, False),) if run.quick else (
        (10_000, 8, 4, False), (10_000, 8, 4, True), (100_000, 75, 1, False))
    for series, interval, evaluations, remote_write in cases:
        if remote_write and not program.remote_write:
            continue
        with run.fake() as fake:
            values = {"config": configs.prometheus(interval, series, fake.address)} \
                if program.name == "prometheus" else {}
            rules = "groups:\n" + configs.group("g", interval, [("HighCPU", "bench_%d > 80" % series)])
            with run.start(program, rules=rules, datasource=fake.url, notifier=fake.url, delay="500ms",
                           remote_write=remote_write, **values) as server:
                case = "many series" + (", remote write" if remote_write else "")
                evaluate_series(run, server, fake, case, series, interval, evaluations)


def evaluate_series(run, server, fake, case, series, interval, evaluations):
    """Whole evaluations, measured from one idle moment to another."""
    memory = server.memory()
    if not wait_until(lambda: fake.counters()["alerts"] >= series, 60 + 3 * interval):
        raise RuntimeError("the alerts of the first evaluation have not come: %s" % fake.counters())
    server.settle(interval * 0.5, 0.3)
    fake.clear()
    before = server.cpu()
    wait_until(lambda: fake.counters()["alerts"] >= evaluations * series, (evaluations + 1.5) * interval + 60)
    cpu = server.settle(interval * 0.4, 0.3) - before
    done = fake.counters()
    evaluated = done["series"] or done["alerts"]
    if not evaluated:
        raise RuntimeError("nothing was evaluated: %s" % done)
    run.record("E1", "%s, %s" % (case, count(series)), "%s series%s" % (count(series), case[len("many series"):]),
               server.program, alert_cpu=cpu / evaluated, evaluations=evaluated / series, alerts=done["alerts"],
               bytes_per_alert=(server.memory() - memory) / series, peak_bytes=server.memory("VmHWM"),
               writes=done["writes"])


def many_rules(run, program):
    cases = ((1000, 5, 10),) if run.quick else ((1000, 10, 30), (10_000, 10, 40), (10_000, 1, 20))
    for rules, interval, seconds in cases:
        per_group = 10
        text = "groups:\n"
        for first in range(0, rules, per_group):
            text += configs.group("g%d" % first, interval, [
                ("Rule%d" % i, 'bench_1{rule="%d"} > 80' % i) for i in range(first, first + per_group)])
        with run.fake() as fake:
            with run.start(program, rules=text, datasource=fake.url, notifier=fake.url,
                           delay="%ds" % interval) as server:
                wait_until(lambda: fake.counters()["queries"] >= rules * 1.2, 3 * interval + 30)
                evaluate_rules(run, server, fake, rules, interval, seconds)


def evaluate_rules(run, server, fake, rules, interval, seconds):
    fake.clear()
    before, begin = server.cpu(), time.monotonic()
    time.sleep(seconds)
    cpu, elapsed, done = server.cpu() - before, time.monotonic() - begin, fake.counters()
    queries = collections.defaultdict(list)
    for event in fake.events():
        if event["kind"] == "q":
            queries[event["key"]].append(event["begin"])
    gaps = [(late - early) / 1e9 for times in queries.values() for early, late in zip(times, times[1:])]
    jitter = [abs(gap - interval) for gap in gaps]
    run.record("E2", "%d rules, %d s" % (rules, interval),
               "%s rules in groups of 10, each %d s" % (count(rules), interval), server.program,
               cpu=cpu / max(1, done["queries"]), rate=done["queries"] / elapsed, wanted_rate=rules / interval,
               missed=sum(round(gap / interval) - 1 for gap in gaps if gap > 1.5 * interval),
               jitter_p50=quantile(jitter, 0.5), jitter_p99=quantile(jitter, 0.99), busy=cpu / elapsed,
               alerts=done["alerts"], bytes=server.memory())


def value_to_webhook(run, program):
    """Rules over series that appear one by one. `program` evaluates and pages in one process, or, for vmalert, there
    is Alertmanager behind it."""
    toggles = 10 if run.quick else 60
    rules = "groups:\n" + "".join(
        configs.group("t%d" % i, 1, [("T%d" % i, "toggle_%d > 80" % i)]) for i in range(toggles))
    servers = []
    with run.fake() as fake:
        config = configs.router("'...'", 0, 300, fake.port)
        try:
            if program.name == "tocsin":
                servers.append(run.start(program, config=configs.with_rules(config, fake.url), rules=rules))
            else:
                servers.append(run.start(programs.ALERTMANAGER, config=config))
                servers.append(run.start(program, rules=rules, datasource=fake.url, delay="1s",
                                         notifier="http://" + servers[0].address))
            switch_on(run, program, servers, fake, toggles)
        finally:
            for server in reversed(servers):
                server.stop()


def switch_on(run, program, servers, fake, toggles):
    if not wait_until(lambda: fake.counters()["queries"] >= 2 * toggles, 30):
        raise RuntimeError("no evaluations: %s" % fake.counters())
    fake.clear()
    before = sum(server.cpu() for server in servers)
    moments = random.Random(1)
    for i in range(toggles):
        fake.control("toggle?id=%d" % i)
        time.sleep(moments.uniform(0.05, 0.45))
    wait_until(lambda: fake.counters()["notifications"] >= toggles, 5)
    cpu = sum(server.cpu() for server in servers) - before
    switched, answered, notified = {}, {}, {}
    for event in fake.events():
        key = event["key"]
        if event["kind"] == "T":
            switched[key] = event["end"]
        elif event["kind"] == "t" and event["items"]:
            answered.setdefault(key, event["sent"])
        elif event["kind"] == "h":
            notified.setdefault(key, event["end"])
    times = [(notified[key] - answered[key]) / 1e9 for key in notified if key in answered]
    total = [(notified[key] - switched[key]) / 1e9 for key in notified if key in switched]
    run.record("E3", "value to webhook", "%d alerts, interval 1 s" % toggles, program, p50=quantile(times, 0.5),
               p99=quantile(times, 0.99), slowest=quantile(times, 1), total_p50=quantile(total, 0.5),
               missed=toggles - len(times), cpu=cpu, bytes=sum(server.memory() for server in servers))
