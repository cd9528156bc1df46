"""Networks, images and packages that the benchmark needs, and what rivals make of every image."""

import subprocess
import sys

from codec import rivals
from codec.setting import OUT, ROOT, data_folder, held_out
from measure import packages
from measure.text import note


def export(setting):
    """The networks of the tests, where one of ours is not there."""
    if not all((setting.model(network) / "model.pt2").exists() for network in setting.networks):
        subprocess.run([sys.executable, ROOT / "tests" / "zoo" / "export_all.py", "--out",
                        setting.models], stdout=sys.stderr, check=True)


def write_images(network):
    for part, module in (("held-out", network.held_out), ("calibration", network.calibration)):
        folder = data_folder(network, part)
        if module and not (folder / "labels.csv").exists():
            subprocess.run([sys.executable, "-m", *module, "--out", folder], stdout=sys.stderr,
                           check=True)


def prepare(setting):
    OUT.mkdir(parents=True, exist_ok=True)
    packages.install()
    export(setting)
    for network in setting.networks:
        write_images(network)
    for network in setting.networks:
        paths = held_out(network)
        found = rivals.lowest_that_keep(setting, network, paths, paths, note)
        note(f"{network.name}: {found}")
