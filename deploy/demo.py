"""Runs the held-out digits through an edge and a cloud process, by every path, cut and codec.

  python demo.py [--check] [--build FOLDER]

Both processes are real and speak CURVE over loopback. The edge is started once; its partition file
is replaced between the runs. deploy/demo.sh builds the programs and makes the model and the images.

The last line is JSON; its "demo" is "ok" where every image has exactly one answer by the path it
was meant to take, every fp32 answer is bit-equal to the unsplit network's, fp32 reads at least 97 %
of the digits right, and int8 agrees with it on at least 99 %. With --check the exit status is 1
otherwise.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from daemon import PATIENCE, Daemon, DaemonError

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "build" / "demo" / "digits"
RUN = DEMO / "run"
RESULTS = RUN / "results.jsonl"

CUTS = ("features.0.0", "features.3", "features.13")
CODECS = ("fp32", "fp16", "int8")
SETTINGS = (
    ("edge", "fp32"),
    ("input", "raw"),
    ("input", "jpeg"),
    *((cut, codec) for cut in CUTS for codec in CODECS),
)

IN_FLIGHT = 2
LEAST_IMAGES = 300
LEAST_ACCURACY = 0.97
LEAST_AGREEMENT = 0.99

# One thread on both sides: the sums of another number of threads differ in the last bit.
CLOUD_YAML = """\
model_repository: ../models
listen: tcp://127.0.0.1:0
http: {port: 0}
keys: {secret: keys/cloud.secret}
allow: allowed
engine: {threads: 1}
log: {format: json}
"""
EDGE_YAML = """\
model_repository: ../models
partition: partition.yaml
cloud: {address: "ADDRESS", server_key: keys/cloud.key}
keys: {secret: keys/edge.secret}
engine: {threads: 1}
pipeline: {in_flight: IN_FLIGHT}
http: {port: 0}
source: {kind: stdin}
sink: {path: results.jsonl, outputs: true}
log: {format: json}
"""


@dataclass
class Run:
    """What one cut and codec did with the images."""

    cut: str
    codec: str
    seconds: float
    records: list  # one per image, in the images' order; None where there is none

    @property
    def answered(self):
        return [record for record in self.records if record and "error" not in record]

    def missing(self):
        return len(self.records) - len(self.answered)

    def astray(self):
        """Answers by another path than the cut says."""
        path = {"edge": "edge", "input": "cloud"}.get(self.cut, "split")
        return sum(record["path"] != path for record in self.answered)

    def right(self, labels):
        return share(
            record and record.get("label") == label
            for record, label in zip(self.records, labels, strict=True)
        )

    def agreement(self, reference):
        return share(
            a and b and a.get("label") == b.get("label")
            for a, b in zip(self.records, reference.records, strict=True)
        )

    def unequal(self, reference):
        """Images whose raw outputs differ from the reference's in any bit."""
        return sum(
            not (a and b and "outputs" in a and a["outputs"] == b.get("outputs"))
            for a, b in zip(self.records, reference.records, strict=True)
        )


def share(conditions):
    conditions = [bool(condition) for condition in conditions]
    return sum(conditions) / len(conditions)


def make_keys(programs):
    (RUN / "keys").mkdir()
    (RUN / "allowed").mkdir()
    for name in ("cloud", "edge"):
        subprocess.run(
            [programs / "tideline", "keygen", "--out", RUN / "keys", "--name", name],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    shutil.copy(RUN / "keys" / "edge.key", RUN / "allowed")


def write_partition(cut, codec):
    """Replaced by rename, so that the edge never reads half of it."""
    draft = RUN / "partition.yaml.new"
    draft.write_text(f"model: digits\ncut: {cut}\ncodec: {codec}\n")
    os.replace(draft, RUN / "partition.yaml")


def read_images():
    with (DEMO / "images" / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [DEMO / "images" / row["file"] for row in rows], [row["label"] for row in rows]


class Results:
    """What the sink has written so far, by the number of the input."""

    def __init__(self):
        self.records = {}
        self.duplicates = 0
        self.rest = b""
        self.read_bytes = 0

    def read(self):
        if not RESULTS.exists():
            return
        with RESULTS.open("rb") as file:
            file.seek(self.read_bytes)
            new = file.read()
        self.read_bytes += len(new)
        *lines, self.rest = (self.rest + new).split(b"\n")
        for line in lines:
            record = json.loads(line)
            self.duplicates += record["seq"] in self.records
            self.records.setdefault(record["seq"], record)

    def wait_for(self, numbers, edge):
        """Their records, as soon as all are there; None for one that never came."""
        patience = time.monotonic() + PATIENCE
        self.read()
        while not all(number in self.records for number in numbers):
            if edge.process.poll() is not None or time.monotonic() > patience:
                break
            time.sleep(0.02)
            self.read()
        return [self.records.get(number) for number in numbers]


def run_setting(edge, results, index, images):
    """Moves the edge to the setting and feeds it all images."""
    cut, codec = SETTINGS[index]
    if index > 0:
        write_partition(cut, codec)
        edge.wait_for("reloaded", cut=cut, codec=codec)
    first = index * len(images)
    begun = time.monotonic()
    edge.process.stdin.write("".join(f"{image}\n" for image in images))
    edge.process.stdin.flush()
    records = results.wait_for(range(first, first + len(images)), edge)
    return Run(cut, codec, time.monotonic() - begun, records)


HEADING = (
    f"{'path':6} {'cut':13} {'codec':5} {'bytes up':>9} {'p50 ms':>7} {'p99 ms':>7} "
    f"{'images/s':>8} {'accuracy':>8} {'as fp32':>8} {'bit-equal':>9}"
)


def row(run, reference, labels):
    times = [record["latency_ms"]["total"] for record in run.answered] or [float("nan")]
    paths = sorted({record["path"] for record in run.answered}) or ["none"]
    up = sum(record["bytes_up"] for record in run.answered) / max(len(run.answered), 1)
    return (
        f"{'+'.join(paths):6} {run.cut:13} {run.codec if run.cut != 'edge' else '-':5} {up:9.0f} "
        f"{np.percentile(times, 50):7.2f} {np.percentile(times, 99):7.2f} "
        f"{len(run.answered) / run.seconds:8.0f} {run.right(labels):8.4f} "
        f"{run.agreement(reference):8.4f} {len(run.records) - run.unequal(reference):9d}"
    )


def start(program, config, **options):
    path = RUN / f"{program.name}.yaml"
    path.write_text(config)
    return Daemon(program, path, **options)


def run_all(programs, images, labels):
    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir(parents=True)
    make_keys(programs)
    write_partition(*SETTINGS[0])
    daemons = []
    try:
        cloud = start(programs / "tideline-cloud", CLOUD_YAML)
        daemons.append(cloud)
        address = cloud.wait_for("ready")["address"]
        config = EDGE_YAML.replace("ADDRESS", address).replace("IN_FLIGHT", str(IN_FLIGHT))
        edge = start(programs / "tideline-edge", config, stdin=subprocess.PIPE)
        daemons.append(edge)
        edge.wait_for("cloud_ready")
        print(f"{len(images)} held-out digits a row, {IN_FLIGHT} in flight, a thread on each side")
        print(f"\n{HEADING}")
        runs, results = [], Results()
        for index in range(len(SETTINGS)):
            runs.append(run_setting(edge, results, index, images))
            print(row(runs[-1], runs[0], labels), flush=True)
    finally:
        for daemon in reversed(daemons):
            daemon.stop()
    results.read()
    return runs, results.duplicates


def summary(runs, duplicates, labels):
    fp32 = [run for run in runs if run.codec == "fp32"]
    int8 = [run for run in runs if run.codec == "int8"]
    figures = {
        "images": len(labels),
        "runs": len(runs),
        "accuracy": round(min(run.right(labels) for run in fp32), 4),
        "mismatches_fp32": sum(run.unequal(runs[0]) for run in fp32),
        "agreement_int8": round(min(run.agreement(runs[0]) for run in int8), 4),
        "missing": sum(run.missing() for run in runs),
        "duplicates": duplicates,
        "other_path": sum(run.astray() for run in runs),
    }
    passed = (
        figures["images"] >= LEAST_IMAGES
        and figures["accuracy"] >= LEAST_ACCURACY
        and figures["agreement_int8"] >= LEAST_AGREEMENT
        and not any(
            figures[name] for name in ("mismatches_fp32", "missing", "duplicates", "other_path")
        )
    )
    return {"demo": "ok" if passed else "failed", **figures}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit status 1 unless all is well")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    arguments = parser.parse_args()
    images, labels = read_images()
    try:
        runs, duplicates = run_all(arguments.build.resolve() / "bin", images, labels)
        result = summary(runs, duplicates, labels)
    except (DaemonError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr, flush=True)
        result = {"demo": "failed", "images": len(images), "error": str(error).splitlines()[0]}
    print(f"\n{json.dumps(result)}", flush=True)
    failed = "error" in result or (arguments.check and result["demo"] != "ok")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
