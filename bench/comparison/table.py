"""The results as a Markdown table, one line a goal, computed from the measures."""

import os
import pathlib

from .goals import GOALS

UNITS = {"s": (("s", 1), ("ms", 1e-3), ("us", 1e-6)),
         "B": (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10), ("B", 1)),
         "/s": (("/s", 1),), "times": (("times", 1),), "": (("", 1),)}


def amount(value, unit):
    if value is None:
        return "-"
    for name, size in UNITS[unit]:
        if value >= size:
            break
    number = value / size
    return (("%.0f %s" if number >= 100 or unit == "" else "%.3g %s") % (number, name)).strip()


def ratio(value, goal):
    """1/7.5 for a goal of 1/10, 1.3 times for one of 1.2 times."""
    times = goal.limit >= 1 if goal.limit is not None else value >= 1
    return "%.3g times" % value if times else "1/%.3g" % (1 / value)


def verdict(goal, value):
    if goal.limit is None:
        return ""
    return "met" if (value >= goal.limit if goal.at_least else value <= goal.limit) else "**missed**"


class Table:
    """`results` are those of a Run."""

    def __init__(self, results):
        self.results = {(r["scenario"], r["case"], r["program"]): r for r in results}

    def measure(self, goal, program, case):
        result = self.results.get((goal.scenario, case, program))
        return result and result["measures"].get(goal.measure)

    def line(self, goal):
        """None where neither side was measured."""
        ours = self.measure(goal, "tocsin", goal.case)
        relative = goal.peer or goal.case_beside
        theirs = self.measure(goal, goal.peer or "tocsin", goal.case_beside or goal.case) if relative else None
        if ours is None and theirs is None:
            return None
        against = amount(theirs, goal.unit) + (" " + goal.peer if goal.peer and theirs is not None else "")
        value = ours
        if relative:
            value = ours / theirs if ours is not None and theirs else None
        shown = ratio(value, goal) if relative and value else ""
        size = next(r["size"] for key, r in self.results.items() if key[:2] == (goal.scenario, goal.case))
        return "| %s | %s: %s | %s | %s | %s | %s | %s |" % (
            goal.scenario, size, goal.what, amount(ours, goal.unit), against if relative else "", shown,
            target(goal), verdict(goal, value) if value is not None else "not measured")

    def text(self):
        lines = ["| | | tocsin | beside | ratio | target | |", "|---|---|---|---|---|---|---|"]
        return "\n".join(lines + [line for line in map(self.line, GOALS) if line])


def target(goal):
    if goal.limit is None:
        return ""
    if goal.peer or goal.case_beside:
        return ratio(goal.limit, goal)
    return amount(goal.limit, goal.unit)


def machine():
    model = next((line.partition(":")[2].strip() for line in
                  pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
                  if line.startswith("model name")), "unknown processor")
    return "%d processors (%s), load average %.1f at the start" % (os.cpu_count(), model, os.getloadavg()[0])
