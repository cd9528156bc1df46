"""`tideline calibrate` on the cuts of a network, two processes at a time, and what it found.

Each cut is calibrated twice: for the accuracy of every quantizer on all images, which no lossless
level changes, and for the bytes of every level on some of them.
"""

import json
import shutil
import subprocess
from dataclasses import dataclass

from codec.accuracy import Loss
from codec.setting import OUT, data_folder

PARTS = 2
FIXED_ELEMENTS = 60_000  # what the network's own runs cost, in elements of a cut


class Failed(Exception):
    """calibrate ended with an error; the text has its last words."""


@dataclass(frozen=True)
class Cut:
    """A cut of one value; `depth` is the share of the MACs before it."""

    name: str
    shape: tuple
    depth: float

    @property
    def elements(self):
        return self.shape[1] * self.rows * (self.shape[3] if len(self.shape) > 3 else 1)

    @property
    def rows(self):
        return self.shape[2] if len(self.shape) > 2 else 1


@dataclass(frozen=True)
class Record:
    """One codec at one cut; bytes and entropy are means over the images that were coded."""

    cut: Cut
    codec: str
    bytes_mean: float
    entropy_bits: float  # order-0, of the whole tensor
    loss: Loss

    @property
    def bits(self):
        """Per element."""
        return 8 * self.bytes_mean / self.cut.elements

    @property
    def entropy(self):
        """Per element."""
        return self.entropy_bits / self.cut.elements

    @property
    def quantizer(self):
        return self.codec.split("/")[0]

    @property
    def level(self):
        return self.codec.partition("/")[2] or "zstd"


@dataclass
class Calibration:
    records: list   # of Record
    parts: list     # (folder of a calibrated model, names of its cuts)
    accuracy: Loss  # share of right answers of the network as it is
    samples: int    # images that the losses are of
    coded: int      # images that bytes and entropies are of

    def at(self, cut, codec):
        return next((r for r in self.records if (r.cut.name, r.codec) == (cut, codec)), None)

    @property
    def cuts(self):
        return list(dict.fromkeys(record.cut for record in self.records))


def read_cuts(setting, network):
    """{name: Cut} of all cuts of one value."""
    done = subprocess.run([setting.program("tideline"), "inspect", "--json",
                           setting.model(network)], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return {cut["name"]: Cut(cut["name"], tuple(cut["values"][0]["shape"]),
                             cut["macs_before"] / found["macs"])
            for cut in found["cuts"] if len(cut["values"]) == 1}


def _divide(cuts):
    """The cuts in PARTS parts of about equal work."""
    parts = [[] for _ in range(PARTS)]
    work = [0] * PARTS
    for cut in sorted(cuts, key=lambda cut: -cut.elements):
        least = work.index(min(work))
        parts[least].append(cut)
        work[least] += cut.elements + FIXED_ELEMENTS
    return [part for part in parts if part]


def _interval(measured):
    return Loss(measured["value"], *measured["interval95"])


def _start(setting, network, images, folder, cuts, codecs):
    """Calibrates a copy of the model, so that the network of the tests stays as it is."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(setting.model(network), folder, ignore=shutil.ignore_patterns("codec"))
    command = [setting.program("tideline"), "calibrate", folder, "--data", images, "--labels",
               images / "labels.csv", "--samples", "100000", "--cuts",
               ",".join(cut.name for cut in cuts), "--codecs", ",".join(codecs),
               "--image-codecs", "", "--threads", "1"]
    if network.calibration:
        command += ["--fit", data_folder(network, "calibration")]
    with (folder / "calibrate.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def _run(setting, network, images, codecs, purpose):
    """[(folder, cuts, what calibration.json says)] of each part. Raises Failed."""
    known = read_cuts(setting, network)
    parts = _divide([known[name] for name in setting.cuts(network)])
    folders = [OUT / "models" / f"{purpose}{i}" / network.name / "1" for i in range(len(parts))]
    running = [_start(setting, network, images, folder, cuts, codecs)
               for folder, cuts in zip(folders, parts)]
    failures = []
    for process, folder in zip(running, folders):
        if process.wait() != 0:
            words = (folder / "calibrate.log").read_text(errors="replace").strip().splitlines()
            failures.append(words[-1] if words else f"status {process.returncode}")
    if failures:
        raise Failed("; ".join(failures))
    return [(folder, {cut.name: cut for cut in cuts},
             json.loads((folder / "codec" / "calibration.json").read_text()))
            for folder, cuts in zip(folders, parts)]


def calibrate(setting, network, images, coded_images):
    """Losses on the images of one folder, bytes on those of another. Raises Failed."""
    quantizers = list(dict.fromkeys(codec.split("/")[0] for codec in setting.codecs))
    losses = {}
    for _, _, written in _run(setting, network, images, [f"{q}/stored" for q in quantizers],
                              "accuracy"):
        accuracy, samples = _interval(written["accuracy"]), written["samples"]
        for one in written["records"]:
            losses[one["cut"], one["codec"].split("/")[0]] = _interval(
                one["accuracy_drop_measured"])
    calibration = Calibration([], [], accuracy, samples, 0)
    for folder, cuts, written in _run(setting, network, coded_images, setting.codecs, "bytes"):
        calibration.parts.append((folder, list(cuts)))
        calibration.coded = written["samples"]
        calibration.records += [
            Record(cuts[one["cut"]], one["codec"], one["bytes_mean"], one["entropy_bits"],
                   losses[one["cut"], one["codec"].split("/")[0]]) for one in written["records"]]
    order = {codec: place for place, codec in enumerate(setting.codecs)}
    calibration.records.sort(key=lambda one: (one.cut.depth, one.cut.name, order[one.codec]))
    return calibration
