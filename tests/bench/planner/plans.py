"""What the planner makes of a cell, for ours and for the rivals, from profiles of this machine."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.link import ON_LAB_CORE
from measure.text import note
from planner.setting import (ACCURACY_DROP, CALIBRATED, CLOUD_ENGINE, EDGE_ENGINE, OUT, program)

CUTS = 12
JPEGS = ("jpeg:95", "jpeg:85", "jpeg:70", "jpeg:50")
TERMS = ("head", "encode", "up", "decode", "tail", "down")


class Failed(Exception):
    """A step gave no figures; the text says which one, and why."""


@dataclass(frozen=True)
class Plan:
    """A way to answer, and what is expected of it, in milliseconds."""

    cut: str
    codec: str | None
    terms: dict
    latency: float
    low: float
    high: float

    @classmethod
    def read(cls, found):
        return cls(found["cut"], found["codec"], {term: found[f"{term}_ms"] for term in TERMS},
                   found["latency_ms"], found["latency_low_ms"], found["latency_high_ms"])

    @property
    def setting(self):
        """What is run: two plans of one setting are the same."""
        return self.cut, self.codec

    @property
    def is_split(self):
        return self.cut not in ("edge", "input")

    @property
    def path(self):
        """Of its answers."""
        return {"edge": "edge", "input": "cloud"}.get(self.cut, "split")

    def __str__(self):
        return f"{self.cut} {self.codec}" if self.codec else self.cut


def tool(what, *arguments, prefix=()):
    """What `tideline` says on stdout. Raises Failed with its last word."""
    done = subprocess.run([*prefix, str(program("tideline")), *map(str, arguments)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        words = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Failed(f"{what}: {words[-1]}")
    return done.stdout


def profile(network, name, engine, prefix, seconds):
    """Measures under `prefix`; returns the file."""
    path = OUT / "profiles" / f"{network}-{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    note(f"profile of {network}, {name}")
    tool(f"profile of {network}, {name}", "profile", CALIBRATED / network, "--engines", engine,
         "--threads", 1, "--seconds", seconds, "--cuts", CUTS, "--out", path, prefix=prefix)
    return path


def profile_edge(network, factor, slow, seconds):
    return profile(network, f"edge-{factor:g}x", EDGE_ENGINE, slow.command, seconds)


def profile_cloud(network, seconds):
    return profile(network, "cloud", CLOUD_ENGINE, ON_LAB_CORE, seconds)


@dataclass(frozen=True)
class Site:
    """A network between two devices."""

    network: str
    edge: Path  # their profiles
    cloud: Path

    def ask(self, link, *options):
        """The JSON of `tideline plan`."""
        found = tool(f"plan of {self.network} over {link}", "plan", CALIBRATED / self.network,
                     "--edge", self.edge, "--cloud", self.cloud, "--link", link,
                     "--accuracy-drop", ACCURACY_DROP, "--json", *options)
        return json.loads(found)

    def best(self, link, *options):
        return Plan.read(self.ask(link, *options)["best"])

    def best_split(self, link, *options):
        """None where no cut inside the network can be chosen."""
        ranked = map(Plan.read, self.ask(link, *options)["ranked"])
        return next((plan for plan in ranked if plan.is_split), None)

    def plans(self, link):
        """{strategy: Plan}: ours, and what others would do with the same network."""
        found = {"ours": self.best(link), "edge": self.best(link, "--cut", "edge"),
                 "raw": self.best(link, "--cut", "input", "--codecs", "raw"),
                 "jpeg": self.best(link, "--cut", "input", "--codecs", ",".join(JPEGS)),
                 "fp32 split": self.best_split(link, "--codecs", "fp32,fp32/stored")}
        return {name: plan for name, plan in found.items() if plan}
