"""Writes the images under data/ and what Pillow and PyTorch make of them.

Run it by hand after changing it: python tests/common/model/make_fixtures.py
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image

DATA = Path(__file__).parent / "data"
MEAN = [0.485, 0.456, 0.406]
STD = [0.229, 0.224, 0.225]


def picture(height: int, width: int, seed: int) -> Image.Image:
    """Smooth areas, edges and noise: everything that a resize can get wrong."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = np.stack([np.sin(x / 5 + c) + np.cos(y / (4 + c)) for c in range(3)], axis=-1)
    pixels = 128 + 60 * waves + random.normal(0, 25, (height, width, 3))
    pixels[height // 3 : height // 2, width // 4 : width // 2] = [255, 0, 255]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def save(image: Image.Image, name: str) -> None:
    image.save(DATA / name, optimize=True)


def resizes() -> None:
    source = picture(47, 61, seed=1)
    save(source, "source.png")
    for height, width in [(30, 40), (47, 20), (20, 61), (94, 122), (100, 9), (7, 5), (1, 1)]:
        save(source.resize((width, height), Image.Resampling.BILINEAR), f"resize_{height}x{width}.png")
    grey = source.convert("L")
    save(grey, "source_grey.png")
    save(grey.resize((16, 16), Image.Resampling.BILINEAR), "resize_grey_16x16.png")


def preprocessing() -> None:
    """Shorter side to 33, centre crop of 24, as torchvision's presets do it on a PIL image."""
    source = Image.open(DATA / "source.png")
    width, height = source.size
    resized = source.resize((int(33 * width / height), 33), Image.Resampling.BILINEAR)
    top = int(round((resized.height - 24) / 2.0))
    left = int(round((resized.width - 24) / 2.0))
    cropped = resized.crop((left, top, left + 24, top + 24))
    save(cropped, "cropped_24x24.png")
    tensor = torch.from_numpy(np.array(cropped)).permute(2, 0, 1).contiguous().float().div(255)
    tensor = tensor.sub(torch.tensor(MEAN).view(3, 1, 1)).div(torch.tensor(STD).view(3, 1, 1))
    (DATA / "normalized.f32").write_bytes(tensor.numpy().astype("<f4").tobytes())


def jpegs() -> None:
    source = Image.open(DATA / "source.png")
    source.save(DATA / "colour.jpg", quality=90)
    source.save(DATA / "progressive.jpg", quality=90, progressive=True)
    source.convert("L").save(DATA / "grey.jpg", quality=90)
    source.convert("CMYK").save(DATA / "cmyk.jpg", quality=90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    source.save(DATA / "turned.jpg", quality=90, exif=exif)
    save(Image.open(DATA / "colour.jpg"), "colour_jpg.png")
    save(Image.open(DATA / "colour.jpg").convert("L"), "colour_jpg_grey.png")
    save(Image.open(DATA / "grey.jpg").convert("RGB"), "grey_jpg.png")


def pngs() -> None:
    source = picture(9, 13, seed=2)
    save(source, "small.png")
    alpha = Image.fromarray((np.arange(9 * 13) * 2).reshape(9, 13).astype(np.uint8))
    save(Image.merge("RGBA", (*source.split(), alpha)), "alpha.png")
    save(Image.merge("LA", (source.convert("L"), alpha)), "grey_alpha.png")
    save(source.convert("L"), "small_grey.png")
    palette = source.quantize(16)
    save(palette, "palette.png")
    save(palette.convert("RGB"), "palette_rgb.png")
    bits = source.convert("1")
    save(bits, "bits.png")
    save(bits.convert("RGB"), "bits_rgb.png")
    low = np.random.default_rng(3).integers(0, 256, (9, 13, 3))
    wide = np.array(source).astype(int) * 256 + low
    (DATA / "wide.png").write_bytes(png16(wide))


def png16(pixels: np.ndarray) -> bytes:
    """A 16-bit RGB file, which Pillow can't write."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


if __name__ == "__main__":
    DATA.mkdir(exist_ok=True)
    resizes()
    preprocessing()
    jpegs()
    pngs()
