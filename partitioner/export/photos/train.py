"""Trains the photos network and writes photos.npz and accuracy.json beside this file.

Run it with `.venv/bin/python partitioner/export/photos/train.py`. The images grow while it learns,
96, 160 and then 224 pixels a side, because most of what is to be learned shows in small ones. The
accuracy is measured on the held-out crops, with the weights as they were stored.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

# PyTorch reads it when it is imported: on busy cores, threads that spin while they wait make each
# step several times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image, ImageEnhance, ImageFilter  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

import network  # noqa: E402
from tideline_export import accuracy, photo_crops, weights  # noqa: E402

_PEAK_RATE = 3e-3
_WARM_UP = 0.15  # of all steps
_WEIGHT_DECAY = 0.05
_LABEL_SMOOTHING = 0.1
_WINDOWS = (104, 288)  # sides in the photograph, wider than those of the held-out crops
_MEASURED_AT_ONCE = 50


@dataclass(frozen=True)
class Stage:
    """`steps` batches of `batch` images with `side` pixels a side."""

    side: int
    batch: int
    steps: int


_STAGES = (Stage(96, 32, 1000), Stage(160, 32, 250), Stage(224, 32, 150))


class TrainingCrops:
    """Endless distorted crops of the parts that the network may see, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._photographs = photo_crops.load()
        self._generator = np.random.default_rng(seed)

    def batch(self, side: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Normalised images [count, 3, side, side] and their labels [count]."""
        labels = self._generator.integers(len(self._photographs), size=count)
        images = np.stack([self._distorted(label, side) for label in labels])
        return normalised(images), torch.from_numpy(labels)

    def _distorted(self, label: int, side: int) -> np.ndarray:
        draw = self._generator
        photograph = self._photographs[label]
        box = photo_crops.draw(photograph.image, photograph.training, _WINDOWS, draw)
        image = photo_crops.cut(photograph.image, box, side)
        picture = Image.fromarray(image[:, ::-1] if draw.random() < 0.5 else image)
        for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
            picture = enhance(picture).enhance(draw.uniform(0.7, 1.3))
        if draw.random() < 0.2:
            picture = picture.filter(ImageFilter.GaussianBlur(draw.uniform(0.3, 1.2)))
        if draw.random() < 0.3:
            picture = _through_jpeg(picture, quality=int(draw.integers(40, 95)))
        return np.asarray(picture)


def _through_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file)


def normalised(images: np.ndarray) -> torch.Tensor:
    """[N, H, W, 3] uint8 -> [N, 3, H, W] float32, as model.yaml's mean and std say."""
    tensor = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (network.MEAN, network.STD))
    return (tensor - mean) / std


def train(module: nn.Module, stages: tuple[Stage, ...], seed: int) -> None:
    """Trains through the stages under one schedule; leaves the module in eval mode."""
    module.train().to(memory_format=torch.channels_last)
    data = TrainingCrops(seed)
    optimizer = torch.optim.AdamW(module.parameters(), weight_decay=_WEIGHT_DECAY)
    steps = sum(stage.steps for stage in stages)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=_PEAK_RATE, total_steps=steps, pct_start=_WARM_UP
    )
    progress = Progress(stages)
    for stage in stages:
        for _ in range(stage.steps):
            images, labels = data.batch(stage.side, stage.batch)
            logits = module(images.contiguous(memory_format=torch.channels_last))
            loss = functional.cross_entropy(logits, labels, label_smoothing=_LABEL_SMOOTHING)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            progress.add(stage, loss.item())
    module.eval()


class Progress:
    """A bar on stderr that counts pixels, as the stages' steps take different times."""

    def __init__(self, stages: tuple[Stage, ...]) -> None:
        self._total = sum(stage.steps * stage.batch * stage.side**2 for stage in stages)
        self._done = 0
        self._loss = math.nan  # a moving mean
        self._started = time.monotonic()

    def add(self, stage: Stage, loss: float) -> None:
        """Counts one step."""
        self._done += stage.batch * stage.side**2
        self._loss = loss if math.isnan(self._loss) else 0.95 * self._loss + 0.05 * loss
        share, seconds = self._done / self._total, time.monotonic() - self._started
        bar = "#" * round(30 * share)
        left = seconds / share - seconds
        print(
            f"\r[{bar:<30}] {100 * share:5.1f} % at {stage.side} px: loss {self._loss:.3f}, "
            f"{seconds:.0f} s, {left:.0f} s left ",
            end="\n" if self._done == self._total else "",
            file=sys.stderr,
            flush=True,
        )


def answers(module: nn.Module, images: np.ndarray) -> np.ndarray:
    """The numbers of the labels [N] that the network gives images [N, 224, 224, 3] uint8."""
    with torch.no_grad():
        parts = [
            module(normalised(images[start : start + _MEASURED_AT_ONCE])).argmax(1)
            for start in range(0, len(images), _MEASURED_AT_ONCE)
        ]
    return torch.cat(parts).numpy()


def measured_accuracy(module: nn.Module) -> dict:
    """model.yaml's `accuracy`: top-1 on the held-out crops, printed by label as well."""
    data = photo_crops.held_out()
    given = answers(module, data.images)
    for number, label in enumerate(photo_crops.LABELS):
        of_label = data.labels == number
        share = (given[of_label] == number).mean()
        print(f"  {label:<12} {share:.3f} of {of_label.sum()}")
    return accuracy.top1(
        "held-out 224x224 crops of scikit-image's and scikit-learn's photographs",
        given,
        data.labels,
    )


def main() -> None:
    """Trains, stores, loads what was stored and measures that."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="default: here")
    parser.add_argument("--measure-only", action="store_true", help="keep the weights as they are")
    options = parser.parse_args()
    stored = options.out / network.WEIGHTS.name
    torch.set_num_threads(options.threads)
    if not options.measure_only:
        torch.manual_seed(options.seed)
        module = network.build()
        train(module, _STAGES, options.seed)
        weights.save_arrays(module, stored)
    shipped = network.build().eval()
    weights.load_arrays(shipped, stored)
    measured = measured_accuracy(shipped)
    (options.out / network.ACCURACY.name).write_text(json.dumps(measured, indent=2) + "\n", "utf-8")
    print(f"{stored}: {stored.stat().st_size} bytes, accuracy {measured}")


if __name__ == "__main__":
    main()
