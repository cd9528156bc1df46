"""Lets a person see the cut move: an edge that answers photographs all the time, its cloud, and the
page of each, until Ctrl-C.

  python show.py [--build FOLDER] [--data FOLDER]

The edge has declared watts and looks for the least energy, so the cut depends on the uplink alone
and not on how fast this machine is: a fast link is used early in the network, a slow one late, and
below some rate all is answered on the edge. The page's slider sets the rate. deploy/demo.sh builds
the programs first, and puts models/photos and images into the data's folder.
"""

import argparse
import random
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from PIL import Image

from daemon import Daemon, DaemonError

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "build" / "demo" / "photos"

CODECS = ("--codecs", "int8/dense,int4/dense", "--image-codecs", "jpeg:85")
CUTS = ("--cuts", "10", "--threads", "1")
# What an edge of this kind may draw: while it computes, waits and sends.
WATTS = ("--watts", "6", "--idle-watts", "0.3", "--radio-watts", "2")

CLOUD_YAML = """\
id: cloud
model_repository: ../models
listen: tcp://127.0.0.1:0
keys: {secret: keys/cloud.secret}
allow: allowed
engine: {threads: 1}
http: {port: PORT}
log: {format: json}
"""
EDGE_YAML = """\
id: edge
model_repository: ../models
partition: partition.yaml
cloud: {address: "ADDRESS", server_key: keys/cloud.key, wait: 10s, shape: adjustable}
keys: {secret: keys/edge.secret}
engine: {threads: 1}
http: {port: PORT}
source: {path: images, loop: true, rate: 4/s}
sink: {path: /dev/null}
log: {format: json}
"""
PARTITION_YAML = """\
model: photos
cut: auto
codec: auto
engine: {edge: aten, cloud: aten}
target: {objective: energy, deadline: 500ms}
profiles: {edge: edge.json, cloud: cloud.json}
"""


def tideline(programs, folder, *arguments):
    """Calls the tool; what it prints is shown only where it failed."""
    done = subprocess.run(
        [programs / "tideline", *arguments], cwd=folder, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise DaemonError(f"tideline {arguments[0]} failed:\n{done.stdout}{done.stderr}")


def make_images(data, folder):
    """Crops of photographs as JPEG files, of which every label has some."""
    folder.mkdir()
    crops = sorted((data / "images").glob("*.png"))[::5]
    random.Random(1).shuffle(crops)  # they come label by label
    for index, path in enumerate(crops):
        with Image.open(path) as image:
            image.convert("RGB").save(folder / f"{index:03}.jpg", quality=90)


def prepare(programs, data):
    """The folder to run in, with what the planner goes by: codecs and times of this network on this
    machine. Kept."""
    folder = data / "show"
    if (folder / "ready").exists():
        return folder
    print("measuring the network on this machine, once: half a minute", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "allowed").mkdir(parents=True)
    (folder / "keys").mkdir()
    for name in ("cloud", "edge"):
        tideline(programs, folder, "keygen", "--out", "keys", "--name", name)
    shutil.copy(folder / "keys" / "edge.key", folder / "allowed")
    make_images(data, folder / "images")
    model = data / "models" / "photos"
    tideline(programs, folder, "calibrate", model, "--data", "images", "--samples", "32",
             "--fit-samples", "16", *CUTS, *CODECS)
    for name in ("edge", "cloud"):
        tideline(programs, folder, "profile", model, "--engines", "aten", "--seconds", "3",
                 "--out", f"{name}.json", *CUTS, *CODECS, *(WATTS if name == "edge" else ()))
    (folder / "ready").touch()
    return folder


def port(wanted):
    """`wanted` where it is free, else 0: any that is."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
    return wanted


def start(program, path, config, wanted, **values):
    for name, value in {"PORT": str(port(wanted)), **values}.items():
        config = config.replace(name, value)
    path.write_text(config)
    return Daemon(program, path)


def show(programs, data):
    """Until Ctrl-C or SIGTERM, or until a daemon ends."""
    folder = prepare(programs, data)
    (folder / "partition.yaml").write_text(PARTITION_YAML)
    daemons = []
    try:
        cloud = start(programs / "tideline-cloud", folder / "cloud.yaml", CLOUD_YAML, 8001)
        daemons.append(cloud)
        address = cloud.wait_for("ready")["address"]
        edge = start(programs / "tideline-edge", folder / "edge.yaml", EDGE_YAML, 8000,
                     ADDRESS=address)
        daemons.append(edge)
        edge.wait_for("cloud_ready")
        print(f"\nThe edge is at  {edge.wait_for('http')['address']}/")
        print(f"its cloud at    {cloud.wait_for('http')['address']}/")
        print('Move "Limit the uplink" on the edge\'s page and see the cut move. Ctrl-C ends it.',
              flush=True)
        if edge.process.wait() != 0:
            raise DaemonError(f"tideline-edge ended; see {edge.log}")
    finally:
        for daemon in reversed(daemons):
            daemon.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--data", type=Path, default=DATA)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    arguments = parser.parse_args()
    try:
        show(arguments.build.resolve() / "bin", arguments.data.resolve())
    except KeyboardInterrupt:
        print()
    except DaemonError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
