"""An edge that infers for its own source, with hundreds of clients that ask as fast as they can."""

import concurrent.futures
import http.client
import json
import time
import unittest

import numpy as np

import wrk
from cases import DigitsCase
from daemons import PATIENCE
from http_client import address_of, ask

MODEL = "digits"
INFER = f"/v2/models/{MODEL}/infer"
CLIENTS = 500
SECONDS = 3
SOURCE = {"loop": True, "rate": "20/s"}
FEW = 64  # connections of an edge that takes fewer
MIB = 1 << 20


def a_request(address):
    """A tensor, of half the size that the I/O thread reads by itself."""
    wanted = ask(address, f"/v2/models/{MODEL}").json["inputs"][0]
    shape = [1, *wanted["shape"][1:]]
    head = json.dumps({"inputs": [{"name": wanted["name"], "shape": shape, "datatype": "FP32",
                                   "parameters": {"binary_data_size": 4 * int(np.prod(shape))}}]})
    values = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    return wrk.Post(head.encode() + values.tobytes(), len(head))


class ManyClients(DigitsCase):
    def start(self, **changes):
        self.site = self.new_site(MODEL, cut="edge", engine={"edge": "aten"})
        self.edge = self.site.start_edge(self.images, source=SOURCE, **changes)
        self.address = address_of(self.edge)
        self.edge.wait_for("ready")
        self.wait_for_records()

    def wait_for_records(self, more=3):
        """The source is answered."""
        wanted = len(self.site.records()) + more
        deadline = time.monotonic() + PATIENCE
        while len(self.site.records()) < wanted:
            self.assertIsNone(self.edge.process.poll(), "tideline-edge ended")
            self.assertLess(time.monotonic(), deadline, "the source stands still")
            time.sleep(0.05)

    def load(self, path, post=None):
        return wrk.run(self.address + path, SECONDS, CLIENTS, post=post, count=True)

    def ends_well(self):
        self.assertEqual(self.edge.stop(), 0)
        self.assertEqual([r for r in self.site.records() if r.get("error")], [])

    def test_they_are_answered_or_told_to_come_again_and_the_source_goes_on(self):
        self.start()
        request = a_request(self.address)
        most = CLIENTS * 4 * len(request.body) / MIB + 64  # MiB more: what each sends, some times
        before = self.edge.memory()
        for path, post, allowed in (("/v2/health/live", None, {200}), ("/", None, {200}),
                                    ("/v2/health/ready", None, {200}),
                                    (INFER, request, {200, 503})):
            with self.subTest(path):
                records = len(self.site.records())
                load = self.load(path, post)
                self.assertLessEqual(set(load.statuses), allowed, load)
                self.assertGreater(load.statuses.get(200, 0), 0, load)
                self.assertEqual(load.broken, "")
                self.assertLess(self.edge.memory("VmHWM") - before, most)
                self.assertGreater(len(self.site.records()), records)
                self.wait_for_records()
        peak = self.edge.memory("VmHWM")
        self.load(INFER, request)
        self.assertLess(self.edge.memory("VmHWM") - peak, most / 4, "it grows with every request")
        self.ends_well()

    def healthy(self):
        """Whether it said so; None where it closed the connection."""
        try:
            return ask(self.address, "/v2/health/live").status == 200
        except (ConnectionError, http.client.HTTPException):
            return None

    def test_more_than_it_takes_are_told_so_or_closed_and_health_is_there(self):
        self.start(http={"connections": FEW})
        request = a_request(self.address)
        before = self.edge.memory()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            load = pool.submit(self.load, INFER, request)
            answers = []
            while not load.done():
                answers.append(self.healthy())
        self.assertLessEqual(set(load.result().statuses), {200, 503}, load.result())
        self.assertGreater(load.result().statuses.get(503, 0), 0, load.result())
        self.assertIn(True, answers)
        self.assertNotIn(False, answers)
        self.assertLess(self.edge.memory("VmHWM") - before, 64)
        self.assertEqual(ask(self.address, INFER, "POST", request.body, {
            "Inference-Header-Content-Length": str(request.json_bytes)}).status, 200)
        self.wait_for_records()
        self.ends_well()


if __name__ == "__main__":
    unittest.main()
