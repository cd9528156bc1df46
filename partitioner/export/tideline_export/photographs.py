"""The photographs that scikit-learn and scikit-image install, as a folder of image files.

`python -m tideline_export.photographs --out DIR` needs no network: it takes what lies in the
wheels. JPEG files are copied as they are; the others become RGB PNG files.
"""

from __future__ import annotations

import argparse
import shutil
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

# Packages, the folder of their images, and those of them that are photographs.
_PHOTOGRAPHS = {
    ("sklearn", "datasets/images"): ("china.jpg", "flower.jpg"),
    ("skimage", "data"): (
        "astronaut.png",
        "brick.png",
        "camera.png",
        "cell.png",
        "chelsea.png",
        "clock_motion.png",
        "coffee.png",
        "coins.png",
        "grass.png",
        "gravel.png",
        "hubble_deep_field.jpg",
        "ihc.png",
        "microaneurysms.png",
        "moon.png",
        "motorcycle_left.png",
        "motorcycle_right.png",
        "page.png",
        "retina.jpg",
        "rocket.jpg",
        "text.png",
    ),
}


def sources() -> list[Path]:
    """The installed photographs; those that a release of a package lacks are left out."""
    paths = []
    for (package, folder), names in _PHOTOGRAPHS.items():
        spec = find_spec(package)
        roots = [] if spec is None else spec.submodule_search_locations or []
        paths += [Path(root) / folder / name for root in roots for name in names]
    return [path for path in paths if path.is_file()]


def write(folder: Path) -> int:
    """Writes the photographs into `folder`; returns how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = sources()
    for path in paths:
        if path.suffix == ".jpg":
            shutil.copyfile(path, folder / path.name)
        else:
            Image.open(path).convert("RGB").save(folder / path.name)
    return len(paths)


def main() -> int:
    """Writes the photographs where the command line says; exit status 1 where there are none."""
    parser = argparse.ArgumentParser(description="Writes the installed photographs.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    folder = parser.parse_args().out
    count = write(folder)
    print(f"{count} photographs in {folder}")
    return 0 if count else 1


if __name__ == "__main__":
    raise SystemExit(main())
