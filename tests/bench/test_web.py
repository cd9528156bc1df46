import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
from measure.rounds import Rounds
from web import cost, disturbance


class BodyTest(unittest.TestCase):
    def test_the_tensor_of_a_binary_body_stands_behind_its_json(self):
        body, json_bytes = cost.binary_body(3)
        described = json.loads(body[:json_bytes])["inputs"][0]
        self.assertEqual(described["parameters"]["binary_data_size"], len(body) - json_bytes)
        np.testing.assert_array_equal(np.frombuffer(body[json_bytes:], np.float32), [-1, 0, 1])

    def test_a_json_body_has_as_many_values(self):
        body, json_bytes = cost.json_body(5)
        self.assertIsNone(json_bytes)
        self.assertEqual(len(json.loads(body)["inputs"][0]["data"]), 5)

    def test_small_inputs_are_below_what_another_thread_reads(self):
        self.assertLess(len(cost.binary_body(max(cost.SIZES))[0]), 65536)


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
