"""Whoever does not fit is refused with the reason on both sides, and the cloud goes on serving.

A good edge works all the while: after every refusal its answers still come by path `split`. The
refusals stay below the ten in ten seconds that a daemon logs.
"""

import hashlib
import json
import pathlib
import shutil
import struct
import tempfile
import time
import unittest
import zipfile
import zlib
from datetime import datetime

import misbehaving
from cases import DigitsCase
from daemons import MODELS, Site

DATA_LOSS, INVALID_ARGUMENT, FAILED_PRECONDITION, NOT_FOUND = 15, 3, 9, 5
SHAPE = [1, 3, 64, 64]
INPUT, ENCODED = misbehaving.tensor(SHAPE, bytes(4 * 3 * 64 * 64))  # cut `input`


def seen(side, text):
    print(f"  {side}: {text}", flush=True)


def with_another_weight(folder):
    """A repository with a copy of `digits` in which one byte of one weight differs; returns it."""
    model = folder / "digits" / "1"
    shutil.copytree(MODELS / "digits" / "1", model)
    program = model / "model.pt2"
    with zipfile.ZipFile(program) as archive:
        weights = max((entry for entry in archive.infolist() if "data/weights/" in entry.filename),
                      key=lambda entry: entry.file_size)
        before = archive.read(weights)
    after = bytearray(before)
    after[len(after) // 2 & ~3] ^= 1  # the lowest bit of a mantissa
    data = program.read_bytes().replace(before, bytes(after))
    # The zip file has the entry's CRC-32 in two places.
    data = data.replace(struct.pack("<I", weights.CRC), struct.pack("<I", zlib.crc32(after)))
    info = (model / "model.yaml").read_text()
    old, new = (hashlib.sha256(bytes).hexdigest() for bytes in (program.read_bytes(), data))
    program.write_bytes(data)
    (model / "model.yaml").write_text(info.replace(old, new))
    return folder


class Refusals(DigitsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = Site("digits", cut="features.3")
        cls.addClassCleanup(cls.site.close)
        cls.site.keygen("rogue")
        (cls.site.allow / "rogue.key").write_text((cls.site.path / "keys/rogue.key").read_text())
        cls.cloud = cls.site.start_cloud()
        cls.identity = cls.hear_identity()
        cls.good = cls.site.start_edge(cls.images, source={"loop": True, "rate": "10/s"})
        cls.good.wait_for("cloud_ready")

    @classmethod
    def hear_identity(cls):
        """What the model is, from a real edge's hello."""
        site = Site("digits", cut="features.3")
        cls.addClassCleanup(site.close)
        cloud = misbehaving.Cloud(site)
        cls.addClassCleanup(cloud.close)
        site.address = cloud.address
        edge = site.start_edge(cls.images)
        _, hello = cloud.receive("hello")
        edge.kill()
        return hello["models"][0]

    def setUp(self):
        print(f"\n{self._testMethodName}", flush=True)
        self.before = len(self.cloud.log)

    def tearDown(self):
        """The good edge's next images are answered by the cloud."""
        self.assertIsNone(self.cloud.process.poll(), "tideline-cloud ended")
        first = len(self.site.records()) + 2  # those may have been on their way
        while len(self.site.records()) < first + 3:
            self.assertIsNone(self.good.process.poll(), "tideline-edge ended")
            time.sleep(0.05)
        paths = {record["path"] for record in self.site.records()[first:]}
        self.assertEqual(paths, {"split"})

    def rogue(self):
        edge = misbehaving.Edge(self.site, "rogue")
        self.addCleanup(edge.close)
        return edge

    def hello(self, edge, session=1 << 8, **fields):
        edge.send("hello", **{
            "session": session, "protocol": (1, 1), "codec": (2, 2), "frontier_rule": (1, 1),
            "edge": "rogue", "isa": "", "models": [self.identity], "max_tensor": 1 << 20, **fields})

    def greet(self, edge, session=1 << 8):
        self.hello(edge, session)
        self.assertEqual(edge.receive("welcome")["models"],
                         [{"state": 0, "reason": "", "parameters": []}])

    def announce(self, edge, request=1):
        edge.send("request", id=request, model=0, cut="input", budget_ms=0,
                  tensors=[INPUT])

    def refused(self, edge, request, code, reason):
        """Both sides have the reason."""
        refusal = edge.receive("refusal")
        seen("the edge gets", f"code {refusal['code']}, {refusal['reason']}")
        self.assertEqual((refusal["request"], refusal["code"]), (request, code))
        self.assertIn(reason, refusal["reason"])
        self.cloud_logs("refused", reason)

    def cloud_logs(self, event, reason):
        logged = self.cloud.wait_for(
            event, lambda e: reason in e["reason"] and e in self.cloud.log[self.before:])
        seen("the cloud logs", json.dumps(logged))

    def works(self, edge, session, request=1):
        """After a hello the same edge is served."""
        self.greet(edge, session)
        self.is_served(edge, request)

    def is_served(self, edge, request):
        self.announce(edge, request)
        edge.chunk(request, ENCODED)
        self.assertEqual(edge.receive("result")["request"], request)

    def edge_of(self, **site):
        """Another edge, which knows the cloud."""
        other = self.new_site("digits", cut="features.3", **site)
        return other

    def runs_alone(self, site, **config):
        """Runs a real edge over some images; it answers all by itself. Returns the daemon."""
        images = str(self.images / "*0.png")
        edge = site.start_edge(images, **{"cloud": {"wait": "1s"}, **config})
        self.assertEqual(edge.wait(), 0)
        self.assertEqual({record["path"] for record in site.records()}, {"edge"})
        return edge

    def edge_logs(self, edge, event, reason):
        logged = edge.wait_for(event, lambda e: reason in e["reason"])
        seen("the edge logs", json.dumps(logged))

    def test_a_key_that_is_not_listed(self):
        stranger = self.edge_of()
        stranger.join(self.site)
        edge = self.runs_alone(stranger)
        self.edge_logs(edge, "cloud_disconnected", "key not admitted")
        self.cloud_logs("edge_refused", "not in the allow-list")

    def test_an_edge_without_encryption(self):
        plain = self.edge_of()
        plain.join(self.site)
        edge = self.runs_alone(plain, cloud={"security": "none", "wait": "1s"})
        self.edge_logs(edge, "cloud_disconnected", "CURVE")
        self.cloud_logs("handshake_failed", "CURVE")

    def test_another_file_of_the_same_model(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        other = self.edge_of(models=with_another_weight(pathlib.Path(folder.name)))
        other.join(self.site, admitted_as="other")
        edge = self.runs_alone(other)
        self.edge_logs(edge, "model_not_served", "model.pt2 is")
        self.cloud_logs("model_refused", "model.pt2 is")

    def test_an_edge_without_a_common_version(self):
        edge = self.rogue()
        self.hello(edge, protocol=(7, 9))
        self.refused(edge, 0, FAILED_PRECONDITION, "7")
        self.works(edge, session=2 << 8)

    def test_a_cloud_without_a_common_version(self):
        site = self.edge_of()
        cloud = misbehaving.Cloud(site)
        self.addCleanup(cloud.close)
        site.address = cloud.address
        edge = site.start_edge(str(self.images / "*0.png"), cloud={"wait": "1s"})
        sender, _ = cloud.receive("hello")
        reason = "protocol: 7 to 9 here, 1 to 1 on the edge"
        cloud.send(sender, "refusal", request=0, code=FAILED_PRECONDITION, retry_after_ms=0,
                   reason=reason)
        self.edge_logs(edge, "cloud_refused", reason)
        self.assertEqual(edge.wait(), 0)
        self.assertEqual({record["path"] for record in site.records()}, {"edge"})

    def test_a_truncated_chunk(self):
        edge = self.rogue()
        self.greet(edge)
        self.announce(edge)
        edge.chunk(1, ENCODED[:-1], crc32=zlib.crc32(ENCODED))
        self.refused(edge, 1, DATA_LOSS, "CRC-32")
        self.is_served(edge, request=2)  # the session goes on

    def test_a_chunk_past_the_announced_end(self):
        edge = self.rogue()
        self.greet(edge)
        self.announce(edge)
        edge.chunk(1, ENCODED + b"x")
        self.refused(edge, 1, INVALID_ARGUMENT, "announced")
        self.is_served(edge, request=2)

    def test_a_chunk_of_a_request_that_was_never_announced(self):
        edge = self.rogue()
        self.greet(edge)
        self.announce(edge)
        edge.chunk(77, ENCODED)
        self.refused(edge, 0, INVALID_ARGUMENT, "request 77, which was not announced")
        self.works(edge, session=2 << 8)

    def test_a_chunk_before_the_hello(self):
        edge = self.rogue()
        edge.chunk(1, ENCODED)
        self.refused(edge, 0, FAILED_PRECONDITION, "chunk came before the hello")
        self.works(edge, session=1 << 8)

    def test_a_request_number_for_the_second_time(self):
        edge = self.rogue()
        self.works(edge, session=1 << 8)
        self.announce(edge)
        self.refused(edge, 0, INVALID_ARGUMENT, "ids ascend")
        self.works(edge, session=2 << 8)

    def test_a_profile_that_the_cloud_does_not_have(self):
        edge = self.rogue()
        self.hello(edge, protocol=(1, 2))
        self.assertEqual(edge.receive("welcome")["protocol"], 2)
        edge.send("profile_request", request=1, model=0)
        self.refused(edge, 1, NOT_FOUND, "no profile of model 'digits'")
        self.is_served(edge, request=2)  # the session goes on

    def test_a_profile_request_in_a_session_of_version_one(self):
        edge = self.rogue()
        self.greet(edge)
        edge.send("profile_request", request=1, model=0)
        self.refused(edge, 0, INVALID_ARGUMENT, "protocol version 1")
        self.works(edge, session=2 << 8)

    def test_a_cloud_that_ends_waits_for_what_is_open_however_long_it_ran(self):
        site = self.edge_of()
        cloud = site.start_cloud(exit_timeout="1s")
        time.sleep(1.2)  # more than exit_timeout
        edge = misbehaving.Edge(site, "edge")
        self.addCleanup(edge.close)
        self.greet(edge)
        self.announce(edge)
        edge.send("heartbeat", sent_us=1, echo=0, queue_requests=0, queue_us=0)
        edge.receive("heartbeat")  # what came before is known
        self.assertEqual(cloud.stop(), 0)
        begun, ended = (datetime.fromisoformat(cloud.events(name)[0]["ts"])
                        for name in ("stopping", "exit_timeout"))
        self.assertGreater((ended - begun).total_seconds(), 0.9)

    def test_a_truncated_header(self):
        edge = self.rogue()
        self.greet(edge)
        edge.send_frames(misbehaving.encode("cancel", {"request": 1})[:-9])
        self.refused(edge, 0, DATA_LOSS, "")
        self.works(edge, session=2 << 8)

    def test_a_header_over_its_limit(self):
        edge = self.rogue()
        self.greet(edge)
        edge.send_frames(bytes(4097))
        self.cloud_logs("frame_refused", "header has 4097 bytes")
        self.announce(edge)  # what it sent is forgotten, and it hears so
        self.refused(edge, 0, FAILED_PRECONDITION, "before the hello")
        self.works(edge, session=2 << 8)


if __name__ == "__main__":
    unittest.main()
