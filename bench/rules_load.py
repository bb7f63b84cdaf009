#!/usr/bin/env python3
"""Many rules over one real Prometheus: does every evaluation happen, and what does one cost?

    scripts/build release && scripts/get-debs .peers prometheus && bench/rules_load.py

Prometheus scrapes itself; the rules are alerting rules over its own metrics, spread over groups as rule packs
are. Prints evaluations, missed iterations, failures, and tocsin's CPU time for one evaluation. Exit status 1 if
one was missed or failed.
"""

import argparse
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/e2e"))
import harness  # noqa: E402

PROMETHEUS = """
global: {scrape_interval: 5s}
scrape_configs:
- job_name: prometheus
  static_configs: [{targets: ['@SELF@']}]
"""

CONFIG = """
global: {evaluation_interval: %ss}
datasources: [{url: 'http://%s'}]
rule_files: [load.rules]
route: {receiver: nobody, group_by: [alertname]}
receivers: [{name: nobody}]
"""

# Of each kind a rule pack has: a series or two that fire, many that do not, some that match nothing.
EXPRESSIONS = (
    "up == 0",
    "rate(prometheus_http_requests_total[1m]) > 1000",
    "sum by (job) (rate(prometheus_tsdb_head_samples_appended_total[1m])) > 1e9",
    "histogram_quantile(0.99, sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[1m]))) > 10",
    "process_resident_memory_bytes > 0",
    "absent(no_such_metric)",
    "no_such_metric > 1",
    "prometheus_http_requests_total >= 0",
)


def rule_file(rules, groups):
    lines = ["groups:"]
    for group in range(groups):
        lines += ["- name: group-%d" % group, "  rules:"]
        for number in range(group, rules, groups):
            lines += ["  - alert: Load%d" % number,
                      "    expr: '%s'" % EXPRESSIONS[number % len(EXPRESSIONS)],
                      "    for: 1m",
                      "    labels: {severity: page, number: '%d'}" % number,
                      "    annotations: {summary: 'load on {{ $labels.job }}: {{ $value }}'}"]
    return "\n".join(lines) + "\n"


def cpu_seconds(pid):
    fields = pathlib.Path("/proc/%d/stat" % pid).read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Load(harness.Scenario):
    """A scenario for its folder and its processes."""

    options = None

    def runTest(self):
        options = self.options
        prometheus = self.start_prometheus(PROMETHEUS)
        self.write("load.rules", rule_file(options.rules, options.groups))
        tocsin = self.start_tocsin(CONFIG % (options.interval, prometheus.address))
        self.wait_until("the first evaluations", lambda: self.evaluations(tocsin) >= options.rules,
                        2 * options.interval + 30)

        pid = tocsin.popen.pid
        start, cpu, before = time.monotonic(), cpu_seconds(pid), self.evaluations(tocsin)
        peer_cpu = cpu_seconds(prometheus.popen.pid)
        time.sleep(options.seconds)
        cpu = cpu_seconds(pid) - cpu
        peer_cpu = cpu_seconds(prometheus.popen.pid) - peer_cpu
        evaluations = self.evaluations(tocsin) - before
        elapsed = time.monotonic() - start
        missed = tocsin.metric("prometheus_rule_group_iterations_missed_total")
        failed = tocsin.metric("prometheus_rule_evaluation_failures_total")

        print("rules %d in %d groups, interval %d s, measured %.0f s"
              % (options.rules, options.groups, options.interval, elapsed))
        print("evaluations %d (%.1f a second), missed iterations %d, failures %d"
              % (evaluations, evaluations / elapsed, missed, failed))
        print("tocsin      %.1f us CPU an evaluation (%.2f %% of a core)"
              % (cpu / evaluations * 1e6, 100 * cpu / elapsed))
        print("prometheus  %.1f us CPU an evaluation" % (peer_cpu / evaluations * 1e6))
        self.assertEqual(missed, 0, "iterations were missed")
        self.assertEqual(failed, 0, "evaluations failed")

    def evaluations(self, tocsin):
        return tocsin.metric("prometheus_rule_evaluations_total") or 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--groups", type=int, default=50)
    parser.add_argument("--interval", type=int, default=15, help="seconds")
    parser.add_argument("--seconds", type=int, default=60, help="to measure, after the first round")
    Load.options = parser.parse_args()
    result = harness.unittest.TextTestRunner(verbosity=0).run(Load())
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
