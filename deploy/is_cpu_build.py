"""Fails, naming it, unless the torch that `pip install --dry-run --report` found is a CPU build.

  python is_cpu_build.py REPORT
"""

import json
import re
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        (item,) = json.load(file)["install"]
    found = item["metadata"]
    local = found["version"].partition("+")[2]
    accelerated = [
        requirement
        for requirement in found.get("requires_dist", [])
        if re.match(r"(nvidia|cuda|triton|pytorch-triton|rocm)", requirement)
        and "extra ==" not in requirement
    ]
    if local == "cpu" or (not local and not accelerated):
        return
    reason = f"needs {accelerated[0]}" if accelerated else f"is a +{local} build"
    sys.exit(f"torch {found['version']} from {item['download_info']['url']} {reason}")


if __name__ == "__main__":
    main()
