"""Whether answers of health take anything from inference: windows with and without them in turn."""

import json
import time
import urllib.parse

import numpy as np

from integration.daemons import Site, program
from measure.contender import Contender
from measure.quiet import Watch
from measure.rounds import Plan, run_rounds
from measure.stats import median, quantile
from web.setting import OUT

RATE = 1000  # requests of health per second
INPUTS = 4
SETTLED = 1  # seconds before the first window


class Records:
    """The records that an edge writes, from where they were last read."""

    def __init__(self, path):
        self.path = path
        self.position = 0

    def skip(self):
        self.position = self.path.stat().st_size

    def latencies(self):
        """Of the requests that began and ended since."""
        with self.path.open() as file:
            file.seek(self.position)
            lines = file.read().split("\n")[1:-1]  # the first began before
        return [json.loads(line)["latency_ms"]["total"] for line in lines if line]


def measure(setting, model, keep_noisy):
    site = Site(model, cut="edge", engine={"edge": "aten"})
    bench = Contender("http_bench", [program("http_bench")], OUT / "http_bench.log")
    try:
        bench.wait_ready()
        inputs = site.path / "inputs.npy"
        generator = np.random.default_rng(1)
        np.save(inputs, generator.standard_normal((INPUTS, 3, 224, 224)).astype(np.float32))
        edge = site.start_edge(inputs, source={"kind": "npy", "loop": True},
                               sink={"outputs": False}, pipeline={"in_flight": 1})
        edge.wait_for("ready")
        port = urllib.parse.urlsplit(edge.wait_for("http")["address"]).port
        records = Records(site.path / "results.jsonl")
        time.sleep(SETTLED)

        def quiet():
            records.skip()
            time.sleep(setting.window)
            return records.latencies()

        def asked():
            records.skip()
            done = bench.ask(f"load {port} {RATE} {setting.window:g}")
            if done["ok"] != done["sent"]:
                raise AssertionError(f"health was not always there: {done}")
            return records.latencies()

        rounds = run_rounds({"quiet": quiet, "asked": asked},
                            Watch([edge.process.pid, bench.pid]),
                            Plan(setting.pairs, setting.bound, keep_noisy))
        return summary(rounds)
    finally:
        bench.close()
        site.close()


def summary(rounds):
    high = [quantile(one["asked"], 0.95) / quantile(one["quiet"], 0.95) for one in rounds.kept]
    middle = rounds.ratios("asked", "quiet")
    return {"inference_median_ratio": median(middle) if middle else None,
            "inference_p95_ratio": median(high) if high else None,
            "inference_ms": median(rounds.times("quiet")) if rounds.kept else None,
            "quiet_rounds": len(rounds.kept), "dropped_rounds": rounds.dropped}
