"""What the edges are fed with, and what divides the network."""

import functools
import os
import re
import subprocess

from integration.daemons import digits, program

MODEL = "digits"
ENGINE = {"edge": "aten", "cloud": "aten"}  # head and tail have the bits of the whole
IMAGES = 120

# Each is in force for a while. Answers by fp32 and raw are bit-equal to those of the whole network;
# those by int8 are so to each other.
PARTITIONS = (
    {"cut": "features.3", "codec": "fp32", "target": {"deadline": "400ms"}},
    {"cut": "features.13", "codec": "int8/dense", "target": {"deadline": "400ms"}},
    {"cut": "features.3", "codec": "int8/fast", "target": {"deadline": "2s"}},
    {"cut": "features.13", "codec": "fp32", "target": {}},
    {"cut": "input", "codec": "raw", "target": {"deadline": "1s"}},
)
PATIENT = PARTITIONS[3]  # without a deadline


def text(partition):
    return f"cut {partition['cut']}, codec {partition['codec']}"


def is_lossless(codec):
    return codec in ("fp32", "raw")


def images(folder):
    """IMAGES held-out digits under `folder`; returns where."""
    everything, some = folder / "digits", folder / "images"
    some.mkdir()
    for path in sorted(digits(everything).glob("*.png"))[:IMAGES]:
        os.link(path, some / path.name)
    return some


def input_of(record):
    """The file's name in a record's id, SOURCE/NAME or SOURCE/NAME#ROUND."""
    return re.fullmatch(r"[^/]+/(.+?)(#\d+)?", record["id"]).group(1)


@functools.cache
def has_journal():
    """Whether tideline-edge goes on with a file source where it was killed."""
    done = subprocess.run([program("tideline-edge"), "--help"], capture_output=True, text=True)
    return "--source-journal" in done.stdout
