"""The edge follows its link by itself: it asks the cloud while that is faster, and answers alone
while it is not."""

import tempfile
import time
import unittest

from integration.cases import DigitsCase
from integration.daemons import PATIENCE, adaptive
from lab.link import make_link

FAST, THIN = "18.88Mbps", "0.1Mbps"
ENGINE = "fake:1ms"  # per operator: an edge that takes 100 ms, on any machine


def by_cloud(record):
    return record["path"] in ("cloud", "split")


class FollowsTheLink(DigitsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.partition = adaptive("digits", ENGINE, folder)

    def setUp(self):
        self.link = make_link({"rate": FAST, "rtt": "20ms"}, relay=True)
        self.addCleanup(self.link.close)
        self.site = self.new_site("digits", **self.partition)

    def start(self, **partition):
        if partition:
            self.site.set_partition(**partition)
        self.site.prefix = self.link.cloud
        self.site.start_cloud(address=f"tcp://{self.link.cloud_ip}:5600")
        self.site.address = "tcp://" + self.link.route(5600)
        self.site.prefix = self.link.edge
        edge = self.site.start_edge(self.images, source={"loop": True, "rate": "5/s"})
        edge.wait_for("cloud_ready")
        return edge

    def wait_until(self, edge, holds):
        """Waits until the records since now fulfil `holds`; returns them."""
        begin = len(self.site.records())
        deadline = time.monotonic() + PATIENCE
        while not holds(self.site.records()[begin:]):
            self.assertIsNone(edge.process.poll(), "tideline-edge ended")
            self.assertLess(time.monotonic(), deadline, self.site.records()[-5:])
            time.sleep(0.05)
        return self.site.records()[begin:]

    def test_it_leaves_a_link_that_became_thin_and_comes_back_to_it(self):
        edge = self.start()
        self.wait_until(edge, lambda records: len(records) > 5 and by_cloud(records[-1]))
        self.link.set(rate=THIN)
        self.wait_until(edge, lambda records: [r["path"] for r in records[-5:]] == ["edge"] * 5)
        self.assertIn("edge takes over", edge.events("cut_changed")[-1]["reason"])
        self.link.set(rate=FAST)
        self.wait_until(edge, lambda records: len(records) > 5 and all(map(by_cloud, records[-5:])))
        self.assertEqual(edge.stop(), 0)
        numbers = sorted(record["seq"] for record in self.site.records())
        self.assertEqual(numbers, list(range(len(numbers))))
        self.assertFalse([r for r in self.site.records() if r.get("error")])

    def test_what_is_pinned_stays(self):
        edge = self.start(adapt={"enabled": False})
        first = self.wait_until(edge, lambda records: len(records) > 3)[-1]["cut"]
        self.link.set(rate=THIN)
        records = self.wait_until(edge, lambda records: len(records) > 8)
        self.assertEqual({record["cut"] for record in records}, {first})
        self.assertEqual(edge.events("cut_changed"), [])

    def test_a_cut_of_its_own_choice_needs_profiles(self):
        self.site.set_partition(profiles={})
        edge = self.site.start_edge(self.images)
        self.assertEqual(edge.wait(), 2)
        self.assertIn("profiles.edge", edge.log[-1]["text"])


if __name__ == "__main__":
    unittest.main()
