"""The input itself, sent as JPEG, WebP or JPEG XL: the fewest bytes that keep the accuracy.

What was found for an image is kept under build/bench/codec/rivals: neither the codecs nor the
network change between runs.
"""

import csv
import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from codec import answers, images
from codec.accuracy import Loss, paired_loss
from codec.setting import OUT
from measure.text import note

# Qualities that are tried, in each codec's own numbers; bisection assumes that accuracy grows.
FORMATS = {
    "jpeg": (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30, 50, 75, 90),
    "webp": (0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 90),
    "jxl": (0, 2, 5, 10, 15, 20, 30, 40, 50, 60, 75, 90),
}
WORKERS = 2
CHUNK = 32


@dataclass(frozen=True)
class Rival:
    """One codec at the lowest quality that keeps the accuracy, or at its highest.

    The loss is of all images, the bytes are of those whose cut tensors are coded.
    """

    name: str
    quality: int
    bytes_mean: float
    loss: Loss
    samples: int


def _cache_file(model, name, quality):
    identity = hashlib.sha256((model / "model.pt2").read_bytes()).hexdigest()[:16]
    return OUT / "rivals" / f"{identity}-{name}-{quality}.npz"


def _read_cache(path):
    """{image: (bytes, class)} of what was found before."""
    if not path.exists():
        return {}
    with np.load(path) as stored:
        return {str(image): (int(size), int(answer)) for image, size, answer in zip(
            stored["images"], stored["bytes"], stored["classes"])}


def _write_cache(path, found):
    path.parent.mkdir(parents=True, exist_ok=True)
    names = sorted(found)
    new = path.with_suffix(".new.npz")
    np.savez(new, images=np.array(names), bytes=np.array([found[n][0] for n in names]),
             classes=np.array([found[n][1] for n in names]))
    new.rename(path)


def _evaluate_chunk(name, quality, paths):
    """In a process of the pool: (bytes, class) of each image."""
    arrived = [images.sent(name, quality, Image.open(path).convert("RGB")) for path in paths]
    classes = answers.classes(np.stack([np.asarray(image) for _, image in arrived]))
    return [(size, int(answer)) for (size, _), answer in zip(arrived, classes)]


class Evaluator:
    """What the network answers to images that came another way. Close it."""

    def __init__(self, model):
        self.model = model
        self.pool = None

    def _run(self, name, quality, paths):
        if self.pool is None:
            self.pool = ProcessPoolExecutor(WORKERS, get_context("spawn"), answers.load,
                                            (str(self.model),))
        chunks = [paths[i:i + CHUNK] for i in range(0, len(paths), CHUNK)]
        done = self.pool.map(_evaluate_chunk, [name] * len(chunks), [quality] * len(chunks), chunks)
        return [one for chunk in done for one in chunk]

    def evaluate(self, name, quality, paths):
        """(bytes [n], classes [n])."""
        cache = _cache_file(self.model, name, quality)
        found = _read_cache(cache)
        missing = [path for path in paths if Path(path).name not in found]
        if missing:
            new = self._run(name, quality, missing)
            found.update((Path(path).name, one) for path, one in zip(missing, new))
            _write_cache(cache, found)
        rows = [found[Path(path).name] for path in paths]
        return np.array([size for size, _ in rows]), np.array([answer for _, answer in rows])

    def close(self):
        if self.pool is not None:
            self.pool.shutdown()


def labels_of(paths):
    with (Path(paths[0]).parent / "labels.csv").open(newline="") as file:
        by_name = {row["file"]: int(row["label"]) for row in csv.DictReader(file)}
    return np.array([by_name[Path(path).name] for path in paths])


def _lowest(evaluator, name, paths, coded):
    labels = labels_of(paths)
    _, before = evaluator.evaluate("none", 0, paths)

    def judge(quality):
        _, after = evaluator.evaluate(name, quality, paths)
        sizes, _ = evaluator.evaluate(name, quality, coded)
        return Rival(name, quality, float(sizes.mean()), paired_loss(before, after, labels),
                     len(paths))

    qualities = FORMATS[name]
    low, high = 0, len(qualities) - 1  # the highest is taken where none keeps it
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if judge(qualities[middle]).loss.kept else (middle + 1, high)
    return judge(qualities[low])


def is_prepared(setting, network, paths):
    """Whether some quality of every format is known for all of these images."""
    model = setting.model(network)
    names = {path.name for path in paths}
    return all(any(names <= _read_cache(_cache_file(model, name, quality)).keys()
                   for quality in qualities) for name, qualities in FORMATS.items())


def lowest_that_keep(setting, network, paths, coded, report, formats=tuple(FORMATS)):
    """{format: Rival, or None where its codec is not installed}; calls `report` with each format.

    Judged on the images of `paths`; the bytes are those of `coded`.
    """
    evaluator = Evaluator(setting.model(network))
    found = {}
    try:
        for name in formats:
            report(name)
            try:
                if name == "jxl":
                    images.use_jxl()
                found[name] = _lowest(evaluator, name, paths, coded)
            except images.Missing as reason:
                note(f"{name}: {reason}")
                found[name] = None
    finally:
        evaluator.close()
    return found
