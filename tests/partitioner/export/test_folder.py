"""The version folder: complete, truthful about its files, and never seen half-written."""

import hashlib
import re
import unittest
import zipfile

import numpy as np

from support import ZOO, ExportTestCase, run


class FolderTest(ExportTestCase):
    def export_mlp(self, *arguments: object):
        outcome = run(f"{ZOO}:mlp", "--out", self.folder, *arguments)
        self.assertEqual(outcome.status, 0, outcome.stderr)
        return outcome

    def test_holds_the_files_that_the_description_lists_with_their_hashes(self):
        outcome = self.export_mlp()
        version = self.folder / "mlp" / "1"
        self.assertEqual(outcome.stdout, f"{version}\n")
        description = (version / "model.yaml").read_text()
        listed = re.findall(r"^  (\S+): \{sha256: \"?(\w+)\"?, bytes: (\d+)\}$", description, re.M)
        self.assertEqual([name for name, _, _ in listed], ["model.pt2", "reference.npz"])
        for name, sha256, size in listed:
            content = (version / name).read_bytes()
            self.assertEqual(hashlib.sha256(content).hexdigest(), sha256)
            self.assertEqual(len(content), int(size))
        names = sorted(path.name for path in version.iterdir())
        self.assertEqual(names, ["model.pt2", "model.yaml", "reference.npz"])

    def test_description_names_the_network(self):
        self.export_mlp("--name", "small", "--version", "3", "--seed", "5")
        lines = (self.folder / "small" / "3" / "model.yaml").read_text().splitlines()
        for line in (
            "format: 1",
            "name: small",
            "version: 3",
            "source: networks.py:mlp",
            "weights: as-returned",
            "seed: 5",
            "batch: dynamic",
            "  kind: tensor",
            "  shape: [64]",
            "  softmax: true",
            "reference: reference.npz",
        ):
            self.assertIn(line, lines)

    def test_leaves_nothing_else_in_the_repository(self):
        self.export_mlp()
        self.assertEqual([path.name for path in (self.folder / "mlp").iterdir()], ["1"])

    def test_exporting_again_replaces_the_files_by_new_ones(self):
        self.export_mlp()
        path = self.folder / "mlp" / "1" / "model.pt2"
        with path.open("rb") as mapped:
            before = mapped.read()
            self.export_mlp("--seed", "9")
            mapped.seek(0)
            self.assertEqual(mapped.read(), before)  # who has the old file open still reads it
        self.assertNotEqual(path.read_bytes(), before)

    def test_the_same_seed_gives_the_same_program(self):
        self.export_mlp("--version", "1")
        self.export_mlp("--version", "2")
        first, second = (self.folder / "mlp" / v / "model.pt2" for v in ("1", "2"))
        self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_the_program_is_stored_uncompressed_and_without_sample_inputs(self):
        self.export_mlp()
        with zipfile.ZipFile(self.folder / "mlp" / "1" / "model.pt2") as archive:
            for entry in archive.infolist():
                self.assertEqual(entry.compress_type, zipfile.ZIP_STORED, entry.filename)
                if "sample_inputs" in entry.filename:
                    self.assertEqual(entry.file_size, 0)
            text = archive.read("model/models/model.json").decode()
        self.assertNotIn("site-packages", text)

    def test_the_reference_has_two_inputs_with_different_answers(self):
        self.export_mlp()
        arrays = np.load(self.folder / "mlp" / "1" / "reference.npz", allow_pickle=False)
        self.assertEqual(sorted(arrays.files), ["a_input0", "a_output0", "b_input0", "b_output0"])
        self.assertEqual(arrays["a_input0"].shape, (1, 64))
        self.assertEqual(arrays["a_output0"].dtype, np.float32)
        difference = np.abs(arrays["a_output0"] - arrays["b_output0"]).max()
        self.assertGreater(difference / np.abs(arrays["b_output0"]).max(), 100 * 2e-5)

    def test_a_second_output_is_in_the_reference(self):
        outcome = run(f"{ZOO}:two_outputs", "--out", self.folder)
        self.assertEqual(outcome.status, 0, outcome.stderr)
        arrays = np.load(self.folder / "two_outputs" / "1" / "reference.npz", allow_pickle=False)
        self.assertEqual(arrays["a_output0"].shape, (1, 4, 16, 16))
        self.assertEqual(arrays["a_output1"].shape, (1, 5))

    def test_labels_are_a_file_with_one_a_line(self):
        source = self.factory(
            """
            metadata = {"input": {"shape": [4]}, "labels": ["cat", "big dog"]}
            return nn.Linear(4, 2), metadata
            """
        )
        self.assertEqual(run(source, "--out", self.folder).status, 0)
        version = self.folder / "build" / "1"
        self.assertEqual((version / "labels.txt").read_text(), "cat\nbig dog\n")
        self.assertIn("labels: labels.txt\n", (version / "model.yaml").read_text())


if __name__ == "__main__":
    unittest.main()
