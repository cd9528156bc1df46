"""The exported program: functional, with a dynamic batch where the network allows one."""

import unittest

import torch

from support import ZOO, ExportTestCase, run


class ProgramTest(ExportTestCase):
    def exported(self, name: str = "build") -> torch.export.ExportedProgram:
        return torch.export.load(self.folder / name / "1" / "model.pt2")

    def batch_line(self) -> str:
        description = (self.folder / "build" / "1" / "model.yaml").read_text()
        return next(line for line in description.splitlines() if line.startswith("batch:"))

    def test_runs_with_any_batch(self):
        self.assertEqual(run(f"{ZOO}:branches", "--out", self.folder).status, 0)
        module = self.exported("branches").module()
        for batch in (1, 2, 5):
            self.assertEqual(module(torch.randn(batch, 3, 48, 48)).shape, (batch, 10))

    def test_has_no_operator_in_place_and_no_whole_batch_norm(self):
        self.assertEqual(run(f"{ZOO}:branches", "--out", self.folder).status, 0)
        nodes = self.exported("branches").graph.nodes
        targets = [str(node.target) for node in nodes if node.op == "call_function"]
        self.assertTrue(any("batch_norm_legit_no_training" in target for target in targets))
        for target in targets:
            self.assertNotRegex(target, r"_\.|aten\.batch_norm\.")

    def test_a_factorys_module_is_exported_as_returned(self):
        source = self.factory(
            """
            module = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
            nn.init.zeros_(module[0].weight)
            nn.init.constant_(module[0].bias, 2.5)
            return module
            """
        )
        outcome = run(source, "--out", self.folder, "--input-shape", "3")
        self.assertEqual(outcome.status, 0, outcome.stderr)
        state = self.exported().state_dict
        self.assertTrue(torch.equal(state["0.weight"], torch.zeros(3, 3)))
        self.assertTrue(torch.equal(state["0.bias"], torch.full((3,), 2.5)))
        self.assertTrue(torch.equal(state["1.running_mean"], torch.zeros(3)))
        self.assertIn("warning: that is less than", outcome.stderr)

    def test_a_network_with_a_fixed_batch_falls_back_to_static_and_says_so(self):
        source = self.factory(
            """
            class Fixed(nn.Module):
                def forward(self, x):
                    return x.reshape(1, -1).relu()

            return Fixed()
            """
        )
        outcome = run(source, "--out", self.folder, "--input-shape", "4,2")
        self.assertEqual(outcome.status, 0, outcome.stderr)
        self.assertIn("falling back to a static batch of 1", outcome.stderr)
        self.assertEqual(self.batch_line(), "batch: static")
        self.assertEqual(self.exported().module()(torch.randn(1, 4, 2)).shape, (1, 8))

    def test_a_branch_on_the_batch_falls_back_to_static(self):
        source = self.factory(
            """
            class Branching(nn.Module):
                def forward(self, x):
                    return x * 2 if x.shape[0] == 1 else x * 3

            return Branching()
            """
        )
        outcome = run(source, "--out", self.folder, "--input-shape", "4")
        self.assertEqual(outcome.status, 0, outcome.stderr)
        self.assertEqual(self.batch_line(), "batch: static")

    def test_static_is_forced_by_the_flag(self):
        source = self.factory("return nn.Linear(3, 2)")
        outcome = run(source, "--out", self.folder, "--input-shape", "3", "--static")
        self.assertEqual(outcome.status, 0, outcome.stderr)
        self.assertNotIn("falling back", outcome.stderr)
        self.assertEqual(self.batch_line(), "batch: static")

    def test_examples_replace_drawn_inputs(self):
        source = self.factory(
            """
            module = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(12, 2))
            a, b = torch.tensor([[1, 2, 3]]), torch.tensor([[4, 5, 8]])
            return module, {"examples": ((a,), (b,))}
            """
        )
        outcome = run(source, "--out", self.folder)
        self.assertEqual(outcome.status, 0, outcome.stderr)
        description = (self.folder / "build" / "1" / "model.yaml").read_text()
        self.assertIn("  dtype: int64\n  shape: [3]\n", description)

    def test_a_network_that_keeps_state_is_refused(self):
        source = self.factory(
            """
            class Counting(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.register_buffer("count", torch.zeros(()))

                def forward(self, x):
                    self.count.add_(1)
                    return x + self.count

            return Counting()
            """
        )
        outcome = run(source, "--out", self.folder, "--input-shape", "3")
        self.assert_refused(outcome, 1, "changes 'count' while it runs")
        self.assertFalse((self.folder / "build").exists())


if __name__ == "__main__":
    unittest.main()
