"""model.yaml's text is YAML that a reader takes as what was meant."""

import unittest

from tideline_export import yaml_text


class YamlTextTest(unittest.TestCase):
    def test_sections_are_blocks_and_what_is_deeper_is_on_one_line(self):
        document = {
            "format": 1,
            "input": {"kind": "image", "shape": [3, 8, 8], "mean": [0.5, 0.25, 1e-05]},
            "files": {"model.pt2": {"sha256": "ab", "bytes": 7}},
        }
        expected = (
            "format: 1\n"
            "input:\n"
            "  kind: image\n"
            "  shape: [3, 8, 8]\n"
            "  mean: [0.5, 0.25, 1e-05]\n"
            "files:\n"
            "  model.pt2: {sha256: ab, bytes: 7}\n"
        )
        self.assertEqual(yaml_text.dump(document), expected)

    def test_strings_that_would_be_read_as_something_else_are_quoted(self):
        for text in (
            "12e4",
            "2.13.0",
            "true",
            "No",
            "null",
            "",
            "a: b",
            "a #b",
            "-x",
            "ü",
            '"',
            "x\n",
        ):
            with self.subTest(text):
                line = yaml_text.dump({"key": text})
                self.assertTrue(line.startswith('key: "') and line.endswith('"\n'), line)

    def test_names_and_sources_are_plain(self):
        for text in ("mobilenet_v2", "torchvision:resnet18", "as-returned", "labels.txt"):
            self.assertEqual(yaml_text.dump({"key": text}), f"key: {text}\n")

    def test_booleans_and_absent_values_are_yamls_own(self):
        self.assertEqual(yaml_text.dump({"a": False, "b": None}), "a: false\nb: null\n")


if __name__ == "__main__":
    unittest.main()
