"""The edge follows its link by itself: it asks the cloud while that is faster, and answers alone
while it is not."""

import json
import pathlib
import tempfile
import time
import unittest

from integration.cases import DigitsCase
from integration.daemons import BUILD, PATIENCE, adaptive
from lab.link import make_link

FAST, THIN = "18.88Mbps", "0.1Mbps"
TIMES = {"whole_ns", "head_ns", "tail_ns", "groups_ns"}  # of a profile
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

    def test_each_side_finds_out_by_itself_that_the_other_one_is_gone(self):
        edge = self.start()
        cloud = self.site.daemons[0]
        self.link.set(up={"blocked": True}, down={"blocked": True})  # no connection is closed by it
        self.assertIn("nothing was heard from the cloud", edge.wait_for("cloud_away")["reason"])
        self.assertEqual(cloud.wait_for("edge_forgotten")["edge"], "edge")
        self.link.set(up={"blocked": False}, down={"blocked": False})
        edge.wait_for("cloud_ready", count=2)
        cloud.wait_for("edge_connected", count=2)

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


@unittest.skipUnless((BUILD / "lib/tideline/engine_openvino.so").exists(), "openvino is not built")
class KeptReady(DigitsCase):
    """An edge whose engine compiles chooses among few cuts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.partition = adaptive("digits", "openvino", folder)
        path = pathlib.Path(cls.partition["profiles"]["edge"])
        profile = json.loads(path.read_text())
        for engine in profile["engines"]:  # an edge on which a cut pays
            for times in (engine, *engine["cuts"]):
                for key in TIMES & times.keys():
                    times[key] = [100 * ns for ns in times[key]]
        path.write_text(json.dumps(profile))

    def ready_cuts(self, **partition):
        site = self.new_site("digits", **self.partition)
        site.set_partition(**partition)
        edge = site.start_edge(self.images)
        cuts = edge.wait_for("ready")["ready_cuts"].split(",")
        self.assertEqual(edge.wait(), 0)
        return cuts

    def test_those_of_the_partition_file(self):
        self.assertEqual(self.ready_cuts(ready=["features.10", "features.3"]),
                         ["features.3", "features.10"])

    def test_by_itself_those_that_serve_the_plan(self):
        evenly = self.ready_cuts(cut="edge", codec="fp32")
        self.assertEqual(len(evenly), 6)
        chosen = self.ready_cuts()
        self.assertLess(len(chosen), 6)
        self.assertTrue(all(cut.startswith(("features", "classifier")) for cut in chosen), chosen)

    def test_a_frontier_that_is_none_is_refused_at_its_line(self):
        site = self.new_site("digits", **self.partition)
        site.set_partition(ready=["features.99"])
        edge = site.start_edge(self.images)
        self.assertEqual(edge.wait(), 2)
        self.assertRegex(edge.log[-1]["text"], r"partition\.yaml:\d+: ready: .*features\.99")


if __name__ == "__main__":
    unittest.main()
