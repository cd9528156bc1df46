"""The digits: what ships reaches the accuracy that it states, on images that it never saw."""

import csv
import json
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from support import ROOT
from tideline_export import digits_images, photographs, weights

sys.path.insert(0, str(ROOT / "partitioner" / "export" / "digits"))
import network  # noqa: E402
import train  # noqa: E402


class DigitsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.held_out = digits_images.held_out()

    def test_the_held_out_fifth_is_apart_from_the_training_set(self):
        training = digits_images.training()
        self.assertEqual(len(self.held_out.labels), 360)
        self.assertEqual(len(training.labels), 1797 - 360)
        self.assertFalse(set(training.indices) & set(self.held_out.indices))

    def test_the_shipped_weights_reach_the_stated_accuracy(self):
        module, metadata = network.digits()
        measured = train.measured_accuracy(module.eval())
        self.assertEqual(measured, json.loads(network.ACCURACY.read_text()))
        self.assertEqual(measured, metadata["accuracy"])
        self.assertGreaterEqual(measured["top1"], 0.985)
        low, high = measured["interval95"]
        self.assertTrue(low < measured["top1"] < high)

    def test_the_files_hold_the_pixels_that_were_measured(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            self.assertEqual(digits_images.write(folder), 360)
            with (folder / "labels.csv").open(newline="") as file:
                rows = list(csv.DictReader(file))
            self.assertEqual(len(list(folder.glob("*.png"))), 360)
            for number in (0, 17, 359):
                file, label = rows[number]["file"], int(rows[number]["label"])
                self.assertTrue(file.endswith(f"_label{label}.png"))
                self.assertEqual(label, self.held_out.labels[number])
                with Image.open(folder / file) as image:
                    pixels = np.asarray(image)
                np.testing.assert_array_equal(pixels, self.held_out.images[number])

    def test_weights_of_another_shape_are_refused(self):
        with self.assertRaisesRegex(ValueError, "missing"):
            weights.load_arrays(torch.nn.Linear(3, 2), network.WEIGHTS)

    def test_the_weights_are_small(self):
        self.assertLess(network.WEIGHTS.stat().st_size, 1_500_000)


class PhotographsTest(unittest.TestCase):
    def test_at_least_fifteen_photographs_are_rgb_files(self):
        with tempfile.TemporaryDirectory() as name:
            count = photographs.write(Path(name))
            self.assertGreaterEqual(count, 15)
            files = list(Path(name).iterdir())
            self.assertEqual(len(files), count)
            for file in files:
                with Image.open(file) as image:
                    self.assertEqual(image.mode, "RGB", file.name)


if __name__ == "__main__":
    unittest.main()
