"""224x224 crops of the photographs in scikit-image's and scikit-learn's wheels.

Each photograph is a class. Crops of one of its corners are held out; the network learns from crops
of the rest, less a strip along that corner which nothing uses.

    python -m tideline_export.photo_crops --out DIR                       # the held-out crops
    python -m tideline_export.photo_crops --part calibration --out DIR    # some of the rest

writes PNG files, whose pixels are exactly those that the photos network is measured on, and
labels.csv.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tideline_export import labelled, photographs

SIDE = 224  # pixels, in three channels

# Labels, the files they are crops of, and the corner that is held out; it shows what the label
# says, and so does the rest. Left out: the second image of a stereo pair, drawings and computed
# images, what is out of focus throughout, and what is too small.
_PHOTOGRAPHS = {
    "astronaut": ("astronaut.png", "top left"),
    "bricks": ("brick.png", "top right"),
    "cameraman": ("camera.png", "bottom left"),
    "cat": ("chelsea.png", "top right"),
    "coffee": ("coffee.png", "bottom right"),
    "coins": ("coins.png", "top right"),
    "dahlia": ("flower.jpg", "bottom right"),
    "galaxies": ("hubble_deep_field.jpg", "bottom right"),
    "grass": ("grass.png", "bottom right"),
    "gravel": ("gravel.png", "bottom right"),
    "moon": ("moon.png", "top right"),
    "motorcycle": ("motorcycle_left.png", "bottom right"),
    "pagoda": ("china.jpg", "bottom right"),
    "retina": ("retina.jpg", "bottom right"),
    "rocket": ("rocket.jpg", "bottom right"),
    "tissue": ("ihc.png", "bottom right"),
}
LABELS = tuple(_PHOTOGRAPHS)
HELD_OUT_PER_LABEL = 160
CALIBRATION_PER_LABEL = 16

# Shares of a photograph's width and height.
_CORNER = (0.42, 0.62)
_GAP = 0.02

_HELD_OUT_SEED = 2024
_CALIBRATION_SEED = 2025
_SMALLEST = 128  # sides of the windows that are resized to SIDE
_LARGEST = SIDE
_LEAST_CONTRAST = 6.0  # a channel's standard deviation: black corners show nothing
_GLANCE = 32  # the side at which contrast is looked at
_MOST_TRIES = 1000


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels; right and bottom are outside it."""

    left: int
    top: int
    right: int
    bottom: int

    def area(self) -> int:
        """In pixels."""
        return (self.right - self.left) * (self.bottom - self.top)

    def overlaps(self, other: Box) -> bool:
        """Whether the two share a pixel."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True)
class Crops:
    """Images [N, SIDE, SIDE, 3] uint8, the numbers of their labels [N], and where they were cut."""

    images: np.ndarray
    labels: np.ndarray
    boxes: list[Box]


@dataclass(frozen=True)
class Photograph:
    """One class: its RGB image, the two overlapping parts that training sees, and the corner."""

    image: Image.Image
    training: tuple[Box, Box]
    held_out: Box


def divided(image: Image.Image, corner: str) -> Photograph:
    """The image with its `top` or `bottom`, `left` or `right` corner held out."""
    width, height = image.size
    inner_x, outer_x = _ends(width, _CORNER[0], far=corner.endswith("right"))
    inner_y, outer_y = _ends(height, _CORNER[1], far=corner.startswith("bottom"))
    held_out = Box(inner_x[0], inner_y[0], inner_x[1], inner_y[1])
    beside = Box(outer_x[0], 0, outer_x[1], height)
    above_or_below = Box(0, outer_y[0], width, outer_y[1])
    assert not held_out.overlaps(beside)
    assert not held_out.overlaps(above_or_below)
    return Photograph(image, (beside, above_or_below), held_out)


def _ends(length: int, share: float, *, far: bool) -> tuple[tuple[int, int], tuple[int, int]]:
    """From and to of that share at one end of a length, and of the rest beyond the gap."""
    inner, outer = int(length * share), int(length * (share + _GAP))
    if far:
        return (length - inner, length), (0, length - outer)
    return (0, inner), (outer, length)


def load() -> list[Photograph]:
    """The photographs in the order of LABELS; raises FileNotFoundError where one is missing."""
    paths = {path.name: path for path in photographs.sources()}
    missing = [name for name, _ in _PHOTOGRAPHS.values() if name not in paths]
    if missing:
        raise FileNotFoundError(
            f"{', '.join(missing)}: not in the installed scikit-image and scikit-learn; "
            "install the releases in requirements.txt"
        )
    return [
        divided(Image.open(paths[name]).convert("RGB"), corner)
        for name, corner in _PHOTOGRAPHS.values()
    ]


def draw(
    image: Image.Image,
    parts: tuple[Box, ...],
    sides: tuple[int, int],
    generator: np.random.Generator,
) -> Box:
    """A square window within one of the parts, on which something is to be seen.

    Its side is from sides[0] to sides[1] pixels as far as that part has room; a part comes up as
    often as its area says.
    """
    areas = np.array([part.area() for part in parts])
    for _ in range(_MOST_TRIES):
        part = parts[generator.choice(len(parts), p=areas / areas.sum())]
        largest = min(sides[1], part.right - part.left, part.bottom - part.top)
        side = int(generator.integers(min(sides[0], largest), largest, endpoint=True))
        left = int(generator.integers(part.left, part.right - side, endpoint=True))
        top = int(generator.integers(part.top, part.bottom - side, endpoint=True))
        box = Box(left, top, left + side, top + side)
        if cut(image, box, _GLANCE).std(axis=(0, 1)).max() >= _LEAST_CONTRAST:
            return box
    raise ValueError(f"{parts}: no window of {sides} pixels has any contrast")


def cut(image: Image.Image, box: Box, side: int) -> np.ndarray:
    """The window as an image [side, side, 3] uint8; no pixel outside it has a part in it."""
    window = image.crop((box.left, box.top, box.right, box.bottom))
    return np.asarray(window.resize((side, side), Image.BILINEAR))


def held_out(per_label: int = HELD_OUT_PER_LABEL) -> Crops:
    """The first crops of each label from the corners that the network never saw."""
    sources = [(photograph.image, (photograph.held_out,)) for photograph in load()]
    return _crops(sources, per_label, _HELD_OUT_SEED)


def calibration(per_label: int = CALIBRATION_PER_LABEL) -> Crops:
    """Crops of what the network learns from, as they are, for choosing ranges."""
    sources = [(photograph.image, photograph.training) for photograph in load()]
    return _crops(sources, per_label, _CALIBRATION_SEED)


def _crops(sources: list[tuple[Image.Image, tuple[Box, ...]]], per_label: int, seed: int) -> Crops:
    """Label after label; each crop has a seed of its own, so that fewer are the first of more."""
    images, labels, boxes = [], [], []
    for label, (image, parts) in enumerate(sources):
        for number in range(per_label):
            generator = np.random.default_rng((seed, label, number))
            boxes.append(draw(image, parts, (_SMALLEST, _LARGEST), generator))
            images.append(cut(image, boxes[-1], SIDE))
            labels.append(label)
    return Crops(np.stack(images), np.array(labels), boxes)


def write(folder: Path, crops: Crops) -> int:
    """Writes NNNN_LABEL.png for each crop and labels.csv; returns how many crops."""
    return labelled.write(
        folder,
        (
            (f"{number:04d}_{LABELS[label]}", image, label)
            for number, (image, label) in enumerate(zip(crops.images, crops.labels, strict=True))
        ),
    )


def main() -> None:
    """Writes the crops where the command line says."""
    parts = {"held-out": held_out, "calibration": calibration}
    parser = argparse.ArgumentParser(description="Writes crops of photographs as PNG files.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    parser.add_argument(
        "--part",
        choices=parts,
        default="held-out",
        help="what the network never saw, or some of what it learned from (default: held-out)",
    )
    options = parser.parse_args()
    print(f"{write(options.out, parts[options.part]())} crops in {options.out}")


if __name__ == "__main__":
    main()
