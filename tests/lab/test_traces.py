"""Generated traces have the statistics that were asked; recorded ones have those that are known."""

import pathlib
import tempfile
import unittest

import numpy as np

from lab import traces

RECORDED = {"ATT-LTE-driving-2016": "lte-a", "TMobile-UMTS-driving": "umts",
            "Verizon-LTE-short": "lte-v"}


class Traces(unittest.TestCase):
    def assert_like(self, found, wanted, share):
        for name in ("mean", "p5", "p50", "p95", "gap"):
            asked = getattr(wanted, name)
            slack = max(share * asked, 0.02)  # Mbit/s, s: the figures have two decimals
            self.assertLessEqual(abs(getattr(found, name) - asked), slack, f"{name} of {found}")

    def test_generated_ones_have_the_statistics_for_every_seed(self):
        for name, wanted in traces.KNOWN.items():
            for seed in range(3):
                with self.subTest(name, seed=seed):
                    self.assert_like(traces.statistics(traces.generate(wanted, seed)), wanted, 0.05)

    def test_a_seed_gives_one_trace(self):
        wanted = traces.KNOWN["lte-v"]
        first = traces.generate(wanted, 1)
        self.assertTrue(np.array_equal(first, traces.generate(wanted, 1)))
        self.assertFalse(np.array_equal(first, traces.generate(wanted, 2)))

    def test_neighbouring_seconds_are_alike(self):
        rates = traces.rates(traces.generate(traces.KNOWN["lte-v"], 1, seconds=2000))
        together = np.corrcoef(rates[:-1], rates[1:])[0, 1]
        self.assertGreater(together, 0.6)
        self.assertLess(together, 0.9)

    if traces.recorded():  # which are not part of Tideline
        def test_recorded_ones_are_as_known(self):
            for file, name in RECORDED.items():
                with self.subTest(file):
                    found = traces.statistics(traces.read(traces.recorded()[file]))
                    self.assert_like(found, traces.KNOWN[name], 0.06)

    def test_a_file_is_read_as_it_was_written(self):
        times = traces.generate(traces.KNOWN["umts"], 1)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.up")
            traces.write(path, times)
            self.assertTrue(np.array_equal(traces.read(path), times))

    def test_what_is_no_trace_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.up")
            for text in ("", "0\n", "5\n4\n", "-1\n3\n", "x\n"):
                path.write_text(text)
                with self.assertRaises(ValueError):
                    traces.read(path)

    def test_a_picture_is_a_drawing_of_the_rates(self):
        picture = traces.picture(traces.generate(traces.KNOWN["umts"], 1), "umts")
        self.assertIn("<svg", picture)
        self.assertIn("umts", picture)


if __name__ == "__main__":
    unittest.main()
