"""scikit-learn's handwritten digits, enlarged to 64x64 images, and their fixed split.

`python -m tideline_export.digits_images --out DIR` writes the held-out fifth as PNG files, whose
pixels are exactly those that the digits network is measured on, and labels.csv.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tideline_export import labelled

SIDE = 64  # pixels, in three equal channels

_SPLIT_SEED = 2024
_HELD_OUT_SHARE = 0.2
_LARGEST_VALUE = 16  # scikit-learn counts ink from 0 to 16


@dataclass(frozen=True)
class Digits:
    """Images [N, SIDE, SIDE, 3] uint8 with their labels; `indices` count in the whole set."""

    images: np.ndarray
    labels: np.ndarray
    indices: np.ndarray


def training() -> Digits:
    """The four fifths that the network learns from."""
    return _select(held_out=False)


def held_out() -> Digits:
    """The fifth (360 images) that the network never sees while it learns."""
    return _select(held_out=True)


def _select(*, held_out: bool) -> Digits:
    from sklearn.datasets import load_digits

    data = load_digits()
    count = len(data.target)
    order = np.random.RandomState(_SPLIT_SEED).permutation(count)
    border = math.ceil(count * _HELD_OUT_SHARE)
    indices = np.sort(order[:border] if held_out else order[border:])
    images = np.stack([_enlarge(data.images[index]) for index in indices])
    return Digits(images, data.target[indices], indices)


def _enlarge(digit: np.ndarray) -> np.ndarray:
    """8x8 values from 0 to 16 as a SIDE x SIDE image of three equal channels."""
    gray = np.round(digit * (255 / _LARGEST_VALUE)).astype(np.uint8)
    return np.asarray(Image.fromarray(gray).resize((SIDE, SIDE), Image.BICUBIC).convert("RGB"))


def write(folder: Path) -> int:
    """Writes NNNN_labelL.png for each held-out image and labels.csv; returns how many images."""
    digits = held_out()
    return labelled.write(
        folder,
        (
            (f"{index:04d}_label{label}", image, label)
            for image, label, index in zip(
                digits.images, digits.labels, digits.indices, strict=True
            )
        ),
    )


def main() -> None:
    """Writes the images where the command line says."""
    parser = argparse.ArgumentParser(description="Writes the held-out digits as PNG files.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    folder = parser.parse_args().out
    print(f"{write(folder)} images in {folder}")


if __name__ == "__main__":
    main()
