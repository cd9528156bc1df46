"""What one run of the benchmark measures, on what, and for how long."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from measure.rounds import Plan

ROOT = Path(__file__).resolve().parents[3]
OUT = ROOT / "build" / "bench" / "codec"

CLAIMS = "photos"  # the network that every claim is about


@dataclass(frozen=True)
class Network:
    """A trained network, the images that it is measured on, and those that ranges come from."""

    name: str
    held_out: tuple   # module and options that write the images and labels.csv
    calibration: tuple | None
    cuts: tuple
    quick_cuts: tuple = ()


NETWORKS = {
    "photos": Network(
        "photos", ("tideline_export.photo_crops",),
        ("tideline_export.photo_crops", "--part", "calibration"),
        cuts=("features.0.0", "features.1.conv.0.0", "features.1.conv.1", "features.2.conv.1.0",
              "features.2.conv.2", "features.3", "features.6", "features.7.conv.2", "features.8",
              "features.14.conv.2", "features.16", "features.17.conv.2", "features.18.0"),
        quick_cuts=("features.0.0", "features.1.conv.0.0", "features.2.conv.1.0", "features.3",
                    "features.7.conv.2", "features.8", "features.16")),
    "digits": Network(
        "digits", ("tideline_export.digits_images",), None,
        cuts=("features.0.0", "features.1.conv.1", "features.3", "features.6", "features.13")),
}

# Quantizers, each with the levels that are measured. zstd on int8 is what people do without us.
CODECS = {
    "int8": ("zstd", "fast", "dense"),
    "int4": ("zstd", "fast", "dense"),
    "q9": ("fast", "dense"),
    "q7": ("fast", "dense"),
    "q5": ("fast", "dense"),
    "int2": ("zstd", "fast", "dense"),
    "q3": ("fast", "dense"),
}
QUICK_CODECS = {
    "int8": ("zstd", "fast", "dense"),
    "int4": ("fast", "dense"),
    "q9": ("dense",),
    "int2": ("fast", "dense"),
    "q3": ("dense",),
}


@dataclass(frozen=True)
class Setting:
    quick: bool
    samples: int  # images that accuracy is measured on
    coded: int    # of them, whose bytes are measured
    keep_noisy: bool = False
    build: Path = field(default_factory=lambda: Path(
        os.environ.get("TIDELINE_BUILD", ROOT / "build" / "release")).resolve())
    models: Path = field(default_factory=lambda: Path(
        os.environ.get("TIDELINE_TEST_MODELS", ROOT / "build" / "models")).resolve())

    @property
    def networks(self):
        return [NETWORKS[CLAIMS]] if self.quick else list(NETWORKS.values())

    @property
    def codecs(self):
        wanted = QUICK_CODECS if self.quick else CODECS
        return [quantizer if level == "zstd" else f"{quantizer}/{level}"
                for quantizer, levels in wanted.items() for level in levels]

    def cuts(self, network):
        return network.quick_cuts if self.quick else network.cuts

    def model(self, network):
        return self.models / network.name / "1"

    def program(self, name):
        return self.build / "bin" / name

    def plan(self):
        return Plan(wanted=5, bound=40, keep_noisy=self.keep_noisy) if self.quick else Plan(
            wanted=15, bound=300, keep_noisy=self.keep_noisy)


def data_folder(network, part="held-out"):
    name = network.name if part == "held-out" else f"{network.name}-{part}"
    return ROOT / "build" / "data" / name


def evenly_spread(paths, count):
    count = min(count, len(paths))
    return [paths[i] for i in np.linspace(0, len(paths) - 1, count).round().astype(int)]


def held_out(network):
    return sorted(data_folder(network).glob("*.png"))


def folder_of(network, paths):
    """A folder of these images and labels.csv, so that every tool sees the same ones."""
    folder = OUT / "data" / f"{network.name}-{len(paths)}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in paths:
        (folder / path.name).symlink_to(path)
    shutil.copy(data_folder(network) / "labels.csv", folder)
    return folder


def missing(setting):
    """What is not there without which nothing can be measured; "" where all is."""
    for name in ("tideline", "codec_bench"):
        if not setting.program(name).exists():
            return (f"{setting.program(name)} is not there: build it (deploy/demo.sh does), or set "
                    "TIDELINE_BUILD")
    for network in setting.networks:
        if not (setting.model(network) / "model.pt2").exists():
            return f"{network.name} is not in {setting.models}; run codec --prepare"
        if not (data_folder(network) / "labels.csv").exists():
            return f"{data_folder(network)} has no images; run codec --prepare"
    return ""
