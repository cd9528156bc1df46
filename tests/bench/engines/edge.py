"""The edge daemon with OpenVINO alone: memory, and the time from start to the first answer."""

import json
import shutil
import subprocess
import threading
import time
from pathlib import Path

from engines.setting import OUT
from measure.stats import median
from measure.text import note

NETWORK = "mobilenet_v2"
STARTS = 3  # of each kind
IMAGES = 20
PATIENCE = 60
FORBIDDEN = ("libtorch", "libopencv")


def _keeps_cache(setting):
    """Whether this edge can be told where to keep what its engine compiled."""
    usage = subprocess.run([setting.program("tideline-edge"), "--help"], check=True,
                           capture_output=True, text=True)
    return "--engine-cache " in usage.stdout


def _write(folder, network, setting, engine):
    """The files of an edge without a cloud: every answer is a head and its local finish."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    Image.effect_noise((320, 240), 60).convert("RGB").save(folder / "image.png")
    partition = {"model": network, "cut": _middle_cut(setting), "codec": "fp32",
                 "engine": {"edge": "openvino"}}
    (folder / "partition.yaml").write_text(json.dumps(partition))
    edge = {"model_repository": str(setting.models), "partition": str(folder / "partition.yaml"),
            "engine": engine, "log": {"format": "json"},
            "source": {"kind": "stdin"}, "sink": {"path": "-"}}
    (folder / "edge.yaml").write_text(json.dumps(edge))


def _middle_cut(setting):
    inspected = subprocess.run(
        [setting.program("tideline"), "inspect", "--json", setting.model(NETWORK)],
        check=True, capture_output=True, text=True)
    cuts = json.loads(inspected.stdout)["cuts"]
    return cuts[len(cuts) // 2]["name"]


def _resident_mb(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return None


def _forbidden_libraries(pid):
    maps = Path(f"/proc/{pid}/maps").read_text()
    return sum(name in maps for name in FORBIDDEN)


class _NoAnswer(Exception):
    """The edge ended, or did not answer."""


def _start(setting, folder):
    """One start: {first_answer_s, rss_mb, forbidden}. Raises _NoAnswer with its last words."""
    image = f"{folder / 'image.png'}\n"
    log = folder / "edge.log"
    begin = time.monotonic()
    with log.open("w") as stderr:
        edge = subprocess.Popen([setting.program("tideline-edge"), "--config",
                                 folder / "edge.yaml"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=stderr, text=True)
    guard = threading.Timer(PATIENCE, edge.kill)
    guard.start()
    try:
        _answer(edge, image)
        seconds = time.monotonic() - begin
        for _ in range(IMAGES):
            _answer(edge, image)
        return {"first_answer_s": seconds, "rss_mb": _resident_mb(edge.pid),
                "forbidden": _forbidden_libraries(edge.pid)}
    except (BrokenPipeError, ValueError):
        words = log.read_text().strip().splitlines()
        raise _NoAnswer(words[-1] if words else "it did not answer") from None
    finally:
        guard.cancel()
        edge.kill()
        edge.communicate()


def _answer(edge, image):
    """Sends an image and waits for its record. Raises ValueError where it is no answer."""
    edge.stdin.write(image)
    edge.stdin.flush()
    if error := json.loads(edge.stdout.readline()).get("error"):
        raise ValueError(error)


def measure(setting):
    """{key of the JSON line: figure}; {} where the edge cannot run so."""
    if not setting.program("tideline-edge").exists() or setting.model(NETWORK) is None:
        note("edge on openvino: tideline-edge or its network is not there")
        return {}
    folder, cache = OUT / "edge", OUT / "edge" / "cache"
    shutil.rmtree(folder, ignore_errors=True)
    keeps_cache = _keeps_cache(setting)
    engine = {"threads": 1} | ({"cache": str(cache)} if keeps_cache else {})
    _write(folder, NETWORK, setting, engine)
    cold, cached = [], []
    try:
        for _ in range(STARTS):
            shutil.rmtree(cache, ignore_errors=True)
            cold.append(_start(setting, folder))
            if keeps_cache:
                cached.append(_start(setting, folder))
    except _NoAnswer as reason:
        note(f"edge on openvino: {reason}")
        return {}

    def first_answer(starts):
        return median([one["first_answer_s"] for one in starts]) if starts else None

    return {
        "edge_openvino_rss_mb": max(one["rss_mb"] for one in cold + cached),
        "first_answer_cold_s": first_answer(cold),
        "first_answer_cached_s": first_answer(cached),
        "edge_forbidden_libraries": max(one["forbidden"] for one in cold + cached),
    }
