"""A profile from the machine where it was measured to the one that plans: out of a cloud daemon and
out of `tideline profile --serve`, for keys that are listed alone."""

import contextlib
import json
import subprocess
import unittest

from daemons import MODELS, PATIENCE, Site, program, tideline

QUICKLY = ("--engines", "fake:10us", "--cuts", 1, "--seconds", 0, "--codecs", "fp32", "--watts", 3)


def measure(model, out):
    done = tideline("profile", MODELS / model, "--out", out, *QUICKLY)
    assert done.returncode == 0, done.stderr


class ProfileExchange(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site("mlp")
        cls.addClassCleanup(cls.site.close)
        cls.site.keygen("stranger")
        profiles = cls.site.path / "profiles"
        profiles.mkdir()
        cls.measured = profiles / "mlp.json"
        measure("mlp", cls.measured)
        cls.cloud = cls.site.start_cloud(profiles=str(profiles), models=["mlp", "digits"])
        cls.out = cls.site.path / "fetched.json"

    def keys(self, name="edge"):
        keys = self.site.path / "keys"
        return ("--server-key", keys / "cloud.key", "--secret", keys / f"{name}.secret")

    def fetch(self, model, *keys, address=None):
        return tideline("profile", MODELS / model, "--from", address or self.site.address, "--out",
                        self.out, *keys)

    def same_profile(self):
        self.assertEqual(json.loads(self.out.read_text()), json.loads(self.measured.read_text()))

    def test_the_daemon_gives_it_to_a_key_that_is_listed(self):
        done = self.fetch("mlp", *self.keys())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.same_profile()
        self.assertIn("mlp on", done.stdout)

    def test_a_plan_is_made_with_the_address_of_the_cloud(self):
        arguments = ("plan", MODELS / "mlp", "--edge", self.measured, "--link", "wifi", "--json")
        there = tideline(*arguments, "--cloud", self.site.address, *self.keys())
        self.assertEqual(there.returncode, 0, there.stderr)
        here = tideline(*arguments, "--cloud", self.measured)
        self.assertEqual(json.loads(there.stdout), json.loads(here.stdout))

    def test_a_key_that_is_not_listed_gets_nothing(self):
        done = self.fetch("mlp", *self.keys("stranger"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("not admitted", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_without_keys_nothing_is_sent(self):
        done = self.fetch("mlp", address="tcp://cloud.example:5600")
        self.assertEqual(done.returncode, 2)
        self.assertIn("give --server-key", done.stderr)

    def test_a_model_without_a_profile_there_is_not_found(self):
        done = self.fetch("digits", *self.keys())
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("has no profile of model 'digits'", done.stderr)

    @contextlib.contextmanager
    def serve(self, *arguments, out):
        """The tool serves the profile in `out`; its only line."""
        server = subprocess.Popen(
            [program("tideline"), "profile", *map(str, arguments), "--serve", "tcp://127.0.0.1:0",
             "--out", out, "--secret", self.site.path / "keys/cloud.secret", "--allow",
             self.site.allow], stdout=subprocess.PIPE, text=True)
        try:
            yield json.loads(server.stdout.readline())
            server.terminate()
            self.assertEqual(server.stdout.read(), "")
            self.assertEqual(server.wait(PATIENCE), 0)
        finally:
            server.kill()
            server.wait()
            server.stdout.close()

    def test_where_no_daemon_runs_the_tool_serves_it(self):
        with self.serve(out=self.measured) as ready:
            self.assertEqual((ready["serve"], ready["model"]), ("ready", "mlp"))
            done = self.fetch("mlp", *self.keys(), address=ready["address"])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.same_profile()
            refused = self.fetch("digits", *self.keys(), address=ready["address"])
            self.assertIn("no profile of this very model 'digits'", refused.stderr)

    def test_what_is_measured_and_served_is_one_document_for_programs(self):
        with self.serve(MODELS / "mlp", *QUICKLY, "--json", out=self.site.path / "new.json") as now:
            self.assertEqual((now["profile"], now["serve"], now["model"]), ("ok", "ready", "mlp"))
            self.assertEqual([row["engine"] for row in now["measured"]], ["fake:10us/f32/1"])
            self.assertTrue(now["address"].startswith("tcp://127.0.0.1:"))

    def test_a_folder_with_what_is_no_profile_stops_the_daemon_at_its_start(self):
        site = Site("mlp")
        self.addCleanup(site.close)
        (site.path / "profiles").mkdir()
        (site.path / "profiles/bad.json").write_text("{}")
        with self.assertRaisesRegex(AssertionError, "bad.json"):
            site.start_cloud(profiles=str(site.path / "profiles"))


if __name__ == "__main__":
    unittest.main()
