"""Exports every network that the tests run on, and writes those that are saved by hand.

What is there and was made by the same sources is skipped: a stamp under `.made` in the folder holds
the hash of the exporter, of the zoo and of torch's version.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import version
from io import StringIO
from multiprocessing import get_context
from pathlib import Path

_ZOO = Path(__file__).resolve().parent
_EXPORT = _ZOO.parents[1] / "partitioner" / "export"
sys.path.insert(0, str(_ZOO))

# Largest first, so that the last to finish is a small one.
_TORCHVISION = (
    "vgg16",
    "alexnet",
    "resnet50",
    "mobilenet_v3_large",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "resnet18",
    "squeezenet1_0",
    "squeezenet1_1",
)
_BY_HAND = "by_hand"
_TRAINED = ("digits", "photos")
_FACTORIES = ("attention", "branches", "two_outputs", "conv1d", "mlp", "rare")
SOURCES = (
    {name: f"torchvision:{name}" for name in _TORCHVISION}
    | {name: f"{_EXPORT / name / 'network.py'}:{name}" for name in _TRAINED}
    | {name: f"{_ZOO / 'networks.py'}:{name}" for name in _FACTORIES}
)


def stamp() -> str:
    """A hash of everything that decides what the exported files hold."""
    digest = hashlib.sha256()
    for package in ("torch", "torchvision", "numpy"):
        digest.update(f"{package} {version(package)}\n".encode())
    files = [*_EXPORT.glob("tideline_export/*.py"), *_ZOO.glob("*.py")]
    for name in _TRAINED:
        files += _EXPORT.glob(f"{name}/*")
    for path in sorted(path for path in files if path.is_file()):
        digest.update(path.name.encode() + b"\n" + path.read_bytes())
    return digest.hexdigest()


def export(name: str, out: str) -> str:
    """Exports one network in this process; returns an error's text, or nothing."""
    from tideline_export.cli import main as tideline_export

    log = StringIO()
    with redirect_stdout(log), redirect_stderr(log):
        status = tideline_export([SOURCES[name], "--out", out])
    return "" if status == 0 else f"{name}: {log.getvalue()}"


def save_by_hand(_: str, out: str) -> str:
    """Writes all that `saved_by_hand` knows; returns nothing, as there is no error to expect."""
    import warnings

    import saved_by_hand

    warnings.simplefilter("ignore")
    Path(out).mkdir(parents=True, exist_ok=True)
    for name in saved_by_hand.NAMES:
        saved_by_hand.write(name, Path(out))
    return ""


def _use_one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def main() -> int:
    """Exports what is missing or stale, a process per core; exit status 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="the model repository")
    parser.add_argument("--by-hand", type=Path, help="the folder for those saved by hand")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at once")
    options = parser.parse_args()
    started = time.monotonic()
    current = stamp()
    jobs = [(export, name, options.out) for name in SOURCES]
    if options.by_hand is not None:
        jobs.append((save_by_hand, _BY_HAND, options.by_hand))
    stale = [job for job in jobs if not _is_current(job[2], job[1], current)]
    failures = _run(stale, options.jobs, current)
    print(
        f"exported {len(stale) - failures} of {len(jobs)}, {len(jobs) - len(stale)} were current, "
        f"{failures} failed, in {time.monotonic() - started:.0f} s",
        file=sys.stderr,
    )
    return 1 if failures else 0


def _run(jobs: list, workers: int, current: str) -> int:
    """Runs the jobs and stamps those that succeed; returns how many failed."""
    failures = 0
    if not jobs:
        return failures
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_use_one_thread) as pool:
        running = [(job, pool.submit(job[0], job[1], str(job[2]))) for job in jobs]
        for (_, name, folder), future in running:
            error = future.result()
            if error:
                failures += 1
                print(error, file=sys.stderr)
            else:
                _stamp_file(folder, name).parent.mkdir(parents=True, exist_ok=True)
                _stamp_file(folder, name).write_text(current)
                print(f"exported {name}", file=sys.stderr, flush=True)
    return failures


def _stamp_file(folder: Path, name: str) -> Path:
    return folder / ".made" / name


def _is_current(folder: Path, name: str, current: str) -> bool:
    made = _stamp_file(folder, name)
    present = name == _BY_HAND or (folder / name / "1" / "model.yaml").is_file()
    return present and made.is_file() and made.read_text() == current


if __name__ == "__main__":
    sys.exit(main())
