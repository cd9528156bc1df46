import unittest

from measure import stats


class MedianRatioTest(unittest.TestCase):
    def test_the_interval_holds_the_median_and_lies_within_the_rounds(self):
        ratios = [0.9, 1.0, 1.1, 1.0, 0.95, 1.05, 1.0, 3.0]
        estimate = stats.median_of(ratios)
        self.assertEqual(estimate.value, 1.0)
        self.assertLessEqual(estimate.low, 1.0)
        self.assertGreaterEqual(estimate.high, 1.0)
        self.assertGreaterEqual(estimate.low, 0.9)
        self.assertLess(estimate.high, 1.2, "one outlier does not move a median")

    def test_equal_rounds_have_no_width(self):
        estimate = stats.median_of([1.5] * 5)
        self.assertEqual((estimate.value, estimate.low, estimate.high), (1.5, 1.5, 1.5))

    def test_without_rounds_there_is_none(self):
        self.assertIsNone(stats.median_of([]))

    def test_the_same_rounds_give_the_same_interval(self):
        ratios = [1.0, 1.1, 0.9, 1.2, 1.05]
        self.assertEqual(stats.median_of(ratios), stats.median_of(ratios))


class GeometricMeanTest(unittest.TestCase):
    def test_half_and_double_cancel(self):
        estimate = stats.geometric_mean([[0.5] * 4, [2.0] * 4])
        self.assertAlmostEqual(estimate.value, 1.0)
        self.assertAlmostEqual(estimate.low, 1.0)
        self.assertAlmostEqual(estimate.high, 1.0)

    def test_a_network_without_rounds_does_not_count(self):
        self.assertAlmostEqual(stats.geometric_mean([[2.0, 2.0], []]).value, 2.0)
        self.assertIsNone(stats.geometric_mean([[], []]))

    def test_many_rounds_of_one_network_weigh_no_more_than_few_of_another(self):
        self.assertAlmostEqual(stats.geometric_mean([[4.0] * 100, [1.0]]).value, 2.0)


class ThroughputTest(unittest.TestCase):
    def test_a_step_below_the_best_smaller_batch_is_a_drop(self):
        rounds = [{1: 100, 2: 120, 4: 110, 8: 130}] * 3
        self.assertEqual(stats.throughput_drops(rounds), 1)

    def test_the_best_smaller_batch_counts_not_the_one_before(self):
        rounds = [{1: 100, 2: 200, 4: 180, 8: 175}] * 3
        self.assertEqual(stats.throughput_drops(rounds), 2)

    def test_a_little_below_is_none(self):
        self.assertEqual(stats.throughput_drops([{1: 100, 2: 96}]), 0)
        self.assertIsNone(stats.throughput_drops([]))


if __name__ == "__main__":
    unittest.main()
