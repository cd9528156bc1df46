"""What is measured in the lab: networks, links, edges, and how long."""

import os
from dataclasses import dataclass
from pathlib import Path

from integration import namespaces
from lab import slow

ROOT = Path(__file__).resolve().parents[3]
OUT = ROOT / "build" / "bench" / "planner"
CALIBRATED = OUT / "models"  # copies of the networks, with what `tideline calibrate` adds
COMPILED = OUT / "compiled"  # what the edges' engine compiled: a slow edge takes long for that
IMAGES = ROOT / "build" / "data" / "photos"  # 224x224, as all four networks take them
LIVE_IMAGES = ROOT / "build" / "data" / "photos-live"
FIT_IMAGES = ROOT / "build" / "data" / "photos-calibration"

NETWORKS = ("photos", "mobilenet_v2", "squeezenet1_1", "resnet18")
QUICK_NETWORKS = ("photos", "resnet18")
LINKS = ("cat1", "3g", "lte", "wifi")
QUICK_LINKS = ("3g", "wifi")
FEW = 3  # requests are enough for a rival that is far behind
FACTORS = (1, 4)  # how many times slower the edge is
QUICK_FACTORS = (4,)

EDGE_ENGINE, CLOUD_ENGINE = "openvino", "aten"
PROFILE_CUTS = (5, 12)  # in a quick run, and in a whole one
TRAINED = ("photos",)  # on images like those of the lab
CODECS = "fp32,int8/dense,int4/dense,int2/dense"
IMAGE_CODECS = "raw,jpeg:95,jpeg:85,jpeg:70,jpeg:50"


@dataclass(frozen=True)
class Setting:
    quick: bool
    networks: tuple
    links: tuple
    factors: tuple

    @property
    def requests(self):
        return 12 if self.quick else 40

    @property
    def profile_cuts(self):
        return PROFILE_CUTS[0 if self.quick else 1]

    @property
    def profile_seconds(self):
        return 2 if self.quick else 8


def listed(text, kind=str):
    """"A,B" as a list; an empty one where nothing is given."""
    return [kind(one) for one in text.split(",")] if text else []


def make_setting(quick, networks=None, links=None, factors=None):
    return Setting(quick, tuple(networks or (QUICK_NETWORKS if quick else NETWORKS)),
                   tuple(links or (QUICK_LINKS if quick else LINKS)),
                   tuple(factors or (QUICK_FACTORS if quick else FACTORS)))


def accuracy_drop(network):
    """That every plan keeps to, ours and others'. What was not trained has no accuracy: there it is
    how often an answer may differ, and as much as JPEG files of quality 85 need."""
    return "1%" if network in TRAINED else "5%"


def build_folder():
    return Path(os.environ.get("TIDELINE_BUILD", ROOT / "build" / "release")).resolve()


def program(name):
    return build_folder() / "bin" / name


def exported_models():
    return Path(os.environ.get("TIDELINE_TEST_MODELS", ROOT / "build" / "models")).resolve()


def missing(setting):
    """Why the lab's part can't run; None where it can."""
    if reason := namespaces.why_not() or slow.why_not():
        return reason
    if not LIVE_IMAGES.exists():
        return "there are no images: run 'tests/bench/run planner --prepare' first"
    for network in setting.networks:
        if not (CALIBRATED / network / "done").exists():
            return f"{network} is not calibrated: run 'tests/bench/run planner --prepare' first"
    return None
