"""What is simulated: networks, edges, links, deadlines."""

from dataclasses import dataclass
from pathlib import Path

from lab import links as presets
from lab import traces, units
from planner.setting import NETWORKS, ROOT

OUT = ROOT / "build" / "bench" / "adaptation"
FACTORS = (1, 4)  # how many times slower the edge is
# An edge that draws much and looks for the least energy: there a link that jumps moves the cut while
# requests go on to the cloud. Nothing but jumps is simulated.
SAVING = ("mobilenet_v2", 4)
PATIENCE = 10.0  # its deadline, as those below
WATTS = {"source": "declared", "compute_watts": 24, "radio_watts": 2, "idle_watts": 0.3}
CONSTANT = ("cat1", "3g", "lte", "wifi")
DEADLINES = (0.75, 1.25, 2.0)  # times the median of the edge alone
REQUESTS = 1000  # at least; a longer trace is run through whole
GENERATED = "like "  # begins the name of a trace that was made


@dataclass(frozen=True)
class Link:
    """A constant rate in bits per second, or a trace."""

    name: str
    rate: float | None = None
    trace: Path | None = None

    def job(self):
        what = {"trace": str(self.trace)} if self.trace else {"rates": [[1, self.rate]]}
        return {"name": self.name, **what}


def constant_links():
    return [Link(name, rate=units.bits_per_second(presets.PRESETS[name]["rate"]))
            for name in CONSTANT]


def recorded_links():
    return [Link(name, trace=path) for name, path in traces.recorded().items()]


def generated_links():
    """Like recorded ones; they are kept, and the same every time."""
    found = []
    for seed, (name, wanted) in enumerate(traces.KNOWN.items()):
        path = OUT / "traces" / f"{name}.up"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            traces.write(path, traces.generate(wanted, seed=seed))
        found.append(Link(GENERATED + name, trace=path))
    return found


def all_links(uplink=None):
    """The whole grid's, or the one file that was named."""
    if uplink:
        return [Link(uplink.stem, trace=uplink)]
    return constant_links() + recorded_links() + generated_links()


@dataclass(frozen=True)
class Setting:
    networks: tuple
    factors: tuple
    links: tuple
    steps: bool  # whether jumps of the link are simulated too

    @property
    def sites(self):
        """(network, factor) of every cell."""
        return [(network, factor) for network in self.networks for factor in self.factors]

    @property
    def saving(self):
        """Likewise, where energy counts and nothing but jumps is simulated; they are cells too."""
        return [SAVING] if self.steps and SAVING in self.sites else []


def make_setting(networks=None, factors=None, uplink=None):
    return Setting(tuple(networks or NETWORKS), tuple(factors or FACTORS),
                   tuple(all_links(uplink)), uplink is None)
