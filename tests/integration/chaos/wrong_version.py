#!/usr/bin/env python3
"""Listens as the cloud of a site and answers every hello with versions that no edge speaks.

  wrong_version.py ADDRESS SITE refusal|welcome
"""

import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import misbehaving  # noqa: E402

FAILED_PRECONDITION = 9


def answer(cloud, kind):
    sender, hello = cloud.receive("hello")
    if kind == "refusal":
        cloud.send(sender, "refusal", request=0, code=FAILED_PRECONDITION, retry_after_ms=0,
                   reason="protocol: 7 to 9 here, 1 to 2 on the edge")
    else:
        models = [{"state": 0, "reason": "", "parameters": []} for _ in hello["models"]]
        cloud.send(sender, "welcome", session=hello["session"], protocol=7, codec=9,
                   frontier_rule=5, cloud="another", isa="", models=models, max_tensor=1 << 20,
                   max_inflight=1 << 22, heartbeat_ms=200)


def main():
    address, site, kind = sys.argv[1:]
    cloud = misbehaving.Cloud(types.SimpleNamespace(path=Path(site)), address)
    print("listens", flush=True)
    while True:
        answer(cloud, kind)


if __name__ == "__main__":
    main()
