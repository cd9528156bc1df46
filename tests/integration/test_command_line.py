"""How `tideline` and the daemons talk to whoever calls them: each command's help has examples that
it takes, tables have their JSON, progress shows on terminals alone, and what is wrong is said in
one line that helps."""

import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import tempfile
import unittest

from daemons import MODELS, ROOT, digits, program, tideline

PROGRAMS = ("tideline", "tideline-edge", "tideline-cloud")
NO_TABLE = {"keygen", "trace"}
BARS = {"check", "bench", "calibrate", "profile", "quantize"}


def commands():
    """What `tideline --help` lists."""
    text = tideline("--help").stdout
    return re.findall(r"^  ([a-z]+)  ", text[:text.index("\nOptions:")], re.MULTILINE)


class Help(unittest.TestCase):
    def helps(self):
        for name in PROGRAMS:
            yield [program(name)], name
        for command in commands():
            yield [program("tideline"), command], f"tideline {command}"

    def test_every_command_has_examples_of_itself_with_options_that_it_has(self):
        self.assertGreaterEqual(len(commands()), 8)
        for call, name in self.helps():
            with self.subTest(command=name):
                done = subprocess.run([*call, "--help"], capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                before, examples = done.stdout.split("\nExamples:\n")
                self.assertRegex(examples, rf"^  (\w+=\w+ )?{name} ")
                if name != "tideline":
                    for option in re.findall(r" (--[a-z-]+)", examples):
                        self.assertIn(option, before)

    def test_help_fits_a_terminal(self):
        for call, name in self.helps():
            with self.subTest(command=name):
                text = subprocess.run([*call, "--help"], capture_output=True, text=True).stdout
                self.assertEqual([line for line in text.split("\n") if len(line) > 80], [])
        self.assertLess(tideline("--help").stdout.count("\n"), 40)


class Completion(unittest.TestCase):
    """In bash, of what is written as the last word."""

    def complete(self, name, *words):
        typed = " ".join(f"'{word}'" for word in (program(name), *words))
        script = (f"source {ROOT}/deploy/completion/tideline.bash; COMP_WORDS=({typed}); "
                  f"COMP_CWORD={len(words)}; _tideline '{program(name)}'; "
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_commands_options_and_nothing_else(self):
        self.assertEqual(sorted(self.complete("tideline", "")), sorted(commands()))
        self.assertEqual(sorted(self.complete("tideline", "ch")), ["check"])
        self.assertEqual(self.complete("tideline", "check", "--cod"), ["--codec"])
        self.assertIn("--help", self.complete("tideline", "plan", "--"))
        self.assertEqual(self.complete("tideline", "check", "models"), [])
        self.assertEqual(self.complete("tideline-edge", "--model-"), ["--model-repository"])
        self.assertEqual(self.complete("tideline-cloud", "--check"), ["--check-config"])


class Errors(unittest.TestCase):
    def refused(self, name, *arguments):
        done = subprocess.run([program(name), *arguments], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith(f"{name}: "), done.stderr)
        return done.stderr

    def test_wrong_usage_names_what_was_meant_and_the_help(self):
        for arguments, meant, place in (
                (["chek"], "'check'", "tideline --help"),
                ([], "a command is missing", "tideline --help"),
                (["check", "--enigne", "aten", "m"], "'--engine'", "tideline check --help"),
                (["check"], "MODEL is required", "tideline check --help"),
                (["check", "a", "b"], "'b' is one word too many", "tideline check --help"),
                (["bench", "m", "--threads", "5000"], "0 to 1024", "tideline bench --help")):
            with self.subTest(arguments=arguments):
                error = self.refused("tideline", *arguments)
                self.assertIn(meant, error)
                self.assertIn(place, error)
        for name in ("tideline-edge", "tideline-cloud"):
            error = self.refused(name, "--model-repositry", "x")
            self.assertIn("'--model-repository'", error)
            self.assertIn(f"{name} --help", error)

    def test_a_model_that_is_not_there_is_wrong_usage(self):
        for command in sorted(set(commands()) - NO_TABLE - {"plan", "profile"}):
            more = ["--data", "x"] if command in ("calibrate", "quantize") else []
            with self.subTest(command=command):
                self.assertIn("nowhere", self.refused("tideline", command, "/nowhere", *more))

    def test_a_file_of_another_kind_says_what_makes_the_right_one(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "file.pt2"
            file.write_text("{}")
            for arguments, hint in (
                    (["inspect", file], "tideline-export"),
                    (["profile", "--compare", file, file], "tideline profile"),
                    (["trace", file, "--out", f"{folder}/x"], "result record"),
                    (["keygen", "--out", f"{folder}/y", "--name", "n"], "make it first")):
                with self.subTest(arguments=arguments):
                    done = tideline(*arguments)
                    self.assertIn(done.returncode, (1, 2))
                    self.assertIn(hint, done.stderr)

    def test_an_answer_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([program("tideline"), "inspect", str(MODELS / "mlp")],
                                  stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard output", done.stderr)


class Tables(unittest.TestCase):
    """Each command is called for people, for programs, and with a terminal as stderr."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        home = pathlib.Path(folder.name)
        shutil.copytree(MODELS / "digits", home / "models/digits")
        images = digits(home)
        model = home / "models/digits"
        profile = home / "profile.json"
        one = ["--threads", "1"]
        measure = [model, "--engines", "fake", "--seconds", "0.1", "--cuts", "2", "--codecs",
                   "fp32", "--image-codecs", "raw", "--out", profile]
        cls.calls = {
            "inspect": [model],
            "check": [model, "--cuts", "2", *one],
            "bench": [model, "--seconds", "0.3", *one],
            "profile": measure,
            "profile --compare": [profile, profile],
            "calibrate": [model, "--data", images, "--samples", "4", "--fit-samples", "2",
                          "--cuts", "1", "--codecs", "int8", "--image-codecs", "raw", *one],
            "plan": [model, "--edge", profile, "--cloud", profile, "--link", "lte"],
            "quantize": [model, "--data", images, "--samples", "4", *one],
        }

    def call(self, name, *more):
        return tideline(*name.split(), *self.calls[name], *more)

    def test_every_table_has_its_json_and_nothing_draws_without_a_terminal(self):
        self.assertEqual({name.split()[0] for name in self.calls}, set(commands()) - NO_TABLE)
        for name in self.calls:
            with self.subTest(command=name):
                people = self.call(name)
                self.assertEqual(people.returncode, 0, people.stderr)
                self.assertRegex(people.stdout, re.compile(r"^ *-+(  -+)+$", re.MULTILINE))
                programs = self.call(name, "--json")
                self.assertEqual(programs.returncode, 0, programs.stderr)
                document = json.loads(programs.stdout)
                rows = [value for value in document.values()
                        if isinstance(value, list) and value and isinstance(value[0], dict)]
                self.assertTrue(rows, "the table's rows are not in the document")
                for done in (people, programs):
                    self.assertNotRegex(done.stderr + done.stdout, r"[\r\x1b]")

    def test_the_last_line_for_people_is_in_the_document_too(self):
        line = json.loads(self.call("check").stdout.strip().split("\n")[-1])
        document = json.loads(self.call("check", "--json").stdout)
        self.assertLessEqual(set(line), set(document))
        self.assertEqual(len(document["comparisons"]), 1 + line["cuts"])

    def test_long_work_shows_a_bar_on_a_terminal(self):
        for name in BARS:
            with self.subTest(command=name):
                ours, theirs = pty.openpty()
                with subprocess.Popen(
                        [program("tideline"), name, *map(str, self.calls[name])], stderr=theirs,
                        stdout=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm"}) as process:
                    os.close(theirs)
                    shown = b""
                    try:
                        while chunk := os.read(ours, 4096):
                            shown += chunk
                    except OSError:  # how a terminal says that the other end has gone
                        pass
                os.close(ours)
                self.assertEqual(process.returncode, 0, shown)
                self.assertRegex(shown, rb"\[[#.]{30}\] +\d+ % ")
                self.assertTrue(shown.endswith(b"\r\x1b[K"), "the bar goes away")


if __name__ == "__main__":
    unittest.main()
