"""Prints the lines of requirements files that this Python environment does not satisfy.

`tideline-export` is the last line where that is missing or was installed from another checkout.

  python missing_requirements.py EXPORT_FOLDER REQUIREMENTS...
"""

import json
import re
import sys
from importlib import metadata
from pathlib import Path


def installed_version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def pins(path):
    for line in path.read_text().splitlines():
        line = line.partition("#")[0].strip()
        if line:
            name, separator, version = line.partition("==")
            if not separator or not re.fullmatch(r"[\w.\-]+", name):
                sys.exit(f"{path}: '{line}' is not NAME==VERSION")
            yield line, name, version


def installed_from(folder):
    try:
        origin = metadata.distribution("tideline-export").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return False
    # The script's first line names the interpreter, which a moved .venv no longer has.
    script = Path(sys.executable).with_name("tideline-export")
    return (
        origin is not None
        and json.loads(origin)["url"] == folder.as_uri()
        and script.is_file()
        and sys.executable in script.read_text()
    )


def main():
    export, *requirements = (Path(argument).resolve() for argument in sys.argv[1:])
    for path in requirements:
        for line, name, version in pins(path):
            # A local version such as `+cpu` is a build of the same release.
            if (installed_version(name) or "").partition("+")[0] != version:
                print(line)
    if not installed_from(export):
        print("tideline-export")


if __name__ == "__main__":
    main()
