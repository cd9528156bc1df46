import io
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

import numpy as np
from PIL import Image

from codec import figures, images
from codec.accuracy import Loss, paired_loss
from codec.calibration import Calibration, Cut, Record, _divide
from codec.picture import Picture
from codec.rivals import Rival
from codec.setting import evenly_spread
from codec.tiled import tile

KEPT, LOST = Loss(0.001, -0.004, 0.006), Loss(0.02, 0.01, 0.03)


def record(cut, codec, bits, loss=KEPT, entropy=2.0):
    return Record(cut, codec, bits * cut.elements / 8, entropy * cut.elements, loss)


def calibration(*records):
    return Calibration(list(records), [], Loss(0.9, 0.88, 0.92), samples=100, coded=10)


class AccuracyTest(unittest.TestCase):
    def test_the_interval_is_that_of_calibrate(self):
        # partitioner/calibrator/interval.cc on 3 lost and 1 gained of 100, worked out by hand:
        # shares 4/102 and 2/102, middle 2/102, half 1.96 * sqrt((6/102 - (2/102)^2) / 102).
        labels = np.zeros(100, int)
        before, after = labels.copy(), labels.copy()
        before[0] = 1
        after[1:4] = 1
        loss = paired_loss(before, after, labels)
        self.assertAlmostEqual(loss.value, 0.02)
        self.assertAlmostEqual(loss.low, 0.019608 - 0.046911, places=5)
        self.assertAlmostEqual(loss.high, 0.019608 + 0.046911, places=5)
        self.assertFalse(loss.kept)

    def test_nothing_lost_of_many_is_kept(self):
        labels = np.zeros(1000, int)
        self.assertTrue(paired_loss(labels, labels, labels).kept)


class ImagesTest(unittest.TestCase):
    def setUp(self):
        ramp = np.arange(64 * 64 * 3).reshape(64, 64, 3) % 251
        self.image = Image.fromarray(ramp.astype(np.uint8))

    def jpeg(self, **options):
        file = io.BytesIO()
        self.image.save(file, "JPEG", quality=50, **options)
        return file.getvalue()

    def test_a_jpeg_counts_from_its_scan_on(self):
        file = self.jpeg()
        scan = file.index(b"\xff\xda")
        self.assertEqual(images.jpeg_payload(file, keep_huffman=False), len(file) - scan)

    def test_its_own_tables_count(self):
        file = self.jpeg(optimize=True)
        without = images.jpeg_payload(file, keep_huffman=False)
        tables = images.jpeg_payload(file, keep_huffman=True) - without
        self.assertGreater(tables, 4 * 19)  # four tables of a marker, a length and 17 bytes
        self.assertLess(tables, len(file) - without)

    def test_what_is_sent_arrives_and_takes_less_at_less_quality(self):
        for name in ("jpeg", "webp"):
            low, arrived = images.sent(name, 10, self.image)
            high, _ = images.sent(name, 90, self.image)
            self.assertLess(low, high)
            self.assertEqual(arrived.size, self.image.size)


class TiledTest(unittest.TestCase):
    def test_channels_lie_beside_each_other(self):
        tensor = np.arange(3 * 2 * 2, dtype=np.uint8).reshape(3, 2, 2)
        np.testing.assert_array_equal(tile(tensor), [[0, 1, 4, 5], [2, 3, 6, 7],
                                                     [8, 9, 0, 0], [10, 11, 0, 0]])


class FiguresTest(unittest.TestCase):
    early = Cut("early", (1, 8, 56, 56), 0.1)
    second = Cut("second", (1, 8, 28, 28), 0.3)
    late = Cut("late", (1, 32, 14, 14), 0.45)
    last = Cut("last", (1, 80, 7, 7), 0.9)

    def test_the_best_setting_is_one_codec_at_two_early_cuts(self):
        found = figures.best(calibration(
            record(self.early, "int2/dense", 0.3), record(self.second, "int2/dense", 0.4, LOST),
            record(self.early, "int4/dense", 0.6), record(self.second, "int4/dense", 0.7),
            record(self.late, "int2/dense", 0.2)))
        self.assertEqual(found.setting(), "int4/dense at early and second")
        self.assertAlmostEqual(found.bits, 0.7)
        self.assertEqual(found.loss_upper, KEPT.high)

    def test_where_none_keeps_the_accuracy_the_nearest_is_named(self):
        worse = Loss(0.1, 0.08, 0.12)
        found = figures.best(calibration(
            record(self.early, "int2/dense", 0.3, worse), record(self.second, "int2/dense", 0.4,
                                                                 worse),
            record(self.early, "int4/dense", 0.6, LOST), record(self.second, "int4/dense", 0.7,
                                                                LOST)))
        self.assertEqual((found.codec, found.loss_upper), ("int4/dense", LOST.high))

    def test_the_smallest_keeps_the_accuracy_within_the_depth(self):
        found = calibration(record(self.early, "int4/dense", 0.6),
                            record(self.late, "int2/dense", 0.2, LOST),
                            record(self.late, "int4/dense", 2),
                            record(self.last, "int2/dense", 0.1))
        self.assertEqual(figures.smallest(found).codec, "int4/dense")
        self.assertEqual(figures.smallest(found).cut, self.late)
        self.assertEqual(figures.smallest(found, depth=1).cut, self.last)

    def test_the_entropy_ratio_is_the_median_over_bits(self):
        found = calibration(*(record(self.early, f"{quantizer}/dense", bits) for quantizer, bits in
                              (("int2", 0.4), ("int4", 1.0), ("int8", 1.8), ("q5", 0.1))))
        self.assertEqual(figures.large_ratios(found), {self.early: 0.5})
        self.assertEqual(figures.small_ratios(found), {})


class PictureTest(unittest.TestCase):
    def test_it_has_what_people_send_and_the_fewest_bytes_that_keep_the_accuracy(self):
        cut = Cut("features.3", (1, 16, 32, 32), 0.1)
        found = calibration(record(cut, "int8", 4), record(cut, "int4/dense", 2),
                            record(cut, "q5/dense", 1), record(cut, "int2/dense", 0.5, LOST))
        text = Picture(found, {"jpeg": Rival("jpeg", 7, 1110.6, KEPT, 9), "jxl": None}).svg()
        tags = [element.tag.rpartition("}")[2] for element in xml.fromstring(text).iter()]
        self.assertEqual(tags.count("circle"), 3 + 3)  # the legend's too
        self.assertIn("q5 2,048<", text)
        self.assertIn("jpeg 1,111<", text)


class CalibrationTest(unittest.TestCase):
    def test_the_parts_hold_every_cut_once(self):
        cuts = [Cut(f"c{i}", (1, i + 1, 56, 56), 0.1) for i in range(5)]
        parts = _divide(cuts)
        self.assertEqual(sorted(cut.name for part in parts for cut in part),
                         [cut.name for cut in cuts])
        self.assertEqual(len(parts), 2)
        self.assertEqual(len(_divide(cuts[:1])), 1)

    def test_images_are_spread_evenly(self):
        paths = [Path(str(i)) for i in range(10)]
        self.assertEqual([path.name for path in evenly_spread(paths, 4)], ["0", "3", "6", "9"])
        self.assertEqual(evenly_spread(paths, 20), paths)


if __name__ == "__main__":
    unittest.main()
