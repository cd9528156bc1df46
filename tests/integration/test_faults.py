"""The cloud dies in the middle of the work; nobody waits for it and nothing is lost."""

import collections
import signal
import time
import unittest

from cases import DigitsCase

IMAGES = 500


class CloudDies(DigitsCase):
    def setUp(self):
        self.site = self.new_site("digits", cut="features.3", codec="fp32",
                                  target={"deadline": "500ms"})

    def start_edge(self, **source):
        return self.site.start_edge(self.images, source={"loop": True, "rate": "100/s", **source})

    def wait_for_records(self, edge, count):
        """Waits until the edge has written `count` results."""
        while len(self.site.records()) < count:
            self.assertIsNone(edge.process.poll(), "tideline-edge ended")
            time.sleep(0.02)
        return self.site.records()

    def test_every_image_has_one_result_in_time_when_the_cloud_is_killed_and_comes_back(self):
        cloud = self.site.start_cloud()
        edge = self.start_edge()
        edge.wait_for("cloud_connected")
        self.wait_for_records(edge, 100)
        cloud.kill()
        self.wait_for_records(edge, 250)
        address = self.site.address
        self.site.start_cloud(address=address)
        edge.wait_for("cloud_connected", count=2)
        already = len(self.site.records())
        self.wait_for_records(edge, max(IMAGES, already + 100))
        self.assertEqual(edge.stop(), 0)

        records = self.site.records()
        numbers = collections.Counter(record["seq"] for record in records)
        self.assertEqual(sorted(numbers), list(range(len(records))), "a result is missing")
        self.assertEqual(max(numbers.values()), 1, "a result came twice")
        self.assertGreaterEqual(len(records), IMAGES)
        late = [r for r in records if not r["deadline_met"]]
        self.assertEqual(late, [])
        paths = [record["path"] for record in sorted(records, key=lambda r: r["seq"])]
        self.assertIn("split", paths[:100])
        self.assertIn("edge", paths[100:-1], "the cloud was not missed")
        self.assertEqual(paths[-1], "split", "the edge did not go back to the cloud")

    def test_the_edge_starts_without_a_cloud_and_uses_it_when_it_comes(self):
        self.site.start_cloud().kill()
        edge = self.start_edge()
        self.wait_for_records(edge, 20)
        self.assertEqual({record["path"] for record in self.site.records()}, {"edge"})
        self.site.start_cloud(address=self.site.address)
        edge.wait_for("cloud_connected")
        records = self.wait_for_records(edge, len(self.site.records()) + 50)
        self.assertEqual(records[-1]["path"], "split")
        self.assertEqual(edge.stop(), 0)

    def test_sigterm_answers_what_was_admitted(self):
        self.site.start_cloud()
        edge = self.start_edge(rate="1000/s")
        self.wait_for_records(edge, 50)
        edge.signal(signal.SIGTERM)
        self.assertEqual(edge.wait(), 0)
        numbers = sorted(record["seq"] for record in self.site.records())
        self.assertEqual(numbers, list(range(len(numbers))))
        self.assertEqual(edge.events("drained")[0]["frames"], len(numbers))

    def test_a_draining_cloud_ends_and_the_edge_goes_on(self):
        cloud = self.site.start_cloud()
        edge = self.start_edge()
        self.wait_for_records(edge, 50)
        self.assertEqual(cloud.stop(), 0)
        records = self.wait_for_records(edge, len(self.site.records()) + 50)
        self.assertEqual(records[-1]["path"], "edge")
        self.assertEqual(edge.stop(), 0)


if __name__ == "__main__":
    unittest.main()
