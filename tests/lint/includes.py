"""Checks which folder includes which, and which third parties each folder may see.

  python3 tests/lint/includes.py [ROOT]

Exit status 1 where a rule is broken. Files over the size guide are listed as notes.
"""

import re
import sys
from pathlib import Path

# Lowest first. A file may include its own folder and those of earlier rows, never a row neighbour.
ORDER = (
    ("common/base",),
    ("common/tensor", "common/telemetry"),
    ("common/config",),
    ("common/program",),
    ("common/engine",),
    ("common/model", "common/web"),
    ("common/inference",),
    ("protocol/codec/lossless",),
    ("protocol/codec", "protocol/zeromq"),
    ("protocol/security",),
    ("protocol",),
    ("protocol/transport",),
    ("protocol/client",),
    ("partitioner/planner", "partitioner/quantizer"),
    ("partitioner/calibrator", "partitioner/exchange", "partitioner/inputs", "partitioner/policy",
     "partitioner/report"),
    ("partitioner/profiler",),
    ("partitioner/tool", "edge", "cloud"),
)

# What a folder must not see although it comes earlier in the order.
FORBIDDEN = {
    "protocol": ("common/engine", "common/program", "common/model"),
    "partitioner/planner": ("common/engine",),
    "partitioner/policy": ("common/engine",),
}

# Third parties that only the named folders see, and those that stay out of shared headers.
OWNED = (
    (re.compile(r"(ATen|c10|torch|caffe2)/"), ("common/engine/aten",)),
    (re.compile(r"openvino/"), ("common/engine/openvino",)),
    (re.compile(r"prometheus/"), ("common/telemetry",)),
    (re.compile(r"zmq"), ("protocol/security", "protocol/transport", "protocol/zeromq")),
)
HIDDEN = re.compile(r"(ATen|c10|torch|openvino|flatbuffers|yaml-cpp|nlohmann|prometheus|boost/beast)/|zmq")

LONGEST = {".h": 150, ".cc": 300}

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)
PRODUCT = ("common", "protocol", "partitioner", "edge", "cloud")


def inside(path, folder):
    return path == folder or path.startswith(folder + "/")


def place(path):
    """The row and the folder of ORDER that a path belongs to: the longest one that matches."""
    matches = [
        (len(folder), row, folder)
        for row, folders in enumerate(ORDER)
        for folder in folders
        if inside(path, folder)
    ]
    return max(matches)[1:] if matches else None


def direction_error(path, included):
    here, there = place(path), place(included)
    if here is None:
        return "is in no folder of the order in tests/lint/includes.py"
    if there is None:
        ours = included.partition("/")[0] in (*PRODUCT, "tests")
        return f"includes {included}, which is in no folder of the order" if ours else None
    if there != here and there[0] >= here[0]:
        return f"includes {included}, but {here[1]} comes no later than {there[1]}"
    for folder, unseen in FORBIDDEN.items():
        if inside(path, folder) and any(inside(included, other) for other in unseen):
            return f"includes {included}, which {folder} must not see"
    return None


def read(root):
    """Path to the files that it includes, for every C++ file of the product."""
    return {
        str(path.relative_to(root)): [a or b for a, b in INCLUDE.findall(path.read_text())]
        for folder in PRODUCT
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in LONGEST
    }


def errors(includes):
    seen_from_outside = {
        included
        for path, all_included in includes.items()
        for included in all_included
        if not inside(path, str(Path(included).parent))
    }
    for path, all_included in includes.items():
        for included in all_included:
            error = direction_error(path, included)
            if error:
                yield f"{path}: {error}"
            for pattern, owners in OWNED:
                if pattern.match(included) and not any(inside(path, owner) for owner in owners):
                    yield f"{path}: includes {included}, which only {' and '.join(owners)} may"
            if path in seen_from_outside and HIDDEN.match(included):
                yield f"{path}: other folders include it, so {included} must stay out of it"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2])
    includes = read(root)
    found = list(errors(includes))
    print("\n".join(found), end="\n" if found else "")
    for path in includes:
        lines = (root / path).read_text().count("\n")
        if lines > LONGEST[Path(path).suffix]:
            print(f"note: {path} has {lines} lines, the guide is {LONGEST[Path(path).suffix]}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
