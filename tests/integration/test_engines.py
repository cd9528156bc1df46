"""What engines and precisions answer to the 360 held-out digits, next to `aten` in float32."""

import json
import unittest

from cases import DigitsCase
from daemons import BUILD, MODELS, last_line, tideline

LEAST_AGREEMENT = 0.99
OTHERS = ("aten:plain", "aten:bf16", "openvino", "openvino:bf16")


def refused_precision(text):
    """OpenVINO takes bf16 only where the processor computes in it."""
    return "does not compute in bf16" in text


class Engines(DigitsCase):
    def classes(self, engine):
        """Image to the most probable class; None where this machine cannot run the engine."""
        site = self.new_site("digits", cut="edge", engine={"edge": engine})
        edge = site.start_edge(self.images)
        if edge.wait() != 0:
            log = json.dumps(edge.log)
            self.assertTrue(refused_precision(log), log)
            return None
        return {record["id"]: record["label"] for record in site.records()}

    def test_every_engine_and_precision_names_the_same_digits(self):
        expected = self.classes("aten")
        self.assertEqual(len(expected), 360)
        for engine in OTHERS:
            if engine.startswith("openvino") and not (BUILD / "lib/tideline/engine_openvino.so").exists():
                continue
            with self.subTest(engine=engine):
                found = self.classes(engine)
                if found is None:
                    print(f"  {engine}: not on this processor")
                    continue
                agreement = sum(found[name] == label for name, label in expected.items()) / len(expected)
                print(f"  {engine}: {agreement:.2%} of {len(expected)} as aten")
                self.assertGreaterEqual(agreement, LEAST_AGREEMENT)

    def test_bf16_gives_the_same_class_at_every_cut_and_the_same_bits_as_uncut(self):
        done = tideline("check", MODELS / "digits", "--engine", "aten:bf16")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        verdict = last_line(done)
        self.assertEqual(verdict["bit_equal"], verdict["cuts"])
        self.assertGreater(verdict["max_error_vs_pytorch"], 1e-3, "that is no bf16")


if __name__ == "__main__":
    unittest.main()
