"""What the planner makes of a cell, for ours and for the rivals, from profiles of this machine."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.link import ON_LAB_CORE
from measure.text import note
from planner.setting import (CALIBRATED, CLOUD_ENGINE, COMPILED, EDGE_ENGINE, OUT, Setting,
                             accuracy_drop, program)

JPEGS = ("jpeg:95", "jpeg:85", "jpeg:70", "jpeg:50")
TERMS = ("head", "encode", "up", "decode", "tail", "down")


class Failed(Exception):
    """A step gave no figures; the text says which one, and why."""


class NoPlan(Failed):
    """Nothing keeps to the accuracy."""


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
        raise (NoPlan if "no plan meets" in words[-1] else Failed)(f"{what}: {words[-1]}")
    return done.stdout


@dataclass(frozen=True)
class Profiler:
    """Measures for as long as `setting` says, with a pause before each run, in seconds; into files
    of `folder`, which it returns."""

    setting: Setting
    folder: Path = OUT / "profiles"
    pause: float = 0

    def edge(self, network, factor, prefix):
        return self._measure(network, self.edge_file(network, factor), EDGE_ENGINE, prefix)

    def cloud(self, network):
        return self._measure(network, self.cloud_file(network), CLOUD_ENGINE, ON_LAB_CORE)

    def edge_file(self, network, factor):
        return self.folder / f"{network}-edge-{factor:g}x.json"

    def cloud_file(self, network):
        return self.folder / f"{network}-cloud.json"

    def _measure(self, network, path, engine, prefix):
        path.parent.mkdir(parents=True, exist_ok=True)
        note(f"profile {path.stem}")
        tool(f"profile {path.stem}", "profile", CALIBRATED / network, "--engines", engine,
             "--threads", 1, "--seconds", self.setting.profile_seconds,
             "--cuts", self.setting.profile_cuts, "--pause", self.pause,
             "--cache", COMPILED / network, "--out", path, prefix=prefix)
        return path


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
                     "--accuracy-drop", accuracy_drop(self.network), "--json", *options)
        return json.loads(found)

    def best(self, link, *options):
        """None where nothing can be chosen."""
        return self._first(link, options, lambda plan: True)

    def best_split(self, link, *options):
        """None where no cut inside the network can be chosen."""
        return self._first(link, options, lambda plan: plan.is_split)

    def _first(self, link, options, is_meant):
        try:
            found = self.ask(link, *options)
        except NoPlan:
            return None
        return next(filter(is_meant, map(Plan.read, [found["best"], *found["ranked"]])), None)

    def plans(self, link):
        """{strategy: Plan}: ours, and what others would do with the same network."""
        found = {"ours": self.best(link), "edge": self.best(link, "--cut", "edge"),
                 "raw": self.best(link, "--cut", "input", "--codecs", "raw"),
                 "jpeg": self.best(link, "--cut", "input", "--codecs", ",".join(JPEGS)),
                 "fp32 split": self.best_split(link, "--codecs", "fp32,fp32/stored")}
        return {name: plan for name, plan in found.items() if plan}
