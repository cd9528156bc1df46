"""What an edge sends to clouds of two versions: a tensor while it is encoded, or whole."""

import tempfile
import unittest

import misbehaving
from cases import SiteCase
from daemons import photographs


class Streaming(SiteCase):
    @classmethod
    def setUpClass(cls):
        cls.images = photographs(cls.enterClassContext(tempfile.TemporaryDirectory()))

    def greet(self, protocol):
        """A cloud of that version that an edge has a request for, and the request."""
        site = self.new_site("mobilenet_v2", cut="features.0.0", codec="int4/dense")
        cloud = misbehaving.Cloud(site)
        self.addCleanup(cloud.close)
        site.address = cloud.address
        site.start_edge(self.images, cloud={"wait": "60s"}, pipeline={"in_flight": 1})
        edge, hello = cloud.receive("hello")
        self.assertEqual(hello["protocol"], (1, 3))
        cloud.send(edge, "welcome", session=hello["session"], protocol=protocol, codec=2,
                   frontier_rule=hello["frontier_rule"][1], cloud="by hand", isa="",
                   models=[{"state": 0, "reason": "", "parameters": []}], max_tensor=64 << 20,
                   max_inflight=256 << 20, heartbeat_ms=200)
        _, request = cloud.receive("request")
        return cloud, edge, request

    def take_chunk(self, cloud, edge, received):
        """Acknowledges the next chunk; returns how many bytes there are then, None at the end."""
        _, fields = cloud.receive(("chunk", "end"))
        if "crc32" not in fields:
            self.end = fields
            return None
        self.assertEqual(fields["offset"], received)
        received += len(cloud.payload)
        cloud.send(edge, "ack", bytes=received, received_us=received)
        return received

    def test_a_cloud_of_version_three_gets_an_open_request_and_its_end(self):
        cloud, edge, request = self.greet(protocol=3)
        self.assertEqual(request["open"], 1)
        [tensor] = request["tensors"]
        received = 0
        while (now := self.take_chunk(cloud, edge, received)) is not None:
            received = now
        self.assertEqual(self.end, {"request": request["id"], "bytes": [received], "cut_short": 0})
        self.assertLess(received, tensor["encoded_bytes"])

    def test_a_cloud_of_version_two_gets_a_whole_request(self):
        cloud, edge, request = self.greet(protocol=2)
        self.assertEqual(request["open"], 0)
        [tensor] = request["tensors"]
        received = 0
        while received < tensor["encoded_bytes"]:
            received = self.take_chunk(cloud, edge, received)
        self.assertEqual(received, tensor["encoded_bytes"])


if __name__ == "__main__":
    unittest.main()
