"""Sources through the real edge: what a file holds is what the network gets."""

import csv
import random
import struct
import unittest

from daemons import Site

COLUMNS, ROWS = 2, 256  # of the network's input


def write_npy(path, shape, values):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header = header.ljust((10 + len(header) + 1 + 63) // 64 * 64 - 11) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() +
                     struct.pack(f"<{len(values)}f", *values))


class Csv(unittest.TestCase):
    def setUp(self):
        self.site = Site("conv1d")
        self.addCleanup(self.site.close)
        random.seed(7)
        self.series = [[random.randint(-99, 99) / 8 for _ in range(COLUMNS)] for _ in range(1000)]
        self.path = self.site.path / "motor.csv"

    def write_series(self):
        with self.path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["time", "y", "x"])
            for time, (x, y) in enumerate(self.series):
                writer.writerow([time, "" if y is None else y, x])

    def run_windows(self, **source):
        self.write_series()
        return self.site.run_edge(self.path, source={
            "kind": "csv", "columns": ["x", "y"], "window": ROWS, "hop": 100, **source})

    def test_windows_are_answered_as_the_same_arrays_are(self):
        windows = self.run_windows()
        self.assertEqual([record["id"] for record in windows],
                         [f"source/motor.csv[{i}:{i + ROWS}]" for i in range(0, 745, 100)])
        (self.site.path / "results.jsonl").unlink()
        values = [self.series[first + row][column] for first in range(0, 745, 100)
                  for column in range(COLUMNS) for row in range(ROWS)]
        array = self.site.path / "motor.npy"
        write_npy(array, (len(windows), COLUMNS, ROWS), values)
        arrays = self.site.run_edge(array, source={"kind": "npy"})
        self.assertEqual([record["outputs"] for record in windows],
                         [record["outputs"] for record in arrays])

    def test_a_missing_value_costs_only_the_windows_that_have_it(self):
        self.series[50][1] = None
        first, second, *_ = self.run_windows(hop=200)
        self.assertIn("motor.csv:52: column 'y' has no value", first["error"])
        self.assertNotIn("error", second)

    def test_another_shape_than_the_networks_is_an_error_with_both(self):
        record = self.run_windows(layout="time_columns")[0]
        self.assertIn("[256, 2]", record["error"])
        self.assertIn("[2, 256]", record["error"])

    def test_a_column_that_is_not_there_ends_the_edge(self):
        self.write_series()
        edge = self.site.start_edge(self.path, source={"kind": "csv", "columns": ["z"]})
        self.assertEqual(edge.wait(), 1)
        self.assertIn("motor.csv:1: has no column 'z'", edge.wait_for("failed")["reason"])


if __name__ == "__main__":
    unittest.main()
