"""Every mistake is answered by one line that names it: status 2 for usage, 1 at run time."""

import unittest

import torch
from torch import nn

from support import ZOO, ExportTestCase, run


class ErrorsTest(ExportTestCase):
    def refused(self, status: int, *parts: str, arguments: list[object]) -> None:
        self.assert_refused(run(*arguments, "--out", self.folder / "models"), status, *parts)
        self.assertFalse((self.folder / "models").exists())

    def test_a_source_of_neither_form(self):
        self.refused(2, "'resnet18'", "torchvision:NAME or FILE.py:FACTORY", arguments=["resnet18"])

    def test_a_file_that_does_not_exist(self):
        self.refused(2, "nowhere.py", "no such file", arguments=["nowhere.py:build"])

    def test_a_factory_that_does_not_exist(self):
        self.refused(2, "has no function 'mpl'", arguments=[f"{ZOO}:mpl"])

    def test_an_unknown_torchvision_network_with_the_nearest_name(self):
        self.refused(2, "'resnet81'", "did you mean 'resnet18'", arguments=["torchvision:resnet81"])

    def test_a_factory_without_an_input_shape(self):
        source = self.factory("return nn.Linear(3, 2)")
        self.refused(2, "--input-shape", arguments=[source])

    def test_an_input_shape_that_is_none(self):
        for shape in ("3,x", "3,,2", "0", "-1,4", "1,1,1,1,1,1,1,1,1", "99999,99999"):
            with self.subTest(shape):
                self.refused(2, "input shape", arguments=[f"{ZOO}:mlp", f"--input-shape={shape}"])

    def test_an_input_shape_that_the_network_refuses(self):
        source = self.factory("return nn.Linear(3, 2)")
        self.refused(1, "shape [1, 4]", arguments=[source, "--input-shape", "4"])

    def test_a_factory_that_raises(self):
        source = self.factory("raise ValueError('no such width')")
        self.refused(1, "ValueError: no such width", arguments=[source])

    def test_a_factory_that_returns_no_module(self):
        self.refused(2, "returned int", arguments=[self.factory("return 3")])

    def test_an_unknown_key_in_the_metadata(self):
        source = self.factory("return nn.Linear(3, 2), {'input': {'shap': [3]}}")
        self.refused(2, "unknown key 'shap'", arguments=[source])

    def test_an_image_whose_mean_has_another_length(self):
        source = self.factory(
            """
            image = {"kind": "image", "shape": [3, 8, 8], "mean": [0.5], "std": [1, 1, 1]}
            return nn.Conv2d(3, 2, 3), {"input": image}
            """
        )
        self.refused(2, "mean is [0.5], expected 3 numbers", arguments=[source])

    def test_an_image_that_the_preprocessing_does_not_give(self):
        source = self.factory(
            """
            image = {"kind": "image", "shape": [1, 8, 8], "mean": [0], "std": [1], "crop": 6}
            return nn.Conv2d(1, 2, 3), {"input": image}
            """
        )
        self.refused(2, "crop 6", "[8, 8]", arguments=[source])

    def test_examples_without_a_batch_of_one(self):
        source = self.factory(
            "return nn.Linear(3, 2), {'examples': ((torch.ones(2, 3),), (torch.ones(1, 3),))}"
        )
        self.refused(2, "two tuples of input tensors", arguments=[source])

    def test_weights_that_are_not_there(self):
        self.refused(2, "no such file", arguments=[f"{ZOO}:mlp", "--weights", "nowhere.pth"])

    def test_default_weights_of_a_factory(self):
        self.refused(2, "no torchvision network", arguments=[f"{ZOO}:mlp", "--weights", "DEFAULT"])

    def test_weights_of_another_network(self):
        path = self.folder / "other.pth"
        torch.save(nn.Linear(3, 2).state_dict(), path)
        self.refused(1, "does not fit the network", arguments=[f"{ZOO}:mlp", "--weights", path])

    def test_weights_that_would_run_code(self):
        path = self.folder / "whole.pth"
        torch.save(nn.Linear(3, 2), path)  # a pickled module, not a state dict
        self.refused(1, "not a state dict", arguments=[f"{ZOO}:mlp", "--weights", path])

    def test_a_name_that_leaves_the_repository(self):
        self.refused(2, "--name '../x'", arguments=[f"{ZOO}:mlp", "--name", "../x"])

    def test_a_version_that_is_no_number(self):
        self.refused(2, "'one' is not a whole number", arguments=[f"{ZOO}:mlp", "--version", "one"])

    def test_a_repository_that_cannot_be_written(self):
        blocked = self.folder / "file"
        blocked.write_text("")
        outcome = run(f"{ZOO}:mlp", "--out", blocked)
        self.assert_refused(outcome, 1, "can't write", "file/mlp/1")

    def test_help_has_examples(self):
        outcome = run("--help")
        self.assertEqual(outcome.status, 0)
        self.assertIn("tideline-export torchvision:mobilenet_v2 --out models", outcome.stdout)


class WeightsTest(ExportTestCase):
    def test_a_state_dict_replaces_a_factorys_weights_and_is_named_by_its_hash(self):
        source = self.factory("return nn.Linear(3, 2)")
        path = self.folder / "weights.pth"
        state = {"weight": torch.arange(6.0).reshape(2, 3), "bias": torch.ones(2)}
        torch.save({"state_dict": state}, path)
        outcome = run(source, "--out", self.folder, "--input-shape", "3", "--weights", path)
        self.assertEqual(outcome.status, 0, outcome.stderr)
        version = self.folder / "build" / "1"
        loaded = torch.export.load(version / "model.pt2").state_dict
        self.assertTrue(torch.equal(loaded["weight"], state["weight"]))
        self.assertRegex((version / "model.yaml").read_text(), r'weights: "?[0-9a-f]{64}"?\n')


if __name__ == "__main__":
    unittest.main()
