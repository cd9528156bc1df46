"""What the exporter's tests share: running the command in this process, and tiny networks."""

from __future__ import annotations

import io
import tempfile
import textwrap
import unittest
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from tideline_export import cli

ROOT = Path(__file__).resolve().parents[3]
ZOO = ROOT / "tests" / "zoo" / "networks.py"


@dataclass(frozen=True)
class Outcome:
    """What a run of the command left behind."""

    status: int
    stdout: str
    stderr: str


def run(*arguments: object) -> Outcome:
    """Runs `tideline-export` with these arguments in this process."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with redirect_stdout(stdout), redirect_stderr(stderr):
        try:
            status = cli.main([str(argument) for argument in arguments])
        except SystemExit as exit_:  # argparse's way out
            status = int(exit_.code or 0)
    return Outcome(status, stdout.getvalue(), stderr.getvalue())


class ExportTestCase(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        """Makes the folder."""
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def factory(self, body: str) -> str:
        """A source whose factory `build` has this body; torch and nn are imported."""
        path = self.folder / "net.py"
        indented = textwrap.indent(textwrap.dedent(body), "    ")
        path.write_text(f"import torch\nfrom torch import nn\n\n\ndef build():\n{indented}")
        return f"{path}:build"

    def assert_refused(self, outcome: Outcome, status: int, *parts: str) -> None:
        """The command ended with this status and one last line that holds these parts."""
        self.assertEqual(outcome.status, status, outcome.stderr)
        last_line = outcome.stderr.strip().splitlines()[-1]
        self.assertTrue(last_line.startswith("tideline-export: "), outcome.stderr)
        for part in parts:
            self.assertIn(part, last_line)
        self.assertNotIn("Traceback", outcome.stderr)
