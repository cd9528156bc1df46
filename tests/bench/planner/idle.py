"""Whether the small window that a connection begins with matters: its first request, as expected
with it and without. While a connection lives, heartbeats keep TCP's window as it is."""

from dataclasses import dataclass

from measure.stats import median
from measure.text import note

LINK = "wifi"
CONNECTIONS = 5
PLAN = ("--cut", "input", "--codecs", "raw")  # of what can be sent, the most


@dataclass(frozen=True)
class FirstRequest:
    """Of a connection: from its first byte to its answer's last, but for the cloud's work."""

    name: str
    measured: float  # ms, median
    expected_with: float  # ms, with the window's term
    expected_without: float

    @property
    def error_with(self):
        return abs(self.expected_with / self.measured - 1)

    @property
    def error_without(self):
        return abs(self.expected_without / self.measured - 1)


def measure(cell, site, first_request):
    """`first_request(cell, plan)` makes a connection and returns its first request's latencies."""
    plan = site.best(cell.link, *PLAN, "--after-idle")
    note(f"{cell.name}: {plan}, {CONNECTIONS} connections")
    found = median([first_request(cell, plan)["link"] for _ in range(CONNECTIONS)])
    return FirstRequest(f"{cell.name}: {plan}, first request", found, on_the_link(plan),
                        on_the_link(site.best(cell.link, *PLAN)))


def on_the_link(plan):
    return plan.terms["up"] + plan.terms["down"]
