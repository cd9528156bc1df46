"""The client library as others have it: installed into a folder, found by find_package, built into
the example program, which answers as tideline-edge does, alone and with a cloud."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from daemons import BUILD, PATIENCE, Site, digits, write_yaml

ANSWER = re.compile(r"^(.*): (\d) \(([\d.]+)\), (\w+) at (\S+), "
                    r"(\d+) values, (\d+) bytes sent, [\d.]+ ms$")


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.home = pathlib.Path(folder.name)
        cls.prefix = cls.home / "tideline"
        cls.run_quietly("cmake", "--install", BUILD, "--prefix", cls.prefix)
        example = next(cls.prefix.rglob("examples/client/CMakeLists.txt")).parent
        build = cls.home / "build"
        cls.run_quietly("cmake", "-S", example, "-B", build, "-DCMAKE_BUILD_TYPE=Release",
                        f"-DCMAKE_PREFIX_PATH={cls.prefix}", "-DCMAKE_CXX_STANDARD=17",
                        "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror -pedantic")
        cls.run_quietly("cmake", "--build", build)
        cls.program = build / "classify"
        cls.images = digits(cls.home / "images")
        cls.files = sorted(cls.images.rglob("*.png"))[:8]

    @staticmethod
    def run_quietly(*command):
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{command}: {done.stdout[-4000:]}")

    def site(self, **partition):
        site = Site("digits", **partition)
        self.addCleanup(site.close)
        return site

    def classify(self, site, **changes):
        """How the program ended, its answers as (file, label, path, cut, bytes), its last line."""
        write_yaml(site.path / "edge.yaml", site.edge_config(self.images, **changes))
        environment = dict(os.environ)
        environment.pop("TIDELINE_MODULE_PATH", None)  # the library finds its engines
        call = [self.program, site.path / "edge.yaml", *self.files]
        done = subprocess.run(list(map(str, call)), capture_output=True, text=True,
                              env=environment, timeout=PATIENCE)
        *lines, last = done.stdout.strip().split("\n")
        answers = [ANSWER.match(line) for line in lines]
        self.assertTrue(all(answers), done.stdout + done.stderr)
        return done, [(*answer.group(1, 2, 4, 5), int(answer.group(7))) for answer in answers], last

    def expected(self, site):
        """What tideline-edge says of the same files."""
        records = site.run_edge(self.images)
        labels = {pathlib.Path(record["id"]).name: record["label"] for record in records}
        return [labels[file.name] for file in self.files]

    def test_the_headers_need_nothing_of_ours_or_of_third_parties(self):
        headers = sorted((self.prefix / "include/tideline").iterdir())
        self.assertEqual([header.name for header in headers], ["edge.h", "status.h", "types.h"])
        for header in headers:
            included = re.findall(r'#include [<"]([^>"]+)[>"]', header.read_text())
            others = [name for name in included if not name.startswith("tideline/")]
            self.assertEqual([name for name in others if "/" in name or "." in name], [])

    def test_the_library_shows_nothing_but_the_client(self):
        library = str(self.prefix / "lib/libtideline.so")
        shown = subprocess.run(["nm", "-D", "--defined-only", "-C", library], capture_output=True,
                               text=True, check=True).stdout
        strong = re.findall(r"^[0-9a-f]+ [TBDR] (.*)$", shown, re.MULTILINE)
        self.assertTrue(strong)
        self.assertEqual([name for name in strong
                          if not name.startswith(("tideline::Edge::", "tideline::client::"))], [])

    def test_an_edge_alone_answers_as_the_daemon_does(self):
        site = self.site(cut="edge")
        done, answers, last = self.classify(site)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(answers), len(self.files) + 2)
        self.assertEqual({answer[2:] for answer in answers}, {("edge", "edge", 0)})
        self.assertEqual([answer[1] for answer in answers[:8]], self.expected(site))
        self.assertRegex(last, r"^0 split, 10 here, 0 errors")

    def test_with_a_cloud_the_tail_runs_there_and_without_it_here(self):
        site = self.site(cut="features.3", codec="fp32")
        cloud = site.start_cloud()
        done, answers, last = self.classify(site, cloud={"wait": "60s"})
        self.assertEqual(done.returncode, 0, done.stderr)
        # A busy machine may let a deadline come near: such a request is finished here.
        split = [answer for answer in answers if answer[2] == "split"]
        self.assertTrue(split, done.stdout + done.stderr)
        self.assertTrue(all(answer[3] == "features.3" and answer[4] > 0 for answer in split))
        here = 10 - len(split)
        self.assertTrue(last.startswith(f"{len(split)} split, {here} here, 0 errors"), last)
        labels = [answer[1] for answer in answers[:8]]
        cloud.kill()
        done, answers, last = self.classify(site)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(last, r"^0 split, 10 here, 0 errors")
        self.assertEqual([answer[1] for answer in answers[:8]], labels)

    def test_what_is_wrong_is_said(self):
        done = subprocess.run([str(self.program), "/nowhere/edge.yaml", "x"], capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nowhere/edge.yaml", done.stderr)
        site = self.site(cut="featurs.3")
        write_yaml(site.path / "edge.yaml", site.edge_config(self.images))
        done = subprocess.run([str(self.program), str(site.path / "edge.yaml"), "x"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean 'features.3'", done.stderr)


if __name__ == "__main__":
    unittest.main()
