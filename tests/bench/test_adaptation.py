import csv
import json
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path
from unittest import mock

from adaptation import live, live_steps, main, report, setting, simulate
from adaptation.cells import Cell, Steps, deadline_met, figures, trace_regrets
from adaptation.picture import Picture

KEYS = ("mean_vs_best_rival_max", "mean_vs_best_rival_geomean", "race_p99_vs_edge_max",
        "deadline_met_vs_oracle", "trace_regret_mean", "requests_to_switch_down",
        "seconds_to_switch_up", "pipeline_vs_bound", "cells_simulated")


def took(mean, p99=None, **more):
    return {"requests": 10, "mean": mean, "p50": mean, "p95": mean, "p99": p99 or mean,
            "mostly": "edge", **more}


def ours(mean, p99=None, deadline=0.0, possible=0, met=0):
    return took(mean, p99, deadline=deadline, possible=possible, met=met, changes=1,
                shadow_bytes=4000, sent_bytes=0)


def cell(link="lte", is_trace=False, **strategies):
    named = {"edge": took(100.0, 110.0), "static": took(90.0), "oracle": took(80.0),
             "race": ours(90.0, 110.0), "deadline 1.25": ours(90.0, 120.0, 125.0, 10, 10),
             **{name.replace("_", " "): one for name, one in strategies.items()}}
    return Cell("net", 4, link, is_trace, named, None if is_trace else 0.95)


class CellTest(unittest.TestCase):
    def test_the_oracle_is_no_rival(self):
        self.assertEqual(cell().best_rival(), "static")
        self.assertEqual(cell(jpeg=took(70.0)).best_rival(), "jpeg")

    def test_ratios_are_ours_over_theirs(self):
        self.assertAlmostEqual(cell(race=ours(99.0)).vs_best_rival("race"), 1.1)
        self.assertAlmostEqual(cell(race=ours(100.0)).regret("race"), 0.25)

    def test_the_limit_of_the_99th_percentile_is_the_deadline_where_that_is_later(self):
        self.assertAlmostEqual(cell().p99_vs_limit("race"), 1)
        self.assertAlmostEqual(cell().p99_vs_limit("deadline 1.25"), 120 / 125)
        early = cell(**{"deadline 1.25": ours(90.0, 121.0, 75.0)})
        self.assertAlmostEqual(early.p99_vs_limit("deadline 1.25"), 1.1)

    def test_a_line_of_the_program_is_read(self):
        row = {"network": "net", "factor": 1.0, "link": "lte", "pipeline": None, "strategies": {}}
        self.assertTrue(Cell.read(row).is_trace)
        row["pipeline"] = 0.9
        self.assertFalse(Cell.read(row).is_trace)


class FiguresTest(unittest.TestCase):
    def test_every_key_is_there_and_null_where_nothing_was_simulated(self):
        line = figures([], [])
        for key in KEYS:
            self.assertIn(key, line)
        self.assertEqual(line["cells_simulated"], 0)
        self.assertIsNone(line["mean_vs_best_rival_max"])

    def test_nothing_that_was_not_measured_live_is_claimed(self):
        self.assertFalse([key for key in figures([cell()], []) if "live" in key or "chaos" in key])

    def test_the_worst_cell_and_the_worst_of_ours_count(self):
        line = figures([cell(), cell(race=ours(108.0, 132.0))], [])
        self.assertAlmostEqual(line["mean_vs_best_rival_max"], 1.2)
        self.assertAlmostEqual(line["race_p99_vs_edge_max"], 1.2)
        self.assertAlmostEqual(line["mean_vs_best_rival_geomean"], 1.2 ** 0.25)
        self.assertEqual(line["pipeline_vs_bound"], 0.95)

    def test_deadlines_count_only_where_the_oracle_meets_them(self):
        cells = [cell(), cell(**{"deadline 1.25": ours(90.0, 120.0, 125.0, 0, 0)}),
                 cell(**{"deadline 1.25": ours(90.0, 120.0, 125.0, 30, 26)})]
        self.assertEqual(deadline_met(cells), {"deadline 1.25": 0.9})
        self.assertEqual(figures(cells, [])["deadline_met_vs_oracle"], 0.9)

    def test_the_regret_is_of_traces_alone_and_of_the_worst_one(self):
        cells = [cell("lte", race=ours(400.0)), cell("a", True), cell("b", True, race=ours(120.0))]
        regrets = trace_regrets(cells)
        self.assertEqual(set(regrets), {"a", "b"})
        self.assertAlmostEqual(regrets["a"], 0.125)
        self.assertAlmostEqual(figures(cells, [])["trace_regret_mean"], (0.5 + 0.125) / 2)

    def test_steps_that_changed_nothing_do_not_count(self):
        none = Steps("net", 1, "race", None, None, None, 0)
        some = Steps("net", 4, "race", 3, None, 2.5, 1)
        line = figures([], [none, some])
        self.assertEqual((line["requests_to_switch_down"], line["seconds_to_switch_up"]), (3, 2.5))
        self.assertIsNone(line["requests_to_switch_up"])


class LiveTest(unittest.TestCase):
    def ran(self, mean):
        return live.LiveCell("net", 4, "lte", "race", mean, 100.0, ("edge",), True)

    def test_the_cell_farthest_from_the_simulation_counts_whichever_side_it_is_on(self):
        line = live.figures([self.ran(110.0), self.ran(80.0), self.ran(100.0)])
        self.assertEqual(line, {"live_vs_simulated": 0.8, "cells_live": 3})
        self.assertEqual(live.figures([]), {"live_vs_simulated": None, "cells_live": 0})

    def test_the_sample_is_of_the_grid(self):
        self.assertGreaterEqual(len(set(live.SAMPLE)), 12)
        tails = {"race", *(f"deadline {share:.2f}" for share in setting.DEADLINES)}
        for network, factor, link, tail in live.SAMPLE:
            self.assertIn(network, setting.NETWORKS)
            self.assertIn(factor, setting.FACTORS)
            self.assertIn(link, setting.CONSTANT)
            self.assertIn(tail, tails)

    def test_a_run_has_the_cells_target_and_lets_the_edge_choose(self):
        race = live.scenario("photos", 4, "lte", "race", 0)
        self.assertEqual(race.partition["target"], {"accuracy_drop": "1%", "tail": "race"})
        self.assertEqual((race.partition["cut"], race.rate, race.in_flight), ("auto", "2/s", 1))
        timed = live.scenario("resnet18", 1, "3g", "deadline 1.25", 42.5)
        self.assertEqual(timed.partition["target"], {"accuracy_drop": "5%", "deadline": "42.500ms"})

    def test_what_is_in_the_grid_runs_and_is_simulated_right_before(self):
        grid = setting.Setting(("resnet18",), (4,), (setting.Link("lte", rate=1e6),
                                                     setting.Link("wifi", rate=9e6)), True)
        calls = []
        rows = [{"latency_ms": 110.0, "cut": "input"}] * (live.REQUESTS + 1)
        ran = mock.Mock(rows=rows, warm=1, others=0.0)
        expected = {"mean": 100.0, "deadline": 5.0}
        one = Cell("resnet18", 4, "lte", False, {tail: expected for _, _, _, tail in live.SAMPLE})

        def simulated(alone, workers):
            calls.append((alone.sites, [link.name for link in alone.links], alone.steps))
            return [one], []

        with mock.patch.object(live.simulate, "profile",
                               side_effect=lambda alone: calls.append(0)), \
             mock.patch.object(live.simulate, "run", side_effect=simulated), \
             mock.patch.object(live, "result_of_scenario", return_value=ran), \
             mock.patch.object(live, "note"):
            found = live.run(grid, quick=False)
        here = [entry for entry in live.SAMPLE
                if entry[:2] == ("resnet18", 4) and entry[2] in ("lte", "wifi")]
        self.assertEqual(calls, [call for entry in here
                                 for call in (0, ([("resnet18", 4)], [entry[2]], False))])
        self.assertEqual([one.ratio for one in found], [1.1] * len(here))

    def test_a_cell_that_fails_is_left_out(self):
        grid = setting.Setting(("resnet18",), (4,), (setting.Link("lte", rate=1e6),), True)
        with mock.patch.object(live.simulate, "profile", side_effect=live.Failed("no")), \
             mock.patch.object(live, "note"):
            self.assertEqual(live.run(grid, quick=False), [])


class LiveStepsTest(unittest.TestCase):
    @staticmethod
    def row(seq, path, latency=100.0, cut=None):
        return {"seq": seq, "at": 0.5 * seq + latency * 1e-3, "latency_ms": latency, "path": path,
                "cut": cut or {"cloud": "input"}.get(path, path)}

    def test_the_edge_is_followed_through_both_jumps(self):
        rows = [self.row(seq, "edge" if 12 <= seq < 25 else "cloud") for seq in range(30)]
        rows[12] = self.row(12, "edge", 210.0)
        found = live_steps.read(rows, down_at=4.9, up_at=9.9)
        self.assertEqual((found.requests_down, found.changes), (3, 1))
        self.assertAlmostEqual(found.seconds_up, 2.6)
        self.assertEqual((found.lost, found.doubled), (0, 0))
        self.assertAlmostEqual(found.slowest_vs_p99, 2.1)

    def test_who_wins_a_race_is_no_change_of_the_cut(self):
        rows = [self.row(seq, "edge" if seq % 2 else "cloud", cut="input") for seq in range(30)]
        found = live_steps.read(rows, down_at=4.9, up_at=9.9)
        self.assertEqual((found.requests_down, found.changes), (2, 0))

    def test_an_edge_that_saves_is_followed_by_its_cut(self):
        rows = [self.row(seq, "split", cut="late" if 12 <= seq < 23 else "early")
                for seq in range(30)]
        found = live_steps.read_saving(rows, down_at=4.9, up_at=9.9)
        self.assertEqual((found.requests_down, found.requests_up, found.changes), (3, 4, 1))
        still = live_steps.read_saving([self.row(seq, "split", cut="late") for seq in range(30)],
                                       down_at=4.9, up_at=9.9)
        self.assertEqual((still.requests_down, still.requests_up, still.changes), (None, None, 0))

    def test_what_never_changes_and_what_is_missing_show(self):
        rows = [self.row(seq, "cloud") for seq in (0, 1, 3, 3, 4, 5, 6, 7, 8, 9)]
        found = live_steps.read(rows, down_at=1.4, up_at=10.0)
        self.assertEqual((found.requests_down, found.seconds_up), (None, None))
        self.assertEqual((found.lost, found.doubled), (1, 1))


class SettingTest(unittest.TestCase):
    def test_the_grid_has_constant_rates_and_traces(self):
        with tempfile.TemporaryDirectory() as folder, \
             mock.patch.object(setting, "OUT", Path(folder)), \
             mock.patch.object(setting.traces, "recorded", return_value={"real": Path("a.up")}), \
             mock.patch.object(setting.traces, "generate", return_value=[1, 2]):
            grid = setting.make_setting()
            again = setting.make_setting()
        self.assertEqual([link.rate for link in grid.links[:4]], [0.13e6, 1.1e6, 5.85e6, 18.88e6])
        self.assertEqual(grid.links[4], setting.Link("real", trace=Path("a.up")))
        self.assertEqual(len(grid.links), 4 + 1 + 6)
        self.assertEqual(grid, again)
        self.assertTrue(grid.steps)

    def test_one_trace_can_be_run_alone(self):
        one = main.setting_of(main.parse(["--uplink", "some/where.up", "--slower", "4"]))
        self.assertEqual([link.name for link in one.links], ["where"])
        self.assertEqual((one.factors, one.steps), ((4.0,), False))
        self.assertEqual(one.links[0].job(), {"name": "where", "trace": "some/where.up"})


class SimulateTest(unittest.TestCase):
    def test_lines_become_cells_and_steps(self):
        lines = [{"network": "net", "factor": 4, "steps": "deadline", "deadline": 1.25,
                  "saving": False, "requests_down": 2, "requests_up": None, "seconds_up": 1.0,
                  "changes": 1},
                 {"network": "net", "factor": 4, "link": "lte", "pipeline": 1.0, "strategies": {}}]
        done = subprocess.CompletedProcess([], 0, "\n".join(map(json.dumps, lines)))
        small = setting.Setting(("net",), (4,), (setting.Link("lte", rate=1e6),), True)
        with tempfile.TemporaryDirectory() as folder, \
             mock.patch.object(simulate, "OUT", Path(folder)), \
             mock.patch.object(simulate, "note"), \
             mock.patch.object(subprocess, "run", return_value=done) as run:
            cells, steps = simulate.run(small, workers=1)
            job = json.loads(Path(run.call_args.args[0][1]).read_text())
        self.assertEqual((cells[0].link, steps[0].tail), ("lte", "deadline 1.25"))
        self.assertEqual(job["links"], [{"name": "lte", "rates": [[1, 1e6]]}])
        self.assertEqual(job["sites"][0]["factor"], 4)

    def test_what_was_not_prepared_is_said(self):
        none = setting.Setting(("no_such_network",), (1,), (), True)
        self.assertIn("no_such_network", simulate.missing(none))

    def test_where_energy_counts_nothing_but_jumps_is_simulated(self):
        name, factor = setting.SAVING
        one = setting.Setting((name,), (factor,), (setting.Link("lte", rate=1e6),), True)
        self.assertEqual(one.saving, [setting.SAVING])
        with tempfile.TemporaryDirectory() as folder, \
             mock.patch.object(simulate, "OUT", Path(folder)):
            (Path(folder) / "profiles").mkdir()
            edge, _ = simulate.profiles(name, factor)
            edge.write_text('{"version": 1, "power": {"source": "unknown"}}')
            job = simulate.job(one, name, factor, saving=True)
            profile = json.loads(Path(job["sites"][0]["edge"]).read_text())
        self.assertEqual((job["links"], job["steps"], job["sites"][0]["saving"]), ([], True, True))
        self.assertEqual(profile, {"version": 1, "power": setting.WATTS})
        self.assertFalse(simulate.job(one, name, factor)["sites"][0]["saving"])
        self.assertEqual(setting.Setting(("other",), (4,), (), True).saving, [])
        self.assertEqual(setting.Setting((name,), (factor,), (), False).saving, [])


class ReportTest(unittest.TestCase):
    def test_every_row_says_that_it_is_simulated(self):
        with tempfile.TemporaryDirectory() as folder, \
             mock.patch.object(report, "OUT", Path(folder)), mock.patch("builtins.print"):
            report.report([cell(), cell("a", True)], [Steps("net", 4, "race", 3, None, 2.5, 1)])
            for name in ("cells.csv", "steps.csv"):
                rows = list(csv.DictReader((Path(folder) / name).open()))
                self.assertTrue(rows)
                self.assertEqual({row["source"] for row in rows}, {"simulated"})
            xml.fromstring((Path(folder) / "cells.svg").read_text())

    def test_every_strategy_but_the_edge_has_a_bar(self):
        root = xml.fromstring(Picture([cell()]).svg())
        bars = [one for one in root.iter("{http://www.w3.org/2000/svg}rect")
                if one.get("height") == "8"]
        self.assertEqual(len(bars), 4)


if __name__ == "__main__":
    unittest.main()
