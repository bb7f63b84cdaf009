"""What each measure is to be. A goal is about tocsin beside a peer, beside itself in another case, or alone."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Goal:
    """With a `peer`, or another case of tocsin's own, `limit` is a ratio to it; without, an amount in `unit`. At most,
    or at least. No limit: nothing was promised, the line is there to be known."""
    scenario: str
    case: str
    measure: str
    what: str
    unit: str
    peer: str = ""
    limit: float = None
    case_beside: str = ""
    at_least: bool = False


AM, VM, PROM = "alertmanager", "vmalert", "prometheus"

GOALS = (
    *(Goal("R1", case, measure, what, "s", AM, 1 / 15)
      for case in ("batches of 64", "batches of 1000", "1M alerts")
      for measure, what in (("new_cpu", "CPU of a new alert"), ("again_cpu", "CPU of one sent again"))),
    *(Goal("R1", case, "%s_beside_unstored" % which, "CPU of %s, beside that without the storing threads" % what,
           "times", limit=limit)
      for case in ("batches of 64", "batches of 1000", "1M alerts")
      for which, what, limit in (("new", "a new alert", 2), ("again", "one sent again", 1.1))),
    *(Goal("R1", case, "bytes_per_alert", "memory of an active alert", "B", AM, 1 / 5)
      for case in ("batches of 1000", "1M alerts")),
    *(Goal("R2", case, "cpu", "CPU of a notification", "s", AM, 1 / 6)
      for case in ("10 a second", "100 a second", "1000 a second")),
    Goal("R2", "1000 a second", "p99", "p99 from the post to the webhook", "s", limit=0.005),
    *(Goal("R3", case, "cpu", "CPU", "s", AM, 1 / 10) for case in ("whole", "interleaved")),
    *(Goal("R3", case, "duplicates", "duplicate posts", "", limit=0) for case in ("whole", "interleaved")),
    Goal("R3", "storm", "flush_cpu", "CPU of the flush", "s", AM, 1 / 15),
    Goal("R4", "none match", "flush_cpu", "CPU of the flush, beside none", "s", limit=1.2, case_beside="none"),
    Goal("R4", "many match", "flush_cpu", "CPU of the flush", "s", AM),
    Goal("R5", "inhibition", "cpu", "CPU of ingest and flush", "s", AM, 1 / 10),
    Goal("R6", "all", "cpu", "CPU of a GET", "s", AM, 1 / 20),
    Goal("R6", "groups", "cpu", "CPU of a GET", "s", AM),
    Goal("R6", "one", "p99", "p99 of a filter for one alert", "s", limit=0.002),
    *(Goal("R6", case, "ingest_rate", "alerts taken beside them", "/s", AM, 10, at_least=True)
      for case in ("readers of one", "readers of all")),
    *(Goal("R6", case, "read_p50", "median read", "s", AM, 1 / 20) for case in ("readers of one", "readers of all")),
    Goal("R7", "each 10 s", "alert_cpu", "CPU of an alert", "s", AM),
    Goal("R8", "restart", "ready", "start to ready", "s", AM, 1 / 5),
    *(Goal("E1", "many series, " + size, "alert_cpu", "CPU of an alert's evaluation", "s", peer, limit)
      for size in ("1k", "10k", "100k") for peer, limit in ((VM, 1 / 50), (PROM, 1 / 25))),
    Goal("E1", "many series, remote write, 10k", "alert_cpu", "CPU of an alert's evaluation", "s", VM),
    *(Goal("E1", "many series, " + size, "bytes_per_alert", "memory of an alert", "B", VM, 1 / 8)
      for size in ("10k", "100k")),
    *(Goal("E2", case, "cpu", "CPU of an evaluation", "s", VM, 1 / 4)
      for case in ("1000 rules, 5 s", "1000 rules, 10 s", "10000 rules, 10 s")),
    Goal("E2", "10000 rules, 1 s", "rate", "most evaluations a second on one processor", "/s", VM, 3, at_least=True),
    Goal("E2", "10000 rules, 10 s", "missed", "missed iterations", "", limit=0),
    Goal("E2", "10000 rules, 10 s", "jitter_p99", "p99 of the jitter", "s", limit=0.02),
    Goal("E3", "value to webhook", "p99", "p99 from the answer to the webhook", "s", limit=0.005),
)
