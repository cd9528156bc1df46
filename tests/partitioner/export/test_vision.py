"""torchvision's networks, untrained and with torchvision's own weights."""

import os
import unittest
from unittest import mock

import torch

from support import ExportTestCase, run


class VisionTest(ExportTestCase):
    def description(self) -> str:
        return (self.folder / "squeezenet1_1" / "1" / "model.yaml").read_text()

    def export(self, *arguments: object):
        return run(
            "torchvision:squeezenet1_1", "--out", self.folder, "--input-shape=3,64,64", *arguments
        )

    def test_untrained_weights_are_the_default_and_preprocessing_scales_with_the_shape(self):
        outcome = self.export()
        self.assertEqual(outcome.status, 0, outcome.stderr)
        self.assertNotIn("warning", outcome.stderr)
        for part in (
            "source: torchvision:squeezenet1_1\nweights: none\n",
            "  shape: [3, 64, 64]\n  resize: 73\n  crop: 64\n",
            "  mean: [0.485, 0.456, 0.406]\n",
            "output:\n  kind: classification\n  softmax: false\n",
        ):
            self.assertIn(part, self.description())
        self.assertNotIn("labels:", self.description())

    def test_default_weights_bring_labels_and_accuracy(self):
        # torchvision takes the file from its cache; here it holds weights of our own.
        from tideline_export import vision

        checkpoints = self.folder / "hub" / "checkpoints"
        checkpoints.mkdir(parents=True)
        network = vision.load("squeezenet1_1", "none", None)
        torch.save(network.module.state_dict(), checkpoints / "squeezenet1_1-b8a52dc0.pth")
        with mock.patch.dict(os.environ, {"TORCH_HOME": str(self.folder)}):
            outcome = self.export("--weights", "DEFAULT")
        self.assertEqual(outcome.status, 0, outcome.stderr)
        self.assertIn("weights: DEFAULT\n", self.description())
        self.assertIn("accuracy:\n  data: ImageNet-1K\n  top1: 0.58178\n", self.description())
        labels = (self.folder / "squeezenet1_1" / "1" / "labels.txt").read_text().splitlines()
        self.assertEqual((len(labels), labels[0]), (1000, "tench"))

    def test_weights_that_cannot_be_fetched_are_named_with_the_way_out(self):
        nowhere = {"https_proxy": "http://127.0.0.1:9", "TORCH_HOME": str(self.folder)}
        with mock.patch.dict(os.environ, nowhere):
            outcome = self.export("--weights", "DEFAULT")
        self.assert_refused(outcome, 1, "https://download.pytorch.org/", "give --weights FILE")


if __name__ == "__main__":
    unittest.main()
