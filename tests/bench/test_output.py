import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

from measure.contender import Absent, Contender
from measure.stats import Estimate
from measure.svg import BarChart
from measure.text import cell, table


class TextTest(unittest.TestCase):
    def test_columns_are_aligned_and_nothing_is_a_dash(self):
        self.assertEqual(table(("name", "ms"), [("a", 12.345), ("longer", None)]),
                         "name      ms\n------  ----\na       12.3\nlonger     -")

    def test_small_numbers_keep_their_size(self):
        self.assertEqual(cell(2.5e-7), "2.5e-07")
        self.assertEqual(cell(0.0), "0.000")


class ChartTest(unittest.TestCase):
    def test_a_chart_is_xml_with_a_bar_for_each_figure(self):
        one = Estimate(1.0, 0.9, 1.1)
        chart = BarChart("a < b", "ratio", {"x": {"s": one, "t": one}, "y": {"t": one}})
        root = xml.fromstring(chart.svg())
        bars = [rect for rect in root.iter("{http://www.w3.org/2000/svg}rect")
                if rect.get("width") == "12" and rect.get("height") != "12"]
        self.assertEqual(len(bars), 3)
        texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("a < b", texts)


class ContenderTest(unittest.TestCase):
    def start(self, script):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        contender = Contender("it", ["sh", "-c", script], Path(folder.name) / "log")
        self.addCleanup(contender.close)
        return contender

    def test_it_answers_line_by_line(self):
        contender = self.start("""echo '{"event": "first_answer"}'
                                  echo '{"event": "ready", "n": 1}'
                                  while read line; do echo "{\\"got\\": \\"$line\\"}"; done""")
        ready = contender.wait_ready()
        self.assertEqual(ready["n"], 1)
        self.assertGreater(ready["first_answer_s"], 0)
        self.assertEqual(contender.ask("whole 3"), {"got": "whole 3"})
        self.assertEqual(contender.ask("whole 4"), {"got": "whole 4"})

    def test_who_is_absent_says_why(self):
        contender = self.start("""echo '{"event": "absent", "reason": "not prepared"}'""")
        with self.assertRaisesRegex(Absent, "not prepared"):
            contender.wait_ready()

    def test_who_fails_leaves_its_last_words(self):
        contender = self.start("echo first >&2; echo 'no such engine' >&2; exit 2")
        with self.assertRaisesRegex(Absent, "no such engine"):
            contender.wait_ready()

    def test_a_request_that_is_refused_is_an_absence(self):
        contender = self.start("""read line; echo '{"error": "no"}'""")
        with self.assertRaisesRegex(Absent, "whole 1: no"):
            contender.ask("whole 1")


if __name__ == "__main__":
    unittest.main()
