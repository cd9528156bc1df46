import subprocess
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path
from unittest import mock

from planner import cells, idle, images, live, main, plans, setting
from planner.picture import Picture

LAB_KEYS = ("e2e_median_error", "interval_coverage", "worst_vs_best_rival", "split_wins_cells",
            "cells")
EXACT_KEYS = ("brute_force_mismatches", "bounded_gap_p95", "mincut783_ms", "dag1000_ms",
              "choose_us")


def plan(cut="edge", codec=None, latency=100.0, low=95.0, high=105.0):
    return plans.Plan(cut, codec, dict.fromkeys(plans.TERMS, 1.0), latency, low, high)


EDGE = plan()
RAW = plan("input", "raw", 300.0, 290.0, 310.0)
SPLIT = plan("features.3", "int4/dense", 50.0, 45.0, 55.0)


def measured(one, *totals):
    return cells.Measured(one, [{"total": total} for total in totals])


def cell(ours, **rivals):
    return cells.Cell("net", "lte", 4, measured={"ours": ours, **rivals})


class CellTest(unittest.TestCase):
    def test_a_split_wins_where_its_interval_is_below_every_other_way(self):
        ours = measured(SPLIT, 50, 51, 52, 50, 51)
        edge, slow = measured(EDGE, 100, 101, 99), measured(RAW, 300, 310, 305)
        self.assertTrue(cell(ours, edge=edge, raw=slow).split_wins())
        self.assertFalse(cell(ours, edge=edge, raw=measured(RAW, 51, 50, 52)).split_wins())
        self.assertFalse(cell(edge, edge=edge, raw=slow).split_wins())

    def test_another_split_does_not_take_the_win_away(self):
        ours, edge = measured(SPLIT, 50, 51, 52), measured(EDGE, 100, 101, 99)
        rivals = {"edge": edge, "fp32 split": measured(plan("a", "fp32"), 40, 41, 42)}
        self.assertTrue(cell(ours, **rivals).split_wins())
        self.assertEqual(cell(ours, **rivals).best_rival(), "fp32 split")

    def test_the_ratio_is_one_where_ours_is_the_rivals_plan(self):
        ratio = cell(measured(EDGE, 100, 101), edge=measured(EDGE, 100, 101)).ratio()
        self.assertEqual((ratio.value, ratio.low, ratio.high), (1, 1, 1))

    def test_the_ratio_has_the_spread_of_both(self):
        ours, edge = measured(SPLIT, 90, 100, 110), measured(EDGE, 100, 100, 100)
        ratio = cell(ours, edge=edge).ratio()
        self.assertEqual(ratio.value, 1)
        self.assertLess(ratio.low, 0.95)
        self.assertGreater(ratio.high, 1.05)

    def test_without_rivals_or_without_ours_there_is_no_ratio(self):
        self.assertIsNone(cell(measured(SPLIT, 50)).ratio())
        lost = cells.Cell("net", "lte", 4, measured={"edge": measured(EDGE, 100)})
        self.assertIsNone(lost.ratio())
        self.assertFalse(lost.split_wins())


class FiguresTest(unittest.TestCase):
    def test_every_key_is_there_and_null_where_nothing_was_measured(self):
        line = cells.figures([])
        for key in LAB_KEYS:
            self.assertIn(key, line)
        self.assertEqual((line["cells"], line["split_wins_cells"]), (0, 0))
        self.assertIsNone(line["worst_vs_best_rival"])

    def test_the_programs_keys_are_there(self):
        line = main.figures(networks=2)
        for key in EXACT_KEYS:
            self.assertIn(key, line)

    def test_a_plan_that_two_strategies_chose_counts_once(self):
        edge = measured(EDGE, 110, 110, 110)
        line = cells.figures([cell(edge, edge=edge, raw=measured(RAW, 300, 300, 300))])
        self.assertEqual((line["cells"], line["quiet_rounds"]), (1, 2))
        self.assertAlmostEqual(line["e2e_median_error"], (1 - 100 / 110) / 2)
        self.assertEqual(line["interval_coverage"], 0.5)

    def test_a_disturbed_run_tells_nothing_of_what_was_expected(self):
        edge = measured(EDGE, 100, 100, 100)
        raw = measured(RAW, 900, 900, 900)
        raw.quiet = False
        line = cells.figures([cell(edge, edge=edge, raw=raw)])
        self.assertEqual((line["e2e_median_error"], line["interval_coverage"]), (0, 1))
        self.assertEqual((line["quiet_rounds"], line["dropped_rounds"]), (1, 1))
        edge.quiet = False
        self.assertGreater(cells.figures([cell(edge, edge=edge, raw=raw)])["e2e_median_error"], 0)

    def test_the_worst_cell_is_the_one_whose_lower_end_is_highest(self):
        near = cell(measured(SPLIT, 99, 99), edge=measured(EDGE, 100, 100))
        far = cell(measured(SPLIT, 120, 120), edge=measured(EDGE, 100, 100))
        self.assertAlmostEqual(cells.figures([near, far])["worst_vs_best_rival"], 1.2)

    def test_the_first_requests_error_is_there_with_and_without_the_windows_term(self):
        line = cells.figures([], idle.FirstRequest("raw", 200.0, 190.0, 100.0))
        self.assertAlmostEqual(line["tcp_error_with"], 0.05)
        self.assertAlmostEqual(line["tcp_error_without"], 0.5)


class LabTest(unittest.TestCase):
    """With measurements that are made up."""

    def setUp(self):
        quiet = mock.patch.object(cells, "note")
        quiet.start()
        self.addCleanup(quiet.stop)

    def lab(self, latencies):
        small = setting.Setting(True, ("net",), ("lte", "wifi"), (1,))
        return cells.Lab(small, latencies)

    def measure(self, lab, link="lte"):
        one = cells.Cell("net", link, 1, {"ours": SPLIT, "edge": EDGE, "raw": RAW})
        lab.measure(one)
        return one

    def test_a_plan_that_fails_is_told_and_the_others_go_on(self):
        def latencies(one, the_plan, requests):
            if the_plan is RAW:
                raise plans.Failed("net 1x lte: input raw: the cloud ended")
            return [{"total": the_plan.latency}] * requests, True

        lab = self.lab(latencies)
        self.assertEqual(list(self.measure(lab).measured), ["ours", "edge"])
        self.assertEqual(lab.failures, ["net 1x lte: input raw: the cloud ended"])

    def test_the_edge_alone_is_run_once_for_all_links(self):
        asked = []

        def latencies(one, the_plan, requests):
            asked.append((one.link, the_plan.cut))
            return [{"total": 1.0}] * requests, True

        lab = self.lab(latencies)
        self.measure(lab, "lte")
        self.measure(lab, "wifi")
        self.assertEqual(asked, [("lte", "features.3"), ("lte", "edge"), ("lte", "input"),
                                 ("wifi", "features.3"), ("wifi", "input")])

    def test_a_rival_ten_times_slower_than_the_edge_has_three_requests(self):
        asked = {}

        def latencies(one, the_plan, requests):
            asked[the_plan.cut, the_plan.latency] = requests
            return [{"total": the_plan.latency}] * requests, True

        lab = self.lab(latencies)
        slow = plan("input", "jpeg:85", 1001.0)
        one = cells.Cell("net", "cat1", 1, {"ours": SPLIT, "edge": EDGE, "raw": RAW, "jpeg": slow})
        lab.measure(one)
        self.assertEqual(asked["input", 1001.0], 3)
        self.assertEqual(asked["input", 300.0], lab.setting.requests)
        self.assertTrue(one.measured["jpeg"].few)

    def test_a_network_without_a_profile_is_left_out(self):
        lab = self.lab(lambda *_: [])
        with mock.patch.object(plans.Profiler, "cloud", side_effect=plans.Failed("no such model")):
            self.assertEqual(list(lab.cells()), [])
        self.assertEqual(lab.failures, ["no such model"])
        self.assertIsNone(lab.first_request())


class PlansTest(unittest.TestCase):
    def test_a_plan_is_read_from_the_tools_json(self):
        found = {"cut": "input", "codec": "raw", "latency_ms": 3, "latency_low_ms": 2,
                 "latency_high_ms": 4, **{f"{term}_ms": 0.5 for term in plans.TERMS}}
        one = plans.Plan.read(found)
        self.assertEqual((one.setting, one.latency, one.path), (("input", "raw"), 3, "cloud"))
        self.assertEqual(one.terms["up"], 0.5)

    def test_where_the_tool_fails_its_last_word_is_the_reason(self):
        done = subprocess.CompletedProcess([], 1, "", "warning\ntideline: no such model\n")
        with mock.patch.object(subprocess, "run", return_value=done):
            with self.assertRaisesRegex(plans.Failed, "^plan of net: tideline: no such model$"):
                plans.tool("plan of net", "plan")


    def test_what_cannot_keep_to_the_accuracy_is_no_plan(self):
        words = "tideline: no plan meets the targets; at best accuracy_drop is 2%"
        done = subprocess.CompletedProcess([], 1, "", words)
        with mock.patch.object(subprocess, "run", return_value=done):
            self.assertIsNone(plans.Site("net", Path("e"), Path("c")).best("lte"))


class LiveTest(unittest.TestCase):
    ROW = {"error": None, "path": "split", "terms": {"total": 5.0}}

    def test_an_edge_is_warm_once_its_engine_has_compiled_what_it_needs(self):
        settled = {"warm": live.WARM_EDGE, "settle": True}
        self.assertEqual(live.warm(plan(latency=20.0), 12), settled)
        self.assertEqual(live.warm(plan("a", "fp32", 500.0), 12), settled)
        self.assertEqual(live.warm(RAW, 12), {"warm": live.WARM_CONNECTION})
        self.assertEqual(live.warm(plan("a", "fp32", 9000.0), 3), {"warm": 3})

    def test_answers_as_planned_give_their_terms(self):
        self.assertEqual(live.chosen([self.ROW] * 2, SPLIT, 2, "it"), [{"total": 5.0}] * 2)

    def test_an_answer_of_another_path_is_a_failure(self):
        with self.assertRaisesRegex(plans.Failed, "0 have no answer and 1 went another path .edge"):
            live.chosen([self.ROW, {**self.ROW, "path": "edge"}], SPLIT, 2, "it")

    def test_a_lost_answer_is_a_failure(self):
        for rows in ([self.ROW], [self.ROW, {**self.ROW, "error": "no"}]):
            with self.assertRaisesRegex(plans.Failed, "of 2 requests 1 have no answer"):
                live.chosen(rows, SPLIT, 2, "it")

    def test_daemons_that_fail_are_a_failure_of_this_plan_alone(self):
        one = cells.Cell("net", "lte", 1)
        with mock.patch.object(live, "run", side_effect=AssertionError("tideline-edge ended: no")):
            with self.assertRaisesRegex(plans.Failed, "lte: features.3 int4/dense: tideline-edge"):
                live.latencies(one, SPLIT, 3)


class PictureTest(unittest.TestCase):
    def test_every_bar_has_a_rectangle_and_a_missing_one_has_none(self):
        found = [cell(measured(SPLIT, 50, 51), edge=measured(EDGE, 100, 101)),
                 cells.Cell("net", "wifi", 4)]
        text = Picture(found, ("ours", "edge", "raw")).svg()
        root = xml.fromstring(text)
        tag = "{http://www.w3.org/2000/svg}"
        bars = [one for one in root.iter(f"{tag}rect") if one.get("height") == "11"
                and one.get("width") != "11"]
        self.assertEqual(len(bars), 2)
        self.assertEqual(len(list(root.iter(f"{tag}circle"))), 2)
        texts = {one.text for one in root.iter(f"{tag}text")}
        self.assertLessEqual({"net", "lte", "wifi", "features.3 int4/dense", "no answer"}, texts)


class ImagesTest(unittest.TestCase):
    def test_those_of_average_size_come_first(self):
        self.assertEqual(images.average_first([(10, 1), (40, 9), (24, 5), (25, 5), (26, 5)]),
                         [3, 4, 2, 1, 0])


class OptionsTest(unittest.TestCase):
    def test_quick_is_two_networks_on_two_links(self):
        quick = main.lab_setting(main.parse(["--quick"]))
        self.assertEqual((len(quick.networks), len(quick.links)), (2, 2))
        full = main.lab_setting(main.parse([]))
        self.assertEqual((len(full.networks), len(full.links), full.factors), (4, 4, (1, 4)))

    def test_what_is_measured_can_be_named(self):
        some = main.lab_setting(main.parse(["--models", "a,b", "--links", "lte", "--slower", "2"]))
        self.assertEqual((some.networks, some.links, some.factors), (("a", "b"), ("lte",), (2,)))

    def test_what_was_not_prepared_is_said(self):
        none = setting.Setting(False, ("no_such_network",), ("lte",), (1,))
        self.assertIsNotNone(setting.missing(none))


if __name__ == "__main__":
    unittest.main()
