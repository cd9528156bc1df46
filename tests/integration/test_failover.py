"""Two clouds serve one edge; either may die and come back, and every image has one answer."""

import collections
import time
import unittest

from cases import DigitsCase
from http_client import address_of, ask


class CloudsFail(DigitsCase):
    def setUp(self):
        self.site = self.new_site("digits", cut="features.3", codec="fp32",
                                  target={"deadline": "500ms"})

    def start_clouds(self):
        """Two of them; `self.addresses` is where."""
        clouds, self.addresses = [], []
        for _ in range(2):
            clouds.append(self.site.start_cloud())
            self.addresses.append(self.site.address)
        return clouds

    def start_edge(self, address):
        self.site.address = address
        return self.site.start_edge(self.images, source={"loop": True, "rate": "100/s"})

    def wait_for_split(self, edge, count, by=None):
        """Waits for so many more answers of which the last ones were a cloud's, or that one's."""
        clouds = {by} if by else set(self.addresses)
        already = len(self.site.records())
        while True:
            self.assertIsNone(edge.process.poll(), "tideline-edge ended")
            new = self.site.records()[already:]
            last = [record.get("cloud") for record in new[-count:]]
            if len(new) >= count and set(last) <= clouds:
                self.assertEqual({record["path"] for record in new[-count:]}, {"split"})
                return
            time.sleep(0.05)

    def expect_clouds_in_the_status(self, edge, address):
        """One alone has answered the latest requests; the status and the trace say so."""
        http = address_of(edge)
        status = ask(http, "/api/v1/status").json
        self.assertEqual(status["requests"][-1]["cloud"], address)
        self.assertEqual([cloud["address"] for cloud in status["clouds"]], self.addresses)
        self.assertEqual([cloud["state"] == "ready" for cloud in status["clouds"]],
                         [cloud == address for cloud in self.addresses])
        in_cloud = [event for event in ask(http, "/api/v1/trace").json["traceEvents"]
                    if event.get("cat") == "cloud" and event["name"] == "request"]
        self.assertEqual(in_cloud[-1]["args"]["address"], address)

    def expect_one_result_each(self):
        records = self.site.records()
        numbers = collections.Counter(record["seq"] for record in records)
        self.assertEqual(sorted(numbers), list(range(len(records))), "a result is missing")
        self.assertEqual(max(numbers.values()), 1, "a result came twice")
        self.assertEqual([record for record in records if record.get("error")], [])

    def test_either_goes_on_alone(self):
        first, second = self.start_clouds()
        edge = self.start_edge(", ".join(self.addresses))
        edge.wait_for("cloud_ready", count=2)
        self.assertEqual({event["cloud"] for event in edge.events("cloud_ready")},
                         set(self.addresses))
        self.wait_for_split(edge, 50)
        first.kill()
        self.wait_for_split(edge, 100, by=self.addresses[1])
        self.expect_clouds_in_the_status(edge, self.addresses[1])
        self.site.start_cloud(address=self.addresses[0])
        edge.wait_for("cloud_ready", count=3)
        second.kill()
        self.wait_for_split(edge, 100, by=self.addresses[0])  # it came back
        self.site.start_cloud(address=self.addresses[1])
        edge.wait_for("cloud_ready", count=4)
        self.wait_for_split(edge, 50)
        self.assertEqual(edge.stop(), 0)
        self.expect_one_result_each()

    def test_without_any_the_edge_answers(self):
        clouds = self.start_clouds()
        edge = self.start_edge(",".join(self.addresses))
        edge.wait_for("cloud_ready", count=2)
        for cloud in clouds:
            self.wait_for_split(edge, 30)
            cloud.kill()
        while self.site.records()[-1:] and self.site.records()[-1]["path"] != "edge":
            self.assertIsNone(edge.process.poll(), "tideline-edge ended")
            time.sleep(0.05)
        self.assertEqual(edge.stop(), 0)
        self.expect_one_result_each()


if __name__ == "__main__":
    unittest.main()
