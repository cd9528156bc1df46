"""CPU time of requests, and how many of them one core answers."""

import json
import urllib.parse

import numpy as np

from integration.daemons import Site, program
from integration.wrk import Post
from measure.contender import Contender
from measure.stats import median
from measure.text import Progress
from web import load
from web.setting import OUT

SIZES = (256, 4000, 15_000)  # floats of an input: all below 64 kB
LARGE = 250_000              # 1 MB
IN_PROCESS = 2000            # requests
PARSED = 20
PATH = "/v2/models/none/infer"
CONNECTIONS = 32
EDGE_CORE, CLIENT_CORE = 0, 1


def binary_post(size):
    head = json.dumps({"inputs": [{"name": "x", "shape": [1, size], "datatype": "FP32",
                                   "parameters": {"binary_data_size": 4 * size}}],
                       "parameters": {"binary_data_output": True}}).encode()
    return Post(head + np.linspace(-1, 1, size, dtype=np.float32).tobytes(), len(head))


def json_post(size):
    values = [round(float(value), 6) for value in np.linspace(-1, 1, size)]
    return Post(json.dumps({"inputs": [{"name": "x", "shape": [1, size], "datatype": "FP32",
                                        "data": values}]}).encode())


def over_http(bench, url, seconds, post):
    """CPU seconds of the server per request."""
    before = bench.ask("cpu")
    load.run(url, seconds, post=post)
    after = bench.ask("cpu")
    return (after["cpu_s"] - before["cpu_s"]) / (after["requests"] - before["requests"])


def per_mb(bench, url, setting, make_post):
    """CPU milliseconds per MB that a large body has more than a small one."""
    found = []
    for _ in range(setting.rounds):
        costs = {}
        for size in (SIZES[0], LARGE):
            bench.ask(f"size {size}")
            costs[size] = over_http(bench, url, setting.seconds, make_post(size))
        megabytes = (len(make_post(LARGE).body) - len(make_post(SIZES[0]).body)) * 1e-6
        found.append(1e3 * (costs[LARGE] - costs[SIZES[0]]) / megabytes)
    return median(found)


def measure(setting):
    bench = Contender("http_bench", [program("http_bench")], OUT / "http_bench.log")
    progress = Progress(len(SIZES) + 2)
    try:
        url = bench.wait_ready()["address"] + PATH
        added = {}
        for size in SIZES:
            progress.step(f"{4 * size} bytes")
            bench.ask(f"size {size}")
            differences = []
            for _ in range(setting.rounds):
                inside = bench.ask(f"inprocess {IN_PROCESS}")["cpu_us"]
                outside = 1e6 * over_http(bench, url, setting.seconds, binary_post(size))
                differences.append(outside - inside)
            added[size] = median(differences)
        progress.step("JSON")
        json_cost = per_mb(bench, url, setting, json_post)
        progress.step("binary")
        binary_cost = per_mb(bench, url, setting, binary_post)
        parsed = bench.ask(f"parse {PARSED}")
        return {"added_cpu_us": max(added.values()),
                **{f"added_cpu_us_{4 * size}_bytes": value for size, value in added.items()},
                "json_ms_per_mb": json_cost, "binary_ms_per_mb": binary_cost,
                "json_parse_ms_per_mb": parsed["json_ms_per_mb"]}
    finally:
        bench.close()
        progress.close()


def health_per_second(setting):
    """Of an edge that has nothing else to do, on one core; the load is on another one."""
    site = Site("digits", cut="edge", engine={"edge": "fake"})
    site.prefix = ["taskset", "-c", str(EDGE_CORE)]
    try:
        edge = site.start_edge("", source={"kind": "none", "path": ""})
        address = urllib.parse.urlsplit(edge.wait_for("http")["address"])
        url = f"http://{address.netloc}/v2/health/live"
        return median([load.run(url, setting.seconds, CONNECTIONS, core=CLIENT_CORE)
                       for _ in range(setting.rounds)])
    finally:
        site.close()
