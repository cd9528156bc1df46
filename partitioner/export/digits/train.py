"""Trains the digits network and writes digits.npz and accuracy.json beside this file.

Run it with `.venv/bin/python partitioner/export/digits/train.py`; it takes some three minutes. The
accuracy is measured on the held-out fifth, with the weights as they were stored.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import network
from tideline_export import accuracy, digits_images, weights

_BATCH = 48
_PEAK_RATE = 4e-3
_WEIGHT_DECAY = 0.02
_LARGEST_SHIFT = 0.12  # of half the image
_LARGEST_TURN = 0.2  # radians
_LARGEST_ZOOM = 0.12
_LARGEST_NOISE = 0.08  # standard deviation on normalised pixels


def normalised(images: np.ndarray) -> torch.Tensor:
    """[N, H, W, 3] uint8 -> [N, 3, H, W] float32, as model.yaml's mean and std say."""
    tensor = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    return (tensor - network.MEAN) / network.STD


def distorted(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each image a little turned, zoomed, shifted and noisy."""
    count = len(images)

    def uniform(largest: float) -> torch.Tensor:
        return (2 * torch.rand(count, generator=generator) - 1) * largest

    angle, zoom = uniform(_LARGEST_TURN), 1 + uniform(_LARGEST_ZOOM)
    x, y = uniform(_LARGEST_SHIFT), uniform(_LARGEST_SHIFT)
    cosine, sine = zoom * torch.cos(angle), zoom * torch.sin(angle)
    rows = [torch.stack([cosine, -sine, x], 1), torch.stack([sine, cosine, y], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    moved = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    strength = uniform(_LARGEST_NOISE).abs().view(count, 1, 1, 1)
    return moved + strength * torch.randn(moved.shape, generator=generator)


def train(module: nn.Module, epochs: int, seed: int) -> None:
    """Trains on the four fifths; leaves the module in eval mode."""
    data = digits_images.training()
    images, labels = normalised(data.images), torch.from_numpy(data.labels)
    generator = torch.Generator().manual_seed(seed)
    steps = math.ceil(len(images) / _BATCH)
    optimizer = torch.optim.AdamW(module.parameters(), weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=_PEAK_RATE, total_steps=epochs * steps
    )
    started = time.monotonic()
    for epoch in range(epochs):
        module.train()
        total = 0.0
        for batch in torch.randperm(len(images), generator=generator).split(_BATCH):
            logits = module(distorted(images[batch], generator))
            loss = functional.cross_entropy(logits, labels[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(batch)
        seconds = time.monotonic() - started
        print(f"epoch {epoch + 1}/{epochs}: loss {total / len(images):.4f}, {seconds:.0f} s")
    module.eval()


def measured_accuracy(module: nn.Module) -> dict:
    """model.yaml's `accuracy`: top-1 on the held-out images with its Wilson interval."""
    data = digits_images.held_out()
    with torch.no_grad():
        answers = module(normalised(data.images)).argmax(1).numpy()
    return accuracy.top1("scikit-learn digits at 64x64, the held-out fifth", answers, data.labels)


def main() -> None:
    """Trains, stores, loads what was stored and measures that."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=18)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="default: here")
    parser.add_argument("--measure-only", action="store_true", help="keep the weights as they are")
    options = parser.parse_args()
    stored = options.out / network.WEIGHTS.name
    if not options.measure_only:
        torch.manual_seed(options.seed)
        module = network.DigitsNetwork()
        train(module, options.epochs, options.seed)
        weights.save_arrays(module, stored)
    shipped = network.DigitsNetwork().eval()
    weights.load_arrays(shipped, stored)
    measured = measured_accuracy(shipped)
    (options.out / network.ACCURACY.name).write_text(json.dumps(measured, indent=2) + "\n", "utf-8")
    print(f"{stored}: {stored.stat().st_size} bytes, accuracy {measured}")


if __name__ == "__main__":
    main()
