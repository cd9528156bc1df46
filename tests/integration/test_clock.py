"""Somebody sets the machine's time while the edge runs; the source keeps its schedule."""

import time
import unittest

from cases import DigitsCase
from daemons import PATIENCE
from chaos.clock import Clock, why_not

RATE = 50  # a second
MORE = 100  # records after a jump

WHY_NOT = why_not()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class TheTimeOfDayJumps(DigitsCase):
    def setUp(self):
        self.site = self.new_site("digits")
        self.clock = Clock(self.site.path / "clock")
        self.site.prefix = self.clock.prefix()

    def wait_for_more(self):
        """Waits for MORE records; those of a source that stands still do not come."""
        wanted = len(self.site.records()) + MORE
        deadline = time.monotonic() + PATIENCE
        while len(self.site.records()) < wanted:
            self.assertIsNone(self.edge.process.poll(), "tideline-edge ended")
            self.assertLess(time.monotonic(), deadline, "the source stands still")
            time.sleep(0.02)

    def run_from(self, seconds):
        """Starts the edge where the time is off by `seconds`, which end while it runs."""
        self.clock.jump(seconds)
        begun = time.monotonic()
        self.edge = self.site.start_edge(self.images, source={"loop": True, "rate": f"{RATE}/s"})
        self.wait_for_more()
        self.clock.jump(0)
        self.wait_for_more()
        self.assertEqual(self.edge.stop(), 0)
        frames = self.edge.events("drained")[0]["frames"]
        self.assertLessEqual(frames, RATE * (time.monotonic() - begun) + 1,
                             "the source ran ahead of its schedule")

    # What waits in the kernel goes by the machine's own time, from the beginning on.

    def test_back(self):
        self.run_from(3600)

    def test_forward(self):
        self.run_from(-3600)


if __name__ == "__main__":
    unittest.main()
