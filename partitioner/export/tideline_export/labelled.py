"""Folders of images with labels, as `tideline calibrate --data --labels` takes them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image


def write(folder: Path, images: Iterable[tuple[str, np.ndarray, int]]) -> int:
    """Writes NAME.png for each (NAME, image, label), and labels.csv; returns how many images."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, image, label in images:
        Image.fromarray(image).save(folder / f"{name}.png")
        rows.append((f"{name}.png", label))
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("file", "label"))
        writer.writerows(rows)
    return len(rows)
