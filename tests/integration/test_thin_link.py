"""Over a thin link, shaped by the kernel: a large request neither holds up heartbeats nor the next
request once it is cancelled, and one in progressive order is cut short at its deadline."""

import json
import statistics
import subprocess
import tempfile
import unittest

from daemons import MODELS, PATIENCE, Site, digits, program
from namespaces import TwoMachines, why_not

RATE = "1mbit"
MAX_EXTRA_DELAY_MS = 200  # of a heartbeat, over the idle link's median
MAX_FIRST_CHUNK_MS = 250  # from cancelling to the acknowledgement of the next request's first chunk

WHY_NOT = why_not()


class Measurement:
    def __init__(self, lines):
        phases = [json.loads(line) for line in lines]
        idle, busy = ([p for p in phases if p["phase"] == name][0] for name in ("idle", "busy"))
        self.idle_ms = statistics.median(idle["rtt_ms"])
        self.delays_ms = [rtt - self.idle_ms for rtt in busy["rtt_ms"]]
        self.busy_seconds, self.unanswered = busy["seconds"], busy["unanswered"]
        self.first_chunks_ms = [p["acknowledged_ms"] for p in phases if p["phase"] == "next"]

    @property
    def good(self):
        return (max(self.delays_ms) <= MAX_EXTRA_DELAY_MS
                and max(self.first_chunks_ms) <= MAX_FIRST_CHUNK_MS)

    def __str__(self):
        return (f"idle heartbeat {self.idle_ms:.1f} ms; while 1.2 MB take {self.busy_seconds:.1f} s, "
                f"{len(self.delays_ms)} heartbeats are later by {statistics.median(self.delays_ms):.0f} ms "
                f"(median) and {max(self.delays_ms):.0f} ms (max); first chunk after a cancel: "
                f"{statistics.median(self.first_chunks_ms):.0f} ms (median), "
                f"{max(self.first_chunks_ms):.0f} ms (max of {len(self.first_chunks_ms)})")


@unittest.skipIf(WHY_NOT, WHY_NOT)
class ThinLink(unittest.TestCase):
    def setUp(self):
        self.machines = TwoMachines()
        self.addCleanup(self.machines.close)
        self.machines.shape(RATE)
        self.site = Site("mobilenet_v2", cut="input")
        self.addCleanup(self.site.close)
        self.site.prefix = self.machines.inside(self.machines.cloud)
        self.site.start_cloud(address=f"tcp://{self.machines.cloud_ip}:5600")

    def measure(self):
        probe = subprocess.run(
            self.machines.inside(self.machines.edge, program("link_probe"), self.site.address,
                                 str(self.site.path / "keys"), str(MODELS)),
            capture_output=True, text=True, timeout=3 * PATIENCE)
        self.assertEqual(probe.returncode, 0, probe.stderr)
        measurement = Measurement(probe.stdout.splitlines())
        print(f"{RATE}: {measurement}", flush=True)
        return measurement

    def test_a_large_request_delays_neither_heartbeats_nor_the_next_request(self):
        measured = self.measure()
        if not measured.good:  # the machine may have been busy with something else
            measured = self.measure()
        # The link is what it should be: 1.2 MB take about ten seconds.
        self.assertGreater(measured.busy_seconds, 9)
        self.assertGreater(len(measured.delays_ms), 20)
        self.assertLessEqual(max(measured.delays_ms), MAX_EXTRA_DELAY_MS)
        self.assertLessEqual(max(measured.first_chunks_ms), MAX_FIRST_CHUNK_MS)
        self.assertLessEqual(measured.unanswered, 1)

    def test_what_does_not_arrive_before_its_deadline_is_cut_short(self):
        self.machines.shape("200kbit")
        images = tempfile.TemporaryDirectory()
        self.addCleanup(images.cleanup)
        digits(images.name)
        self.site.prefix = self.machines.inside(self.machines.edge)
        # Some 37 kB of 75,264 elements: 1.5 s at that rate.
        self.site.set_partition(cut="features.3", codec="int8/progressive",
                                target={"deadline": "1200ms"})
        short = self.cut_short(images.name) or self.cut_short(images.name)
        self.assertTrue(short)
        for record in short:
            self.assertEqual(record["path"], "split")
            self.assertEqual(record["codec"], "int8/progressive")
            self.assertNotIn("error", record)

    def cut_short(self, images):
        """The records of those whose tensors were cut short; every image has one."""
        edge = self.site.start_edge(f"{images}/00*.png", pipeline={"in_flight": 1})
        self.assertEqual(edge.wait(), 0, edge.log[-5:])
        records = self.site.records()
        short = [record for record in records if record.get("tolerance")]
        print(f"{len(short)} of {len(records)} answers from tensors that were cut short: "
              f"{[r['bytes_up'] for r in short]} bytes, off by up to {[r['tolerance'] for r in short]} "
              "of 256 levels", flush=True)
        self.assertEqual([record for record in records if "error" in record], [])
        return short


if __name__ == "__main__":
    unittest.main()
