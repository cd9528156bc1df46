"""What one run of the benchmark measures, and for how long."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from measure.rounds import Plan
from measure.text import note

ROOT = Path(__file__).resolve().parents[3]
OUT = ROOT / "build" / "bench" / "engines"
MADE = ROOT / "build" / "bench" / "models"  # by --prepare: the 8-bit networks

FULL = ("alexnet", "vgg16", "resnet18", "resnet50", "mobilenet_v2", "mobilenet_v3_large",
        "mobilenet_v3_small", "squeezenet1_0", "squeezenet1_1")
QUICK = ("mobilenet_v2", "squeezenet1_1", "resnet18")
BATCHES = (1, 2, 4, 8, 16, 32)


@dataclass(frozen=True)
class Setting:
    quick: bool
    networks: tuple
    threads: tuple
    keep_noisy: bool = False
    build: Path = field(default_factory=lambda: Path(
        os.environ.get("TIDELINE_BUILD", ROOT / "build" / "release")).resolve())
    models: Path = field(default_factory=lambda: Path(
        os.environ.get("TIDELINE_TEST_MODELS", ROOT / "build" / "models")).resolve())

    def model(self, name):
        """The highest version's folder of a network; None where it is not there."""
        versions = [path.parent for repository in (self.models, MADE)
                    for path in (repository / name).glob("*/model.pt2")]
        return max(versions, key=lambda path: int(path.name), default=None)

    def program(self, name):
        return self.build / "bin" / name

    def plan(self, quick, full):
        """From (quiet rounds wanted, bound in seconds) of the quick and of the full run."""
        wanted, bound = quick if self.quick else full
        return Plan(wanted, bound, self.keep_noisy)


def missing(setting):
    """What is not there without which nothing can be measured; "" where all is."""
    if not setting.program("tideline").exists():
        return (f"{setting.program('tideline')} is not there: build it (deploy/demo.sh does), or "
                "set TIDELINE_BUILD")
    absent = [name for name in setting.networks if setting.model(name) is None]
    for name in absent:
        note(f"{name}: not in {setting.models}; run engines --prepare, or tideline-export it")
    return f"none of the networks is in {setting.models}" if len(absent) == len(
        setting.networks) else ""
