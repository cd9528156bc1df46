"""What is wrong in a file is said with file, line and the nearest name, and ends with exit code 2;
in a running daemon the old configuration stays."""

import re
import shutil
import signal
import subprocess
import time
import unittest

from cases import DigitsCase
from daemons import program, write_yaml


class Configuration(DigitsCase):
    def setUp(self):
        self.site = self.new_site("digits", cut="edge")

    def refused(self, name, *arguments):
        """Runs a daemon that has to refuse; returns its only line of error."""
        done = subprocess.run([program(name), *arguments], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(len(done.stderr.strip().split("\n")), 1, done.stderr)
        return done.stderr

    def refused_edge(self, **partition):
        self.site.set_partition(**partition)
        write_yaml(self.site.path / "edge.yaml", self.site.edge_config(self.images))
        return self.refused("tideline-edge", "--config", str(self.site.path / "edge.yaml"))

    def test_a_missing_model_is_named_with_the_nearest_one(self):
        error = self.refused_edge(model="digitz")
        self.assertRegex(error, r"partition\.yaml:2: model")
        self.assertIn("did you mean 'digits'", error)

    def test_an_unknown_cut_is_named_with_the_nearest_one(self):
        error = self.refused_edge(cut="featurs.3")
        self.assertRegex(error, r"partition\.yaml:3: cut")
        self.assertRegex(error, r"did you mean 'features\.\d+")

    def test_an_unknown_key_of_the_partition_file_has_its_line(self):
        error = self.refused_edge(codecc="fp32")
        self.assertRegex(error, r"partition\.yaml:5: .*codecc")
        self.assertIn("codec", error.replace("codecc", ""))

    def test_an_image_codec_is_refused_at_another_cut(self):
        error = self.refused_edge(cut="features.3", codec="jpeg")
        self.assertRegex(error, r"partition\.yaml:4: codec")

    def test_an_unknown_key_of_each_daemon_has_its_line(self):
        for name, config in (("tideline-edge", "edge.yaml"), ("tideline-cloud", "cloud.yaml")):
            path = self.site.path / config
            path.write_text("id: x\nmodel_repositry: /models\n")
            error = self.refused(name, "--config", str(path))
            self.assertRegex(error, re.escape(config) + r":2: .*model_repositry")
            self.assertIn("model_repository", error)

    def test_a_whole_network_that_does_not_fit_needs_a_fallback(self):
        error = self.refused_edge(cut="features.3", limits={"edge_memory": "1MiB"})
        self.assertIn("fallback", error)

    def test_a_cut_keeps_to_the_depth_that_privacy_asks_for(self):
        error = self.refused_edge(cut="features.0.0", privacy={"min_depth": 2})
        self.assertRegex(error, r"partition\.yaml:\d+: cut: 'features\.0\.0' .*min_depth is 2")

    def test_a_race_needs_the_whole_network_here(self):
        error = self.refused_edge(cut="auto", limits={"edge_memory": "1MiB"}, fallback="mlp",
                                  target={"tail": "race"})
        self.assertRegex(error, r"partition\.yaml:\d+: target\.tail")
        self.assertIn("write deadline", error)

    def test_check_config_says_nothing_when_all_is_well(self):
        write_yaml(self.site.path / "edge.yaml", self.site.edge_config(self.images))
        done = subprocess.run(
            [program("tideline-edge"), "--config", str(self.site.path / "edge.yaml"), "--check-config"],
            capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_a_reload_applies_all_or_nothing_and_drops_nothing(self):
        self.site.set_partition(cut="features.3")
        self.site.start_cloud()
        edge = self.site.start_edge(self.images, source={"loop": True, "rate": "200/s"})
        edge.wait_for("cloud_connected")
        self.wait_for_cut("features.3")
        self.site.set_partition(cut="features.6", codec="int8")
        edge.wait_for("reloaded")
        self.wait_for_cut("features.6")
        self.site.set_partition(cut="nowhere")
        reason = edge.wait_for("reload_refused")["reason"]
        self.assertRegex(reason, r"partition\.yaml:\d+: cut")
        edge.signal(signal.SIGHUP)
        edge.wait_for("reload_refused", count=2)
        self.site.set_partition(cut="features.10")
        edge.wait_for("reloaded", count=2)
        self.wait_for_cut("features.10")
        self.assertEqual(edge.stop(), 0)
        records = self.site.records()
        self.assertEqual(sorted(r["seq"] for r in records), list(range(len(records))))
        self.assertEqual({r["cut"] for r in records}, {"features.3", "features.10", "features.6"})
        self.assertEqual([r for r in records if r.get("error")], [])

    def wait_for_cut(self, cut):
        while cut not in (record["cut"] for record in self.site.records()):
            time.sleep(0.02)

    def test_without_file_descriptors_an_edge_ends_with_an_error(self):
        images = self.site.path / "images"
        images.mkdir()
        shutil.copy(next(self.images.glob("*.png")), images)
        self.site.set_partition(engine={"edge": "fake"})
        config = self.site.path / "edge.yaml"
        write_yaml(config, self.site.edge_config(images))
        ends = set()
        for limit in range(4, 20):
            call = f"ulimit -n {limit}; exec {program('tideline-edge')} --config {config}"
            done = subprocess.run(["bash", "-c", call], capture_output=True, text=True)
            ends.add(done.returncode)
            if done.returncode != 0:
                self.assertIn("open files", done.stderr)
        self.assertEqual(ends, {0, 1})


if __name__ == "__main__":
    unittest.main()
