"""Scenarios: what is none is refused, and a quick one does what it expects of itself."""

import pathlib
import tempfile
import unittest

from integration.namespaces import why_not
from lab.scenario import COLUMNS, Scenario, run

SCENARIOS = pathlib.Path(__file__).resolve().parent / "scenarios"
WHY_NOT = why_not()


class Reading(unittest.TestCase):
    def read(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.yaml")
            path.write_text(text)
            return Scenario.read(path)

    def test_all_that_are_here_can_be_read(self):
        names = [Scenario.read(path).model for path in SCENARIOS.glob("*.yaml")]
        self.assertGreaterEqual(len(names), 3)

    def test_events_come_in_the_order_of_time(self):
        scenario = self.read("model: digits\n"
                             "events: [{at: 2s, cloud: kill}, {at: 500ms, link: plug}]")
        self.assertEqual([(event.at, event.who) for event in scenario.events],
                         [(0.5, "link"), (2, "cloud")])

    def test_what_is_none_is_refused(self):
        for text, message in (("model: a\nspeed: 1", "no 'speed'"),
                              ("model: a\nevents: [{at: 1s}]", "one of link, edge and cloud"),
                              ("model: a\nevents: [{at: 1s, cloud: plug}]", "cloud can kill"),
                              ("model: a\nevents: [{cloud: kill}]", "no duration")):
            with self.subTest(text), self.assertRaisesRegex(ValueError, message):
                self.read(text)


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Running(unittest.TestCase):
    def test_the_quick_one_is_as_it_expects(self):
        result = run(Scenario.read(SCENARIOS / "quick.yaml"))
        print(result.summary(), flush=True)
        self.assertEqual(result.unmet(), [])
        self.assertEqual(len(result.happened), len(result.scenario.events))
        with tempfile.TemporaryDirectory() as folder:
            table, picture = pathlib.Path(folder, "a.csv"), pathlib.Path(folder, "a.svg")
            result.write_csv(table)
            result.write_picture(picture)
            lines = table.read_text().splitlines()
            self.assertEqual(lines[0], ",".join(COLUMNS))
            self.assertEqual(len(lines), len(result.rows) + 1)
            self.assertIn("cloud: kill", picture.read_text())


if __name__ == "__main__":
    unittest.main()
