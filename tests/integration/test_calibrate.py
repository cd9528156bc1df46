"""`tideline calibrate` on the trained digits network, and two daemons that use what it wrote."""

import collections
import json
import pathlib
import shutil
import tempfile
import unittest

from cases import DigitsCase
from daemons import MODELS, last_line, tideline

CODEC = "int4/dense"
CUTS = ("features.3", "features.13")


class Calibrate(DigitsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.models = cls.folder / "models"
        shutil.copytree(MODELS / "digits", cls.models / "digits")
        cls.untouched = cls.folder / "untouched"
        shutil.copytree(MODELS / "digits", cls.untouched / "digits")
        cls.labels = cls.images / "labels.csv"
        cls.done = tideline("calibrate", cls.models / "digits", "--data", cls.images, "--labels",
                            cls.labels, "--cuts", ",".join(CUTS), "--samples", 120, "--threads", 1,
                            "--codecs", f"fp32,int8,int8/dense,int4,{CODEC}", "--image-codecs",
                            "raw,jpeg:50", "--leakage")
        assert cls.done.returncode == 0, cls.done.stderr
        written = json.loads((cls.models / "digits/1/codec/calibration.json").read_text())
        cls.written = written
        cls.records = {(record["cut"], record["codec"]): record for record in written["records"]}

    def test_every_cut_has_a_record_of_every_codec(self):
        verdict = last_line(self.done)
        self.assertEqual(verdict["calibrate"], "ok")
        self.assertEqual(verdict["rows"], len(self.records))
        self.assertEqual(verdict["samples"], 120)
        self.assertEqual({cut for cut, _ in self.records}, {"input", *CUTS})
        self.assertEqual(len(self.records), 2 + 5 * len(CUTS))

    def test_the_figures_are_those_of_the_codecs(self):
        self.assertGreater(self.written["accuracy"]["value"], 0.97)
        for cut in CUTS:
            with self.subTest(cut=cut):
                exact = self.records[cut, "fp32"]
                self.assertEqual(exact["mean_error"], 0)
                self.assertEqual(exact["agreement"], 1)
                int8, int4 = self.records[cut, "int8"], self.records[cut, CODEC]
                self.assertGreater(int8["agreement"], 0.98)
                self.assertGreater(int4["mean_error"], int8["mean_error"])
                self.assertLess(int4["bytes_mean"], 0.5 * int8["bytes_mean"])
                self.assertLess(self.records[cut, "int8/dense"]["bytes_mean"], int8["bytes_mean"])
                low, high = int4["accuracy_drop_measured"]["interval95"]
                self.assertLessEqual(low, int4["accuracy_drop_measured"]["value"])
                self.assertLess(low, high)
                self.assertGreater(exact["leakage_ssim"], 0)

    def test_a_deeper_cut_gives_less_away(self):
        near, far = (self.records[cut, "fp32"]["leakage_ssim"] for cut in CUTS)
        self.assertGreater(near, far)

    def bytes_up(self, cloud_models):
        """What a request sends, and the edge's warnings of parameters that the cloud lacks."""
        site = self.new_site("digits", cut=CUTS[0], codec=CODEC, models=self.models)
        site.start_cloud(model_repository=str(cloud_models))
        edge = site.start_edge(self.images)
        self.assertEqual(edge.wait(), 0)
        records = [record for record in site.records() if record["path"] == "split"]
        self.assertGreater(len(records), 300)
        return (sum(record["bytes_up"] for record in records) / len(records),
                edge.events("codec_parameters_missing"))

    def test_the_daemons_send_what_was_measured_and_do_without_where_the_cloud_lacks_it(self):
        measured = self.records[CUTS[0], CODEC]["bytes_mean"]
        calibrated, warnings = self.bytes_up(self.models)
        self.assertEqual(warnings, [])
        # Messages have headers of about 250 bytes in all.
        self.assertLess(abs(calibrated - measured), 0.05 * measured + 400)
        plain, warnings = self.bytes_up(self.untouched)
        self.assertEqual(len(warnings), 1)
        self.assertNotEqual(plain, calibrated)

    def codecs_chosen(self, **partition):
        """How many answers came by each codec, and that of the first."""
        site = self.new_site("digits", cut=CUTS[0], codec="auto", models=self.models, **partition)
        site.start_cloud(model_repository=str(self.models))
        edge = site.start_edge(self.images)
        self.assertEqual(edge.wait(), 0, edge.log[-5:])
        answered = sorted((r for r in site.records() if r["path"] == "split"), key=lambda r: r["seq"])
        self.assertGreater(len(answered), 100)
        return collections.Counter(r["codec"] for r in answered), answered[0]["codec"]

    def test_the_codec_is_chosen_for_each_request(self):
        target = {"deadline": "3s", "accuracy_drop": "5%"}
        wide, first = self.codecs_chosen(target=target)
        self.assertEqual(first, CODEC, "the smallest, while nothing is known of the link")
        self.assertGreater(wide["fp32"], wide.total() / 2)
        # 15 kB of fp32 would take six seconds.
        thin, _ = self.codecs_chosen(target=target, limits={"uplink": "20kbps"})
        self.assertEqual(thin["fp32"], 0)

    def test_auto_needs_a_calibration_that_is_accurate_enough(self):
        for models, target, text in (
                (self.untouched, {}, "is not calibrated"),
                (self.models, {"accuracy_drop": "0%"}, "")):
            site = self.new_site("digits", cut=CUTS[0], codec="auto", models=models, target=target)
            edge = site.start_edge(self.images)
            if text:
                self.assertEqual(edge.wait(), 2)
                self.assertIn(text, json.dumps(edge.log))
                self.assertIn("partition.yaml:", json.dumps(edge.log))
            else:
                self.assertEqual(edge.wait(), 0)

    def test_bad_arguments_are_refused_in_one_line(self):
        wrong = self.folder / "wrong.csv"
        wrong.write_text("file,label\nnobody.png,ten\n")
        digits_folder = self.models / "digits"
        for arguments, text in (
                (("--data", self.images, "--cuts", "features.33"), "features.3"),
                (("--data", self.images, "--codecs", "int9"), "int9"),
                (("--data", self.images, "--codecs", "jpeg"), "are for the cut 'input'"),
                (("--data", self.images, "--labels", wrong), "wrong.csv:2"),
                (("--data", wrong.parent / "none"), "no .png, .jpg or .jpeg")):
            with self.subTest(reason=text):
                done = tideline("calibrate", digits_folder, *arguments)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertIn(text, done.stderr)
                self.assertEqual(done.stderr.strip().count("\n"), 0)


if __name__ == "__main__":
    unittest.main()
