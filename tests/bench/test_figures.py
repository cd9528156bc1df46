import unittest

from engines import cuts, main, setting
from engines.figures import Measured, figures
from engines.speed import Speed
from measure.rounds import Rounds

ISSUE_KEYS = (
    "aten_f32_vs_aoti", "aten_f32_vs_eager", "aten_f32_vs_openvino", "aten_bf16_vs_f32",
    "openvino_f32_vs_openvino_python", "openvino_segments_vs_whole", "aten_split_vs_whole_geomean",
    "aten_split_vs_whole_p90", "aten_cut_change_ms", "batch_throughput_drops",
    "contended_vs_quiet", "edge_openvino_rss_mb", "first_answer_cold_s", "first_answer_cached_s",
    "quiet_rounds", "dropped_rounds")


class CutsTest(unittest.TestCase):
    ANSWER = {"whole_ms": [9.0, 10.0, 10.0, 10.0], "head_ms": [8.0, 4.0, 4.0, 4.0],
              "tail_ms": [9.0, 6.5, 6.5, 6.5]}

    def test_the_first_run_tells_what_the_change_costs(self):
        self.assertAlmostEqual(cuts.change_ms(self.ANSWER), 7.5)

    def test_the_ratio_leaves_the_first_run_out(self):
        self.assertAlmostEqual(cuts.split_vs_whole(self.ANSWER), 1.05)


class FiguresTest(unittest.TestCase):
    def test_every_key_is_there_and_null_where_nothing_was_measured(self):
        line = figures(Measured())
        for key in ISSUE_KEYS:
            self.assertIn(key, line)
        self.assertEqual(line["quiet_rounds"], 0)
        self.assertIsNone(line["aten_f32_vs_aoti"])

    def test_a_ratio_is_the_worse_of_the_thread_counts(self):
        def speed(threads, aten):
            kept = [{"aten_f32": [aten], "aoti": [10.0]}] * 5
            return Speed("net", threads, rounds=Rounds(kept=kept, dropped=1))

        line = figures(Measured(speeds=[speed(1, 9.0), speed(2, 12.0)]))
        self.assertAlmostEqual(line["aten_f32_vs_aoti"], 1.2)
        self.assertAlmostEqual(line["aten_f32_vs_aoti_threads_1"], 0.9)
        self.assertEqual((line["quiet_rounds"], line["dropped_rounds"]), (10, 2))
        self.assertIsNone(line["aten_f32_vs_eager"])

    def test_cuts_are_summed_up_over_networks(self):
        found = [cuts.Cuts("a", "aten", 1, {"x": [0.9, 1.0, 1.1]}, {"x": [0.1, 5.0, 0.2]}, [3.0]),
                 cuts.Cuts("b", "aten", 1, {"y": [1.21]}, {"y": [0.4]}, [1.0], kept=4, dropped=1)]
        line = figures(Measured(cuts=found))
        self.assertAlmostEqual(line["aten_split_vs_whole_geomean"], 1.1)
        self.assertAlmostEqual(line["aten_cut_change_ms"], 0.3)
        self.assertEqual(line["aten_cuts"], 2)

    def test_the_worst_network_counts_where_another_process_contends(self):
        rounds = {("aten", "a"): Rounds(kept=[{"quiet": [2.0], "contended": [3.0]}]),
                  ("aten", "b"): Rounds(kept=[{"quiet": [2.0], "contended": [4.0]}])}
        self.assertAlmostEqual(figures(Measured(contended=rounds))["contended_vs_quiet"], 2.0)

    def test_the_slowest_request_counts_while_a_new_cut_is_made_ready(self):
        rounds = {"a": Rounds(kept=[{"preparing": [1.1, 1.4]}]),
                  "b": Rounds(kept=[{"preparing": [1.2]}, {"preparing": [1.0, 1.6]}])}
        line = figures(Measured(new_cuts=rounds))
        self.assertAlmostEqual(line["openvino_preparing_worst_vs_median"], 1.6)


class OptionsTest(unittest.TestCase):
    def test_quick_is_three_networks_at_one_thread(self):
        _, quick = main.parse(["--quick"])
        self.assertEqual((quick.networks, quick.threads), (setting.QUICK, (1,)))
        _, full = main.parse([])
        self.assertEqual((len(full.networks), full.threads), (9, (1, 2)))

    def test_networks_and_threads_can_be_named(self):
        _, some = main.parse(["--networks", "a,b", "--threads", "4"])
        self.assertEqual((some.networks, some.threads), (("a", "b"), (4,)))


if __name__ == "__main__":
    unittest.main()
