"""A quantized tensor as one grey image, channel beside channel, in libjxl's modular mode."""

import math
from pathlib import Path

import numpy as np

from codec import images

LEVELS = {2: 4, 4: 16, 8: 256}  # bits to levels


def tile(tensor):
    """[C, H, W] to [rows·H, columns·W], about square, what is left over zero."""
    channels, height, width = tensor.shape
    columns = math.ceil(math.sqrt(channels * height / width))
    rows = math.ceil(channels / columns)
    grid = np.zeros((rows * columns, height, width), np.uint8)
    grid[:channels] = tensor
    return grid.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(
        rows * height, columns * width)


def sizes(contender, cut, bits, folder):
    """Bytes of each of the contender's tensors at this cut."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{cut.name}-{bits}"
    answer = contender.ask(f"symbols {cut.name} {LEVELS[bits]} {path}")
    found = []
    for index in range(answer["files"]):
        file = Path(f"{path}.{index}")
        tensor = np.fromfile(file, np.uint8).reshape(answer["shape"][1:])
        file.unlink()
        found.append(images.lossless_jxl(tile(tensor)))
    return found
