import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
from integration import wrk
from measure.rounds import Rounds
from web import cost, disturbance


class BodyTest(unittest.TestCase):
    def test_the_tensor_of_a_binary_body_stands_behind_its_json(self):
        post = cost.binary_post(3)
        head, tensor = post.body[:post.json_bytes], post.body[post.json_bytes:]
        described = json.loads(head)["inputs"][0]
        self.assertEqual(described["parameters"]["binary_data_size"], len(tensor))
        np.testing.assert_array_equal(np.frombuffer(tensor, np.float32), [-1, 0, 1])

    def test_a_json_body_has_as_many_values(self):
        post = cost.json_post(5)
        self.assertIsNone(post.json_bytes)
        self.assertEqual(len(json.loads(post.body)["inputs"][0]["data"]), 5)

    def test_small_inputs_are_below_what_another_thread_reads(self):
        self.assertLess(len(cost.binary_post(max(cost.SIZES)).body), 65536)


class LoadTest(unittest.TestCase):
    def test_what_wrk_prints_is_read(self):
        load = wrk.read("status 200: 5\nstatus 503: 2\nstatus 200: 1\n"
                        "  Socket errors: connect 0, read 4, write 0, timeout 0\n"
                        "  Non-2xx or 3xx responses: 2\nRequests/sec:   1234.5\n")
        self.assertEqual((load.per_second, load.refused), (1234.5, 2))
        self.assertEqual(load.statuses, {200: 6, 503: 2})
        self.assertEqual(load.broken, "connect 0, read 4, write 0, timeout 0")
        self.assertEqual(wrk.read("Requests/sec: 7\n"), wrk.Load(7, "", 0, {}))


class RecordsTest(unittest.TestCase):
    def test_only_whole_requests_of_a_window_count(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.jsonl"
            path.write_text('{"latency_ms": {"total": 1}}\n{"latency_ms"')
            records = disturbance.Records(path)
            records.skip()
            with path.open("a") as file:
                file.write(': {"total": 2}}\n{"latency_ms": {"total": 3}}\n{"lat')
            self.assertEqual(records.latencies(), [3])

    def test_ratios_are_of_pairs(self):
        rounds = Rounds(kept=[{"quiet": [1, 2, 3], "asked": [2, 4, 6]}], dropped=2)
        found = disturbance.summary(rounds)
        self.assertEqual(found["inference_median_ratio"], 2)
        self.assertAlmostEqual(found["inference_p95_ratio"], 2)
        self.assertEqual((found["quiet_rounds"], found["dropped_rounds"]), (1, 2))

    def test_without_quiet_rounds_there_are_no_ratios(self):
        self.assertIsNone(disturbance.summary(Rounds(dropped=3))["inference_p95_ratio"])


if __name__ == "__main__":
    unittest.main()
