"""The photographs: held-out crops are apart from those learned from, and the weights know them."""

import csv
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from support import ROOT
from tideline_export import photo_crops, sources

PHOTOS = ROOT / "partitioner" / "export" / "photos"
SAMPLE = 10  # held-out crops of each label


def inside(box, part):
    return (
        part.left <= box.left < box.right <= part.right
        and part.top <= box.top < box.bottom <= part.bottom
    )


def mark(pixels, box):
    pixels[box.left : box.right, box.top : box.bottom] = True


class PhotoCropsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.photographs = photo_crops.load()
        cls.held_out = photo_crops.held_out(per_label=SAMPLE)
        cls.calibration = photo_crops.calibration()

    def test_the_corner_shares_no_pixel_with_what_training_sees(self):
        for label, photograph in zip(photo_crops.LABELS, self.photographs, strict=True):
            with self.subTest(label):
                whole = photo_crops.Box(0, 0, *photograph.image.size)
                learned, held_out = (np.zeros(photograph.image.size, bool) for _ in range(2))
                mark(held_out, photograph.held_out)
                for part in photograph.training:
                    self.assertTrue(inside(part, whole))
                    mark(learned, part)
                self.assertTrue(inside(photograph.held_out, whole))
                self.assertFalse((learned & held_out).any())
                self.assertFalse((learned | held_out).all(), "no strip lies between them")

    def test_every_corner_is_where_it_was_asked_for(self):
        image = Image.new("RGB", (100, 200))
        wanted = {
            "top left": photo_crops.Box(0, 0, 42, 124),
            "top right": photo_crops.Box(58, 0, 100, 124),
            "bottom left": photo_crops.Box(0, 76, 42, 200),
            "bottom right": photo_crops.Box(58, 76, 100, 200),
        }
        for corner, box in wanted.items():
            self.assertEqual(photo_crops.divided(image, corner).held_out, box)

    def test_every_crop_lies_in_its_part(self):
        for number, box in enumerate(self.held_out.boxes):
            photograph = self.photographs[self.held_out.labels[number]]
            self.assertTrue(inside(box, photograph.held_out))
            self.assertFalse(any(box.overlaps(part) for part in photograph.training))
        for number, box in enumerate(self.calibration.boxes):
            photograph = self.photographs[self.calibration.labels[number]]
            self.assertTrue(any(inside(box, part) for part in photograph.training))
            self.assertFalse(box.overlaps(photograph.held_out))

    def test_boxes_that_only_touch_do_not_overlap(self):
        box = photo_crops.Box(10, 10, 20, 20)
        self.assertTrue(box.overlaps(photo_crops.Box(19, 0, 30, 11)))
        self.assertFalse(box.overlaps(photo_crops.Box(20, 0, 30, 30)))
        self.assertFalse(box.overlaps(photo_crops.Box(0, 20, 30, 30)))

    def test_pixels_outside_a_window_have_no_part_in_its_crop(self):
        image, box = self.photographs[0].image, self.held_out.boxes[0]
        window = (box.left, box.top, box.right, box.bottom)
        alone = Image.new("RGB", image.size, (255, 0, 255))
        alone.paste(image.crop(window), window)
        crop = photo_crops.cut(alone, box, photo_crops.SIDE)
        np.testing.assert_array_equal(crop, self.held_out.images[0])

    def test_windows_are_near_the_natural_scale(self):
        sides = [box.right - box.left for box in self.held_out.boxes]
        self.assertGreaterEqual(min(sides), 128)
        self.assertLessEqual(max(sides), photo_crops.SIDE)

    def test_there_are_at_least_two_thousand_held_out_crops(self):
        self.assertGreaterEqual(len(photo_crops.LABELS) * photo_crops.HELD_OUT_PER_LABEL, 2000)

    def test_fewer_crops_are_the_first_of_more(self):
        fewer = photo_crops.held_out(per_label=2)
        for label in range(len(photo_crops.LABELS)):
            few, many = slice(2 * label, 2 * label + 2), slice(SAMPLE * label, SAMPLE * label + 2)
            np.testing.assert_array_equal(fewer.images[few], self.held_out.images[many])
            self.assertEqual(fewer.boxes[few], self.held_out.boxes[many])

    def test_every_crop_shows_something(self):
        for crops in (self.held_out, self.calibration):
            self.assertGreater(crops.images.std(axis=(1, 2)).max(axis=1).min(), 3)

    def test_the_files_hold_the_pixels_and_labels(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            count = len(self.held_out.labels)
            self.assertEqual(photo_crops.write(folder, self.held_out), count)
            with (folder / "labels.csv").open(newline="") as file:
                rows = list(csv.DictReader(file))
            self.assertEqual(
                sorted(row["file"] for row in rows),
                sorted(path.name for path in folder.glob("*.png")),
            )
            for number in (0, 17, count - 1):
                label = self.held_out.labels[number]
                self.assertEqual(int(rows[number]["label"]), label)
                self.assertIn(photo_crops.LABELS[label], rows[number]["file"])
                with Image.open(folder / rows[number]["file"]) as image:
                    pixels = np.asarray(image)
                np.testing.assert_array_equal(pixels, self.held_out.images[number])


class PhotosNetworkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.network = sources.load(sources.Request(f"{PHOTOS / 'network.py'}:photos"))

    def answers(self, images: np.ndarray) -> np.ndarray:
        spec = self.network.inputs[0]
        mean, std = (np.array(values, np.float32) for values in (spec.mean, spec.std))
        inputs = ((images / np.float32(255) - mean) / std).transpose(0, 3, 1, 2)
        with torch.no_grad():
            return self.network.module(torch.from_numpy(inputs)).argmax(1).numpy()

    def test_it_takes_images_of_224_pixels_and_knows_its_labels(self):
        self.assertEqual(self.network.inputs[0].shape, (3, photo_crops.SIDE, photo_crops.SIDE))
        self.assertEqual(self.network.inputs[0].kind, "image")
        self.assertEqual(self.network.labels, list(photo_crops.LABELS))

    def test_the_stated_accuracy_leaves_room_for_loss(self):
        accuracy = self.network.accuracy
        count = len(photo_crops.LABELS) * photo_crops.HELD_OUT_PER_LABEL
        self.assertEqual(accuracy["samples"], count)
        self.assertTrue(0.85 <= accuracy["top1"] <= 0.985, accuracy)
        low, high = accuracy["interval95"]
        self.assertTrue(low < accuracy["top1"] < high)

    def test_the_shipped_weights_are_near_the_stated_accuracy_on_a_sample(self):
        crops = photo_crops.held_out(per_label=SAMPLE)
        right = (self.answers(crops.images) == crops.labels).mean()
        self.assertLess(abs(right - self.network.accuracy["top1"]), 0.05)

    def test_they_know_what_they_learned(self):
        crops = photo_crops.calibration(per_label=4)
        self.assertGreater((self.answers(crops.images) == crops.labels).mean(), 0.95)

    def test_the_weights_are_small(self):
        self.assertLess((PHOTOS / "photos.npz").stat().st_size, 6_000_000)


if __name__ == "__main__":
    unittest.main()
