"""Networks with their calibrations, and images, kept under build/: neither changes between runs."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure.text import note
from planner import images
from planner.setting import (CALIBRATED, CODECS, COMPILED, EDGE_ENGINE, FIT_IMAGES, IMAGE_CODECS,
                             IMAGES, LIVE_IMAGES, PROFILE_CUTS, ROOT, TRAINED, exported_models,
                             program)

SAMPLES = 400  # none of which wrong leaves less than 1 % in the interval
CUTS = 8


def write_images():
    for folder, options in ((IMAGES, ()), (FIT_IMAGES, ("--part", "calibration"))):
        if not (folder / "labels.csv").exists():
            subprocess.run([sys.executable, "-m", "tideline_export.photo_crops", *options, "--out",
                            folder], stdout=sys.stderr, check=True)


    if not LIVE_IMAGES.exists():
        images.write(IMAGES, LIVE_IMAGES)


def export(networks):
    models = exported_models()
    if not all((models / network / "1" / "model.pt2").exists() for network in networks):
        subprocess.run([sys.executable, ROOT / "tests" / "zoo" / "export_all.py", "--out", models],
                       stdout=sys.stderr, check=True)


def calibrate(network):
    """A copy of the network, calibrated: by labels where it was trained on the images, by agreement
    with its own fp32 answers otherwise."""
    folder = CALIBRATED / network
    if (folder / "done").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(exported_models() / network, folder)
    labels = ["--labels", IMAGES / "labels.csv"] if network in TRAINED else []
    subprocess.run([program("tideline"), "calibrate", folder, "--data", IMAGES, *labels, "--fit",
                    FIT_IMAGES, "--samples", str(SAMPLES), "--cuts", str(CUTS), "--codecs", CODECS,
                    "--image-codecs", IMAGE_CODECS, "--threads", "1"], stdout=sys.stderr,
                   check=True)
    (folder / "done").touch()


def compile_ahead(network):
    """What the edges of a run need compiled, at full speed; a slow one would take long."""
    with tempfile.TemporaryDirectory() as folder:
        for cuts in PROFILE_CUTS:
            subprocess.run([program("tideline"), "profile", CALIBRATED / network, "--engines",
                            EDGE_ENGINE, "--threads", "1", "--seconds", "0", "--cuts", str(cuts),
                            "--cache", COMPILED / network, "--out", Path(folder) / "profile.json"],
                           stdout=sys.stderr, check=True)


def prepare(networks):
    write_images()
    export(networks)
    for network in networks:
        note(f"calibrating {network}")
        calibrate(network)
        note(f"compiling {network}")
        compile_ahead(network)
