"""Video files and a network camera through the module source_video.so."""

import functools
import io
import os
import pathlib
import re
import struct
import tempfile
import time
import unittest
from unittest import mock

import numpy
from PIL import Image

from brokers import free_port
from cameras import NetworkCamera, RtspCamera
from daemons import BUILD, PATIENCE, Site, digits
from http_client import address_of, ask

SIDE = 64
RATE = 25  # frames per second


@functools.cache
def jpegs():
    """Some digits as JPEG files, in colour as video has them."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for path in sorted(digits(folder).glob("*.png"))[:40]:
            file = io.BytesIO()
            Image.open(path).convert("RGB").save(file, "JPEG", quality=95)
            files.append(file.getvalue())
        return files


def pixels(file):
    return numpy.asarray(Image.open(io.BytesIO(file)).convert("RGB"), dtype=numpy.float32)


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def avi(frames):
    """A motion-JPEG video."""
    count, size = len(frames), max(map(len, frames))
    header = struct.pack("<14I", 1_000_000 // RATE, size * RATE, 0, 0x10, count, 0, 1, size, SIDE,
                         SIDE, 0, 0, 0, 0)
    stream = b"vidsMJPG" + struct.pack("<IHHIIIIIIIIhhhh", 0, 0, 0, 0, 1, RATE, 0, count, size,
                                       0xFFFFFFFF, 0, 0, 0, SIDE, SIDE)
    form = struct.pack("<IiiHH4sIiiII", 40, SIDE, SIDE, 1, 24, b"MJPG", SIDE * SIDE * 3, 0, 0, 0, 0)
    streams = chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", form))
    movie, index, offset = b"movi", b"", 4
    for frame in frames:
        part = chunk(b"00dc", frame)
        index += b"00dc" + struct.pack("<III", 0x10, offset, len(frame))
        movie += part
        offset += len(part)
    return chunk(b"RIFF", b"AVI " + chunk(b"LIST", b"hdrl" + chunk(b"avih", header) + streams) +
                 chunk(b"LIST", movie) + chunk(b"idx1", index))


class VideoTest(unittest.TestCase):
    def setUp(self):
        self.site = Site("digits")
        self.addCleanup(self.site.close)

    def wait_for_more(self, edge, count):
        end = time.monotonic() + PATIENCE
        while len(self.site.records()) < count:
            self.assertIsNone(edge.process.poll(), "tideline-edge ended")
            self.assertLess(time.monotonic(), end, edge.log[-10:])
            time.sleep(0.02)


class File(VideoTest):
    def run_video(self, content, **source):
        path = self.site.path / "clip.avi"
        path.write_bytes(content)
        return self.site.run_edge(path, source={"kind": "video", **source})

    def test_every_frame_is_answered_as_its_image_is(self):
        records = self.run_video(avi(jpegs()))
        self.assertEqual([record["id"] for record in records],
                         [f"source/clip.avi[{i}]" for i in range(len(jpegs()))])
        (self.site.path / "results.jsonl").unlink()
        images = self.site.path / "images"
        images.mkdir()
        for i, file in enumerate(jpegs()):
            (images / f"{i:03}.jpg").write_bytes(file)
        as_images = self.site.run_edge(images)
        self.assertEqual([record["label"] for record in records],
                         [record["label"] for record in as_images])

    def test_nothing_is_dropped_where_answers_take_longer(self):
        self.site.set_partition(engine={"edge": "fake:1ms"})
        records = self.run_video(avi(jpegs()))
        self.assertEqual(len(records), len(jpegs()))

    def test_a_file_that_is_no_video_is_an_error_at_the_start(self):
        whole = avi(jpegs())
        for content in (b"", b"no video", whole[:100], os.urandom(5000)):
            path = self.site.path / "clip.avi"
            path.write_bytes(content)
            edge = self.site.start_edge(path, source={"kind": "video"})
            self.assertEqual(edge.wait(), 1)
            self.assertIn("clip.avi: it is not there, or no video",
                          edge.wait_for("failed")["reason"])

    def test_a_damaged_file_gives_what_can_be_read_of_it(self):
        whole = bytearray(avi(jpegs()))
        records = self.run_video(bytes(whole[:len(whole) // 2]))
        self.assertGreater(len(records), 0)
        self.assertLess(len(records), len(jpegs()))

    def test_a_missing_module_is_named(self):
        modules = pathlib.Path(os.environ.get("TIDELINE_MODULE_PATH", BUILD / "lib/tideline"))
        with tempfile.TemporaryDirectory() as folder:
            for module in modules.glob("engine_*"):
                (pathlib.Path(folder) / module.name).symlink_to(module)
            with mock.patch.dict(os.environ, {"TIDELINE_MODULE_PATH": folder}):
                edge = self.site.start_edge("clip.avi", source={"kind": "video"})
            self.assertEqual(edge.wait(), 1)
            self.assertIn(f"video module {folder}/source_video.so is not there",
                          edge.wait_for("failed")["reason"])


class Camera(VideoTest):
    def start_edge(self):
        camera = NetworkCamera(0, jpegs())
        self.addCleanup(camera.close)
        return self.site.start_edge("", source={"kind": "camera", "path": "", "camera": camera.url})

    def test_a_camera_that_vanishes_is_found_again(self):
        port = free_port()
        url = f"http://127.0.0.1:{port}/live.mjpg"
        edge = self.site.start_edge("", source={"kind": "camera", "path": "", "camera": url})
        edge.wait_for("camera_away")
        for count in (1, 2):
            camera = NetworkCamera(port, jpegs())
            try:
                edge.wait_for("camera_found", count=count)
                self.wait_for_more(edge, len(self.site.records()) + 20)
            finally:
                camera.close()
            edge.wait_for("camera_away", count=count + 1)
        self.assertEqual(edge.stop(), 0)
        records = self.site.records()
        self.assertTrue(all("label" in record for record in records))
        self.assertEqual([record["seq"] for record in records], list(range(len(records))))

    def test_a_slow_edge_gets_the_latest_frames(self):
        self.site.set_partition(engine={"edge": "fake:2ms"})
        edge = self.start_edge()
        edge.wait_for("source_dropping")
        self.wait_for_more(edge, 5)
        address = address_of(edge)
        source = ask(address, "/api/v1/status").json["source"]
        self.assertEqual((source["name"], source["kind"]), ("source", "camera"))
        self.assertGreater(source["dropped"], 0)
        counted = re.search(r'^tideline_dropped_total\{reason="frame"\} (\d+)',
                            ask(address, "/metrics").body.decode(), re.MULTILINE)
        self.assertGreaterEqual(int(counted.group(1)), source["dropped"])
        self.assertEqual(edge.stop(), 0)
        self.assertGreater(edge.wait_for("source_dropped")["frames"], 0)

    def test_its_frames_are_the_last_image(self):
        edge = self.start_edge()
        self.wait_for_more(edge, 1)
        address = address_of(edge)
        answer = ask(address, "/api/v1/last-image")
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "image/jpeg"))
        shown = pixels(answer.body)
        self.assertEqual(shown.shape, (SIDE, SIDE, 3))
        self.assertLess(min(numpy.abs(shown - pixels(file)).mean() for file in jpegs()), 3)
        seq = int(answer.headers["tideline-request"])
        self.wait_for_more(edge, seq + 1)
        self.assertIn("label", next(r for r in self.site.records() if r["seq"] == seq))
        self.assertIsNotNone(ask(address, "/api/v1/status").json["last_image"]["label"])
        self.assertEqual(edge.stop(), 0)


@unittest.skipIf(RtspCamera.missing(), RtspCamera.missing())
class Rtsp(VideoTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()

    def serve(self):
        camera = RtspCamera(self.port)
        self.addCleanup(camera.kill)
        return camera

    def start_edge(self, **url):
        camera = RtspCamera.url(self.port, **url)
        return self.site.start_edge("", source={"kind": "camera", "path": "", "camera": camera})

    def picture(self, edge):
        return pixels(ask(address_of(edge), "/api/v1/last-image").body)

    def test_a_camera_that_comes_late_and_goes_is_opened_again(self):
        edge = self.start_edge()
        edge.wait_for("camera_away")
        for count in (1, 2):
            camera = self.serve()
            edge.wait_for("camera_found", count=count)
            self.wait_for_more(edge, len(self.site.records()) + 20)
            camera.kill()
            edge.wait_for("camera_away", count=count + 1)
        self.assertEqual(edge.stop(), 0)
        records = self.site.records()
        self.assertTrue(all("label" in record for record in records))
        self.assertEqual([record["seq"] for record in records], list(range(len(records))))

    def test_its_frames_are_moving_pictures(self):
        edge = self.start_edge()
        self.serve()
        self.wait_for_more(edge, 1)
        first = self.picture(edge)
        self.assertEqual(first.shape, (240, 320, 3))
        self.assertGreater(first.max(), 200)  # a white ball
        self.assertLess(numpy.median(first), 50)  # on black
        end = time.monotonic() + PATIENCE
        while numpy.abs(self.picture(edge) - first).max() < 100:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)
        self.assertEqual(edge.stop(), 0)

    def test_one_that_falls_silent_is_given_up_and_found_again(self):
        edge = self.start_edge()
        camera = self.serve()
        edge.wait_for("camera_found")
        away = len(edge.events("camera_away"))
        camera.pause()
        edge.wait_for("camera_away", count=away + 1)
        camera.resume()
        edge.wait_for("camera_found", count=2)
        self.wait_for_more(edge, len(self.site.records()) + 5)
        self.assertEqual(edge.stop(), 0)

    def test_a_wrong_password_is_an_absent_camera_and_stays_secret(self):
        self.serve()
        edge = self.start_edge(password="guessed-wrongly")
        edge.wait_for("camera_away")
        self.assertEqual(edge.stop(), 0)
        self.assertEqual(self.site.records(), [])
        self.assertNotIn("guessed-wrongly", str(edge.log))


if __name__ == "__main__":
    unittest.main()
