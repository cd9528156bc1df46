"""A link that jumps while both daemons run: how soon the edge follows, and what it costs."""

import dataclasses
import json
from dataclasses import dataclass

from adaptation import live, simulate
from adaptation.setting import PATIENCE, SAVING, Setting
from lab.scenario import Event
from measure.stats import quantile
from planner.live import result_of_scenario

STEP_SECONDS = 30
FAST, SLOW = "18.88Mbps", "1.1Mbps"
LINK = {"preset": "wifi", "rate": FAST}
# Where the best plan is clear at both rates: 4 times slower, edge and cloud take about as long at
# the lower one, and whoever wins a race there says nothing.
NETWORK, FACTOR, TAIL = "resnet18", 3.5, "race"
REQUESTS = 3 * STEP_SECONDS * 2 - 4  # at live.RATE; the last ones end within the third step


@dataclass(frozen=True)
class LiveSteps:
    requests_down: int | None  # from the drop to the first that is answered by the edge
    seconds_up: float | None  # from the rise to the first that goes to the cloud again
    changes: int  # of the cut, after the worse of the two jumps; a race may end either way
    lost: int
    doubled: int
    slowest_vs_p99: float  # around the changes, over the steady state's 99th percentile


def admitted(row):
    """Seconds from the first answer."""
    return row["at"] - row["latency_ms"] * 1e-3


def phase(rows, begin, end):
    return [row for row in rows if begin <= admitted(row) < end]


def first_by(rows, edge):
    """The index of the first one that the edge answered alone, or that it did not; None."""
    return next((i for i, row in enumerate(rows) if (row["path"] == "edge") == edge), None)


def changes(rows):
    return sum(a["cut"] != b["cut"] for a, b in zip(rows, rows[1:]))


def lost(numbers):
    return max(numbers) - min(numbers) + 1 - len(set(numbers))


def read(rows, down_at, up_at):
    """What rows of one run say; times in seconds, as rows have them."""
    slow = phase(rows, down_at, up_at)
    fast = phase(rows, up_at, float("inf"))
    down, up = first_by(slow, edge=True), first_by(fast, edge=False)
    numbers = [row["seq"] for row in rows]
    # Until the rise is seen all is answered as before.
    near = [*slow[:(down or 0) + 3], *fast[max((up or 0) - 3, 0):(up or 0) + 3]]
    steady = [row["latency_ms"] for row in rows if row not in near]
    return LiveSteps(
        requests_down=None if down is None else down + 1,
        seconds_up=None if up is None else admitted(fast[up]) - up_at,
        changes=max(changes(slow), changes(fast)),
        lost=lost(numbers),
        doubled=len(numbers) - len(set(numbers)),
        slowest_vs_p99=max((row["latency_ms"] for row in near), default=0) / quantile(steady, 0.99))


@dataclass(frozen=True)
class SavingSteps:
    """Of an edge that sends every request to the cloud; None where the cut stayed."""

    requests_down: int | None  # from the drop to the first with the cut that then stays
    requests_up: int | None  # from the rise
    changes: int  # of the cut, after the worse of the two jumps
    lost: int
    doubled: int


def settled(rows, before):
    """Requests until the cut that stays, that one included; None where it is `before`."""
    if rows[-1]["cut"] == before:
        return None
    last_other = max((i for i, row in enumerate(rows) if row["cut"] != rows[-1]["cut"]), default=-1)
    return last_other + 2


def read_saving(rows, down_at, up_at):
    fast, slow = phase(rows, 0, down_at), phase(rows, down_at, up_at)
    again = phase(rows, up_at, float("inf"))
    numbers = [row["seq"] for row in rows]
    return SavingSteps(
        requests_down=settled(slow, fast[-1]["cut"]), requests_up=settled(again, slow[-1]["cut"]),
        changes=max(changes(fast[-1:] + slow), changes(slow[-1:] + again)),
        lost=lost(numbers), doubled=len(numbers) - len(set(numbers)))


def run():
    """How a race follows. Blocks for a minute and a half and what profiles and warming up take.
    Raises Failed."""
    simulate.profile(Setting((NETWORK,), (FACTOR,), (), False))
    return read(*answers(live.scenario(NETWORK, FACTOR, LINK, TAIL, 0)))


def run_saving():
    """How an edge follows that looks for the least energy, likewise."""
    network, factor = SAVING
    simulate.profile(Setting((network,), (factor,), (), False))
    scenario = live.scenario(network, factor, LINK, "race", 0)
    deadline = PATIENCE * profile_ms(network, factor)
    target = {"accuracy_drop": scenario.partition["target"]["accuracy_drop"],
              "objective": "energy", "deadline": f"{deadline:.0f}ms"}
    saving = str(simulate.saving_profile(network, factor))
    profiles = {**scenario.partition["profiles"], "edge": saving}
    partition = {**scenario.partition, "target": target, "profiles": profiles}
    return read_saving(*answers(dataclasses.replace(scenario, partition=partition)))


def profile_ms(network, factor):
    """The whole network on the edge, by its profile."""
    edge, _ = simulate.profiles(network, factor)
    engines = json.loads(edge.read_text())["engines"]
    return min(engine["whole_ns"][0] for engine in engines) * 1e-6


def answers(scenario):
    """Rows and the times of both jumps."""
    jumps = [Event(STEP_SECONDS, "link", {"rate": SLOW}),
             Event(2 * STEP_SECONDS, "link", {"rate": FAST})]
    scenario = dataclasses.replace(scenario, requests=REQUESTS, events=jumps)
    result = result_of_scenario("steps", scenario)
    (down_at, _), (up_at, _) = result.happened
    return result.rows[result.warm:], down_at, up_at


def figures(found, prefix="live_"):
    return {f"{prefix}{key}": value for key, value in dataclasses.asdict(found).items()}
