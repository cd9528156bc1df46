"""`tideline profile` on the digits network: the file that the planner reads, comparing two of them,
and what is refused."""

import json
import pathlib
import shutil
import sys
import tempfile
import unittest

import numpy as np

from daemons import BUILD, MODELS, ROOT, last_line, tideline

sys.path.insert(0, str(ROOT / "partitioner/export"))
from tideline_export import digits_images  # noqa: E402

CUTS = 3


def in_order(estimate):
    median, low, high = estimate
    return 0 < low <= median <= high


class Profile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.engines = ["aten", "aten:bf16"]
        if (BUILD / "lib/tideline/engine_openvino.so").exists():
            cls.engines.append("openvino")
        cls.out = cls.folder / "edge.json"
        cls.done = cls.measure("digits", cls.out, "--engines", ",".join(cls.engines), "--threads",
                               1, "--watts", 4.5, "--radio-watts", 1.25)
        assert cls.done.returncode == 0, cls.done.stderr
        cls.profile = json.loads(cls.out.read_text())

    @classmethod
    def measure(cls, model, out, *more):
        return tideline("profile", MODELS / model, "--out", out, "--cuts", CUTS, "--seconds", 0.1,
                        "--codecs", "fp32,int8/dense", "--image-codecs", "raw,jpeg:90",
                        "--power-root", cls.folder / "nothing", *more)

    def test_every_engine_is_measured(self):
        labels = {(e["engine"], e["precision"], e["threads"]) for e in self.profile["engines"]}
        self.assertEqual(labels, {
            (name.split(":")[0], "bf16" if "bf16" in name else "f32", 1) for name in self.engines})

    def test_threads_are_a_dimension(self):
        out = self.folder / "threads.json"
        done = self.measure("mlp", out, "--engines", "aten", "--threads", "1,2")
        self.assertEqual(done.returncode, 0, done.stderr)
        engines = json.loads(out.read_text())["engines"]
        self.assertEqual([engine["threads"] for engine in engines], [1, 2])

    def test_heads_and_tails_are_at_the_same_cuts_everywhere(self):
        first = [cut["cut"] for cut in self.profile["engines"][0]["cuts"]]
        self.assertEqual(len(first), CUTS)
        for engine in self.profile["engines"]:
            with self.subTest(engine=engine["engine"], threads=engine["threads"]):
                self.assertEqual([cut["cut"] for cut in engine["cuts"]], first)
                self.assertTrue(in_order(engine["whole_ns"]))
                for cut in engine["cuts"]:
                    self.assertTrue(in_order(cut["head_ns"]) and in_order(cut["tail_ns"]))
                self.assertGreater(engine["memory_bytes"], 10e6)
                self.assertGreater(sum(engine["groups_ns"]), 0)

    def test_less_than_f32_has_an_upper_bound_of_what_it_loses(self):
        for engine in self.profile["engines"]:
            if engine["precision"] == "f32":
                self.assertEqual(engine["accuracy_drop"], 0)
            else:  # two inputs prove little
                self.assertGreater(engine["accuracy_drop"], 0.5)

    def test_data_tells_how_little_is_lost(self):
        inputs = self.folder / "held_out.npy"
        images = digits_images.held_out().images[:40].astype(np.float32)
        np.save(inputs, np.ascontiguousarray(((images / 255 - 0.5) / 0.5).transpose(0, 3, 1, 2)))
        out = self.folder / "bf16.json"
        done = self.measure("digits", out, "--engines", "aten:bf16", "--threads", 1, "--data",
                            inputs)
        self.assertEqual(done.returncode, 0, done.stderr)
        drop = json.loads(out.read_text())["engines"][0]["accuracy_drop"]
        self.assertTrue(0.08 < drop < 0.2, drop)  # 40 equal results prove no less than 8.8 %
        done = self.measure("digits", out, "--engines", "aten:bf16", "--data", self.folder / "no")
        self.assertEqual(done.returncode, 2)

    def test_codecs_are_timed_at_the_input_and_at_the_cuts(self):
        rows = {(row["cut"], row["codec"]) for row in self.profile["codecs"]}
        cuts = [cut["cut"] for cut in self.profile["engines"][0]["cuts"]]
        self.assertEqual(rows, {("input", "raw"), ("input", "jpeg:90")} | {
            (cut, codec) for cut in cuts for codec in ("fp32", "int8/dense")})

    def test_what_is_calibrated_is_timed_where_nothing_else_is_asked_for(self):
        model = self.folder / "models/digits/1"
        shutil.copytree(MODELS / "digits/1", model)
        records = [{"cut": cut, "codec": codec, "bytes_mean": 900, "bytes_p95": 1000,
                    "encode_ns": 1, "decode_ns": 1, "accuracy_drop": 0, "agreement": 1}
                   for cut, codec in (("features.3", "int4/fast"), ("input", "jpeg"),
                                      ("features.3", "fp16"))]
        (model / "codec").mkdir(exist_ok=True)
        (model / "codec/parameters.bin").unlink(missing_ok=True)
        calibration = {"format": 1, "model": "digits", "samples": 1, "records": records,
                       "sha256": self.profile["model"]["sha256"]}
        (model / "codec/calibration.json").write_text(json.dumps(calibration))
        out = self.folder / "calibrated.json"
        arguments = ("profile", model, "--out", out, "--engines", "fake:10us", "--cuts", "1",
                     "--seconds", 0)
        self.assertEqual(tideline(*arguments).returncode, 0)
        rows = {(row["cut"], row["codec"]) for row in json.loads(out.read_text())["codecs"]}
        stored = {row for row in rows if row[1].endswith("/stored")}
        self.assertEqual(rows - stored, {(record["cut"], record["codec"]) for record in records})
        self.assertGreater(len({cut for cut, _ in stored}), 10, "what the planner has elsewhere")
        calibration["sha256"] = "0" * 64
        (model / "codec/calibration.json").write_text(json.dumps(calibration))
        done = tideline(*arguments)
        self.assertEqual(done.returncode, 1)
        self.assertIn("calibration.json", done.stderr)

    def test_what_was_measured_where_is_said(self):
        self.assertEqual(self.profile["model"]["name"], "digits")
        self.assertEqual(self.profile["power"],
                         {"source": "declared", "compute_watts": 4.5, "radio_watts": 1.25})
        self.assertTrue({"tideline", "linux", "aten"} <= set(self.profile["versions"]))
        self.assertTrue(self.profile["device"] and self.profile["cpu"] and self.profile["governor"])
        report = last_line(self.done)
        self.assertEqual(report["profile"], "ok")
        self.assertEqual(len(report["engines"]), len(self.engines))

    def test_a_profile_is_compared_with_itself(self):
        done = tideline("profile", "--compare", self.out, self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        ratios = [line.split() for line in done.stdout.split("\n") if " to " in line]
        self.assertEqual(len(ratios), len(self.profile["engines"]) * (1 + 2 * CUTS)
                         + 2 * len(self.profile["codecs"]))
        self.assertEqual({row[-4] for row in ratios}, {"1.000"})

    def test_profiles_of_two_models_are_not_compared(self):
        other = self.folder / "mlp.json"
        done = self.measure("mlp", other, "--engines", "fake:10us")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(other.read_text())["power"], {"source": "unknown"})
        done = tideline("profile", "--compare", self.out, other)
        self.assertEqual(done.returncode, 1)
        self.assertIn("of model digits", done.stderr)

    def test_what_cannot_be_is_refused_before_anything_is_measured(self):
        for arguments, text in (
                ((), "MODEL is required"),
                ((MODELS / "nowhere",), "nowhere"),
                ((MODELS / "digits", "--engines", "aten,atom"), "engine 'atom' does not exist"),
                ((MODELS / "digits", "--threads", "1,x"), "'x' is no number"),
                ((MODELS / "digits", "--cuts", "features.99"), "features.99"),
                ((MODELS / "digits", "--codecs", "int9"), "int9"),
                ((MODELS / "digits", "--out", self.folder / "no/p.json"), "does not exist"),
                ((MODELS / "digits", "--out", self.folder), "cannot be written"),
                (("--compare", self.out, self.folder / "none.json"), "none.json"),
                ((MODELS / "digits", "--compare", self.out, self.out), "takes two profiles")):
            with self.subTest(reason=text):
                done = tideline("profile", *arguments)
                self.assertEqual(done.returncode, 2)
                self.assertIn(text, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
