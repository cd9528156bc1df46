"""Whether TCP's window after idling matters: an image sent after a pause, with and without it."""

from dataclasses import dataclass

from measure.stats import median
from measure.text import note

LINK = "wifi"
RATE = "0.4/s"  # long enough apart for TCP to have forgotten its window
REQUESTS = 8
PLAN = ("--cut", "input", "--codecs", "raw")  # of what can be sent, the most


@dataclass(frozen=True)
class AfterIdling:
    name: str
    measured: float  # ms, median
    expected_with: float  # ms, with the term
    expected_without: float

    @property
    def error_with(self):
        return abs(self.expected_with / self.measured - 1)

    @property
    def error_without(self):
        return abs(self.expected_without / self.measured - 1)


def measure(cell, site, latencies):
    plan = site.best(cell.link, *PLAN, "--after-idle")
    note(f"{cell.name}: {plan}, {RATE}, {plan.latency:.1f} ms expected")
    terms = latencies(cell, plan, REQUESTS, RATE)
    return AfterIdling(f"{cell.name}: {plan}, {RATE}", median([row["total"] for row in terms]),
                       plan.latency, site.best(cell.link, *PLAN).latency)
