"""`tideline check` on every exported network: the whole and every single-value cut equal PyTorch's own
outputs, head then tail is bit-equal to the whole, and networks saved by hand run or are refused with
the line that mends them."""

import json
import os
import pathlib
import subprocess
import unittest

from daemons import MODELS, ROOT, program

NETWORKS = (
    "alexnet", "vgg16", "resnet18", "resnet50", "mobilenet_v2", "mobilenet_v3_large",
    "mobilenet_v3_small", "squeezenet1_0", "squeezenet1_1", "mlp", "conv1d",
    "branches", "two_outputs", "attention", "digits")
TOLERANCE = 1e-5
BY_HAND = pathlib.Path(os.environ.get("TIDELINE_TEST_BY_HAND", ROOT / "build/by_hand"))


def check(path, *arguments):
    return subprocess.run([program("tideline"), "check", str(path), *arguments], capture_output=True,
                          text=True)


def verdict(done):
    return json.loads(done.stdout.strip().split("\n")[-1])


class Check(unittest.TestCase):
    def test_every_network_at_every_single_value_cut(self):
        for name in NETWORKS:
            with self.subTest(network=name):
                # One thread: bit equality is promised for the same number of threads.
                done = check(MODELS / name, "--threads", "1")
                self.assertEqual(done.returncode, 0, done.stderr + done.stdout[-2000:])
                found = verdict(done)
                print(f"{name}: {found['cuts']} cuts, error {found['max_error_vs_pytorch']:.1e}, "
                      f"{found['seconds']:.1f} s", flush=True)
                self.assertEqual(found["check"], "ok")
                self.assertEqual(found["mismatches"], 0)
                self.assertGreater(found["cuts"], 0)
                self.assertEqual(found["bit_equal"], found["cuts"])
                self.assertLessEqual(found["max_error_vs_pytorch"], TOLERANCE)
                self.assertGreaterEqual(found["sensitivity"], 100 * TOLERANCE)

    def test_lossy_codecs_keep_the_digits(self):
        for codec in ("fp16", "int8"):
            with self.subTest(codec=codec):
                done = check(MODELS / "digits", "--codec", codec)
                self.assertEqual(done.returncode, 0, done.stderr + done.stdout[-2000:])

    def test_two_engines_are_compared(self):
        done = check(MODELS / "mlp", "--engine", "aten,fake")
        self.assertEqual(done.returncode, 1, "the fake engine computes something else")
        self.assertGreater(verdict(done)["mismatches"], 0)

    def test_a_missing_model_is_named_with_the_nearest_one(self):
        done = check(MODELS / "mobilnet_v2")
        self.assertEqual(done.returncode, 2)
        self.assertIn("mobilenet_v2", done.stderr)


class SavedByHand(unittest.TestCase):
    def inspect(self, name):
        return subprocess.run([program("tideline"), "inspect", str(BY_HAND / name)],
                              capture_output=True, text=True)

    def test_whole_batch_norm_in_place_operators_and_a_static_batch_are_read(self):
        for name in ("residual.pt2", "resnet18.pt2", "mobilenet_v2.pt2"):
            with self.subTest(file=name):
                self.assertEqual(self.inspect(name).returncode, 0, self.inspect(name).stderr)

    def test_an_alias_that_is_written_to_is_refused_with_the_line_that_mends_it(self):
        done = self.inspect("aliased.pt2")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("run_decompositions", done.stderr)


if __name__ == "__main__":
    unittest.main()
