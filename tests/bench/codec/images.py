"""Images as other codecs send them: bytes without what both sides could share, and the pixels."""

import io
import sys

from PIL import Image

from measure.packages import SITE_PACKAGES

_START, _SCAN = 0xD8, 0xDA
_QUANTIZATION, _HUFFMAN = 0xDB, 0xC4
_RIFF_HEADERS = 20  # RIFF, size, WEBP, VP8, size
WEBP_METHOD = 6
JXL_EFFORT = 7
LOWEST_JPEG = 1


class Missing(Exception):
    """A package is not installed."""


def use_jxl():
    """Makes Pillow know JPEG XL. Raises Missing."""
    if str(SITE_PACKAGES) not in sys.path:
        sys.path.append(str(SITE_PACKAGES))
    try:
        import pillow_jxl  # noqa: F401
    except ImportError as error:
        raise Missing(f"{error}; run codec --prepare") from None


def _saved(image, **options):
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


def jpeg_payload(file, keep_huffman):
    """Bytes of a JPEG from its first scan on; with its Huffman tables where they are its own.

    Size, components and quantization tables are the same for every image of a stream.
    """
    size, place = 0, 2
    while True:
        marker, length = file[place + 1], int.from_bytes(file[place + 2:place + 4], "big")
        if marker == _SCAN:
            return size + len(file) - place
        if marker == _HUFFMAN and keep_huffman:
            size += 2 + length
        place += 2 + length


def _jpeg(image, quality):
    """The smaller of one with the standard's tables, which need not be sent, and its own."""
    options = {"format": "JPEG", "quality": max(quality, LOWEST_JPEG), "subsampling": "4:2:0"}
    standard = _saved(image, **options)
    own = _saved(image, **options, optimize=True)
    return standard, min(jpeg_payload(standard, keep_huffman=False),
                         jpeg_payload(own, keep_huffman=True))


def _webp(image, quality):
    file = _saved(image, format="WEBP", quality=quality, method=WEBP_METHOD)
    return file, len(file) - _RIFF_HEADERS


def _jxl(image, quality):
    use_jxl()
    file = _saved(image, format="JXL", quality=quality, effort=JXL_EFFORT)
    return file, len(file)


_ENCODERS = {"jpeg": _jpeg, "webp": _webp, "jxl": _jxl}


def sent(name, quality, image):
    """(bytes, the image that arrives) of an RGB image; "none" sends it as it is."""
    if name == "none":
        return 3 * image.width * image.height, image
    file, size = _ENCODERS[name](image, quality)
    return size, Image.open(io.BytesIO(file)).convert("RGB")


def lossless_jxl(grey):
    """Bytes of an 8-bit image [H, W] in libjxl's modular mode without loss."""
    use_jxl()
    return len(_saved(Image.fromarray(grey), format="JXL", lossless=True, effort=JXL_EFFORT))
