"""A sample of the grid, run by both daemons in the lab, beside what the simulation says of it."""

import dataclasses
from dataclasses import dataclass
from statistics import fmean

from adaptation import simulate
from adaptation.cells import DEADLINE
from integration import namespaces
from integration.chaos import chaos
from lab import slow
from lab.scenario import Scenario
from measure.quiet import LIMIT
from measure.text import note
from planner.live import result_of_scenario
from planner.plans import Failed
from planner.setting import CALIBRATED, CLOUD_ENGINE, COMPILED, EDGE_ENGINE, LIVE_IMAGES

RATE = "2/s"
WARM = 40  # answers that do not count, and until what is often asked for is compiled in one piece
REQUESTS = 60
# Network, edge, link, tail.
SAMPLE = (
    ("resnet18", 4, "wifi", "race"), ("resnet18", 4, "3g", DEADLINE + "1.25"),
    ("resnet18", 4, "cat1", "race"), ("resnet18", 4, "3g", "race"), ("resnet18", 4, "lte", "race"),
    ("resnet18", 4, "lte", DEADLINE + "0.75"), ("resnet18", 4, "wifi", DEADLINE + "2.00"),
    ("resnet18", 1, "wifi", "race"), ("mobilenet_v2", 4, "wifi", "race"),
    ("mobilenet_v2", 4, "3g", DEADLINE + "1.25"), ("squeezenet1_1", 4, "lte", "race"),
    ("photos", 4, "wifi", DEADLINE + "1.25"))
QUICK = 2  # the first ones alone


@dataclass(frozen=True)
class LiveCell:
    network: str
    factor: float
    link: str
    tail: str
    live: float  # mean latency, ms
    simulated: float
    cuts: tuple  # that the answers had, the most frequent first
    quiet: bool

    @property
    def name(self):
        return f"{self.network} {self.factor:g}x {self.link}, {self.tail}"

    @property
    def ratio(self):
        return self.live / self.simulated


def why_not():
    """Why nothing runs live; None where it does."""
    return namespaces.why_not() or slow.why_not()


def scenario(network, factor, link, tail, deadline):
    edge, cloud = simulate.profiles(network, factor)
    target = {"accuracy_drop": f"{100 * simulate.drop(network):g}%"}
    target |= {"tail": "race"} if tail == "race" else {"deadline": f"{deadline:.3f}ms"}
    return Scenario(
        model=network, models=str(CALIBRATED), link=link, inputs=str(LIVE_IMAGES), rate=RATE,
        partition={"cut": "auto", "codec": "auto", "target": target,
                   "engine": {"edge": EDGE_ENGINE, "cloud": CLOUD_ENGINE},
                   "profiles": {"edge": str(edge), "cloud": str(cloud)}},
        warm=WARM, settle=True, requests=REQUESTS, in_flight=1,
        edge={"slower": factor, "engine": {"cache": str(COMPILED / network)}},
        cloud={"models": [network]})


def run(setting, quick):
    """The sample's cells that are in the grid. What fails is told, and left out."""
    found = []
    for network, factor, link, tail in SAMPLE[:QUICK] if quick else SAMPLE:
        links = tuple(one for one in setting.links if one.name == link)
        if (network, factor) not in setting.sites or not links:
            continue
        alone = dataclasses.replace(setting, networks=(network,), factors=(factor,), links=links,
                                    steps=False)
        try:
            found.append(run_cell(alone, tail))
        except Failed as error:
            note(f"left out: {error}")
    return found


def run_cell(setting, tail):
    """The one cell of `setting`. It is simulated with stage times from right before: a machine that
    others share is another one ten minutes later. Raises Failed."""
    simulate.profile(setting)
    (cell,), _ = simulate.run(setting, workers=1)
    expected = cell.strategies[tail]
    name = f"{cell.name}, {tail}"
    note(f"live: {name}, {expected['mean']:.1f} ms in simulation")
    result = result_of_scenario(
        name, scenario(cell.network, cell.factor, cell.link, tail, expected["deadline"]))
    rows = result.rows[result.warm:result.warm + REQUESTS]
    cuts = [row["cut"] for row in rows]
    return LiveCell(cell.network, cell.factor, cell.link, tail,
                    fmean(row["latency_ms"] for row in rows), expected["mean"],
                    tuple(sorted(set(cuts), key=cuts.count, reverse=True)), result.others <= LIMIT)


def run_chaos(quick):
    """{key: figure} of requests answered while links, daemons, disks and clocks fail."""
    size = chaos.SHORT if quick else chaos.LONG
    note(f"chaos: {size.requests} requests, {size.events} events, {size.seconds / 60:.1f} minutes")
    result = chaos.run(size, chaos.new_seed())
    for complaint in result.complaints:
        note(f"chaos, seed {result.seed}: {complaint}")
    return {key: value for key, value in result.figures().items() if key.startswith("chaos_")} | {
        "chaos_seed": result.seed, "chaos_complaints": len(result.complaints)}


def figures(found):
    """live ÷ simulated of the cell farthest from 1."""
    return {"live_vs_simulated": max((one.ratio for one in found),
                                     key=lambda ratio: max(ratio, 1 / ratio), default=None),
            "cells_live": len(found)}
