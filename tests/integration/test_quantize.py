"""`tideline quantize` on the trained digits network: calibrated on digits that it learned from, and
compared with float32 on the 360 that it never saw, by PyTorch itself, which reads the file too."""

import json
import pathlib
import sys
import tempfile
import unittest

import numpy as np
import torch

from daemons import BUILD, MODELS, ROOT, last_line, tideline

sys.path.insert(0, str(ROOT / "partitioner/export"))
from tideline_export import digits_images  # noqa: E402

LEAST_AGREEMENT = 0.99


def as_inputs(images):
    """What model.yaml of the digits network says: mean and std 0.5."""
    normal = (images.astype(np.float32) / 255 - 0.5) / 0.5
    return np.ascontiguousarray(normal.transpose(0, 3, 1, 2))


def loaded(path):
    """The network as PyTorch reads it, from inputs to its first result."""
    module = torch.export.load(str(path)).module()

    def answers(inputs):
        outputs = module(torch.from_numpy(inputs))
        if isinstance(outputs, (tuple, list)):
            outputs = outputs[0]
        return outputs.detach().numpy()

    return answers


def classes(path, inputs):
    return loaded(path)(inputs).argmax(axis=1)


class Quantize(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.data = cls.folder / "learned.npy"
        np.save(cls.data, as_inputs(digits_images.training().images))
        cls.done = tideline("quantize", MODELS / "digits", "--data", cls.data, "--out",
                            cls.folder / "models", "--threads", 1)
        assert cls.done.returncode == 0, cls.done.stderr
        cls.model = cls.folder / "models/digits-int8"

    def test_the_report_has_size_agreement_error_and_speed(self):
        report = last_line(self.done)
        self.assertLess(report["bytes_after"], 0.4 * report["bytes_before"])
        self.assertEqual(report["bytes_after"], (self.model / "1/model.pt2").stat().st_size)
        self.assertEqual(report["samples"], 300)
        self.assertGreaterEqual(report["top1_agreement"], LEAST_AGREEMENT)
        self.assertLess(report["mean_error"], report["max_error"])
        self.assertGreaterEqual(report["tolerance"], report["error_vs_pytorch"])
        self.assertGreater(report["ms_before"], 0)
        self.assertGreater(report["ms_after"], 0)

    def test_pytorch_agrees_on_digits_that_were_never_seen(self):
        inputs = as_inputs(digits_images.held_out().images)
        before = classes(MODELS / "digits/1/model.pt2", inputs)
        after = classes(self.model / "1/model.pt2", inputs)
        self.assertEqual(len(inputs), 360)
        self.assertGreaterEqual((before == after).mean(), LEAST_AGREEMENT)

    def test_the_check_uses_the_tolerance_in_both_engines(self):
        engines = ["aten"]
        if (BUILD / "lib/tideline/engine_openvino.so").exists():
            engines.append("openvino")
        for engine in engines:
            with self.subTest(engine=engine):
                done = tideline("check", self.model, "--engine", engine, "--threads", 1,
                                "--cuts", 12)
                self.assertEqual(done.returncode, 0, done.stderr + done.stdout[-2000:])
                self.assertGreater(last_line(done)["max_error_vs_pytorch"], 1e-4)

    def test_both_engines_agree_with_float32_on_held_out_images(self):
        images = self.folder / "held_out.npy"
        np.save(images, as_inputs(digits_images.held_out().images))
        for engine in ("aten", "openvino"):
            if not (BUILD / f"lib/tideline/engine_{engine}.so").exists():
                continue
            with self.subTest(engine=engine):
                done = tideline("quantize", MODELS / "digits", "--data", images, "--out",
                                self.folder / engine, "--engine", engine, "--threads", 1)
                self.assertEqual(done.returncode, 0, done.stderr)
                report = last_line(done)
                self.assertEqual(report["evaluated"], 360)
                self.assertGreaterEqual(report["top1_agreement"], LEAST_AGREEMENT)

    def test_cuts_keep_their_names(self):
        def cuts(model):
            done = tideline("inspect", "--json", model)
            return {cut["name"] for cut in json.loads(done.stdout)["cuts"]}

        self.assertLessEqual(cuts(MODELS / "digits"), cuts(self.model))

    def test_what_cannot_be_quantized_is_refused_with_a_reason(self):
        for arguments, text in (
                ((MODELS / "digits", "--data", self.folder / "empty"), "no .png, .jpg or .jpeg"),
                ((self.model, "--data", self.data), "is quantized already"),
                ((MODELS / "digits/1/model.pt2", "--data", self.data, "--name", "../x"), "--name"),
                ((MODELS / "digits", "--data", self.data, "--name", "digits"),
                 "choose another --name")):
            with self.subTest(reason=text):
                done = tideline("quantize", *arguments)
                self.assertEqual(done.returncode, 2)
                self.assertIn(text, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_sizes_that_depend_on_the_batch_stay_so(self):
        # photos: a view of [batch, -1]; attention: windows folded into the batch, 4 and 12 times it.
        for name in ("photos", "attention"):
            with self.subTest(network=name):
                real = MODELS / name / "1"
                reference = np.load(real / "reference.npz")
                inputs = np.concatenate([reference[key] for key in ("a_input0", "b_input0")])
                data = self.folder / f"{name}.npy"
                np.save(data, inputs)
                done = tideline("quantize", real, "--data", data, "--out", self.folder / "models",
                                "--threads", 1)
                self.assertEqual(done.returncode, 0, done.stderr)
                quantized = loaded(self.folder / f"models/{name}-int8/1/model.pt2")
                batch = np.concatenate([inputs, inputs[:1]])
                together = quantized(batch)
                alone = np.concatenate([quantized(batch[i:i + 1]) for i in range(3)])
                scale = np.abs(alone).max()
                self.assertLess(np.abs(together - alone).max(), 1e-3 * scale)
                expected = loaded(real / "model.pt2")(batch)
                self.assertLess(np.abs(expected - together).max(), 0.25 * scale)


if __name__ == "__main__":
    unittest.main()
