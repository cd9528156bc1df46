"""What the lab's edge reads: crops of photographs as a camera gives them, of average size first."""

import io
import math
import zlib

from PIL import Image

COUNT = 48
QUALITY = 90


def write(source, out):
    """JPEG files of evenly spread PNG files of the folder `source`. The first ones take about as many
    bytes as the mean of all, coded and as they are: few requests tell as much as many."""
    paths = sorted(source.glob("*.png"))
    chosen = [paths[place * len(paths) // COUNT] for place in range(min(COUNT, len(paths)))]
    files, sizes = [], []
    for path in chosen:
        image = Image.open(path).convert("RGB")
        file = io.BytesIO()
        image.save(file, "JPEG", quality=QUALITY)
        files.append(file.getvalue())
        sizes.append((len(files[-1]), len(zlib.compress(image.tobytes(), 1))))
    out.mkdir(parents=True, exist_ok=True)
    for place, index in enumerate(average_first(sizes)):
        (out / f"{place:02}_{chosen[index].stem}.jpg").write_bytes(files[index])


def average_first(sizes):
    """The order of `sizes`, lists of as many numbers each, by how far they are from their means."""
    means = [sum(column) / len(column) for column in zip(*sizes)]

    def distance(index):
        return sum(abs(math.log(size / mean)) for size, mean in zip(sizes[index], means))

    return sorted(range(len(sizes)), key=distance)
