"""The demo's page part: the cut moves with the slider, and Ctrl-C leaves nothing behind."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from daemons import BUILD, MODELS, PATIENCE, ROOT
from http_client import ask, wait_until

PYTHON = ROOT / ".venv/bin/python"
SLOW = 1e5  # bits per second: too slow for any tensor or image at its deadline


def is_group(number):
    """Whether a process of that group is there."""
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


class Show(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.data = pathlib.Path(folder.name)
        shutil.copytree(MODELS / "photos", cls.data / "models/photos")  # calibration goes there
        subprocess.run([PYTHON, "-m", "tideline_export.photo_crops", "--part", "calibration",
                        "--out", cls.data / "images"], check=True, stdout=subprocess.DEVNULL)

    def start(self):
        """What it printed up to its last line; the address of the edge."""
        show = self.show = subprocess.Popen(
            [PYTHON, ROOT / "deploy/show.py", "--build", BUILD, "--data", self.data],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.addCleanup(self.end, show)
        lines = []
        for line in show.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        found = re.search(r"The edge is at  (http://\S+)/\n", "".join(lines))
        self.assertTrue(found, lines)
        return found.group(1)

    def end(self, show):
        if is_group(show.pid):
            os.killpg(show.pid, signal.SIGKILL)
        show.wait()
        show.stdout.close()

    def shape(self, address, rate):
        answer = ask(address, "/api/v1/control/shape", "POST", json.dumps({"uplink_bps": rate}))
        self.assertEqual(answer.status, 200, answer.body)

    def wait_for_cut(self, address, matches):
        wait_until(address, "/api/v1/status", lambda answer: matches(answer.json["cut"]["now"]))

    def test_the_cut_moves_with_the_uplink_until_ctrl_c(self):
        address = self.start()
        self.wait_for_cut(address, lambda cut: cut not in (None, "edge"))
        self.shape(address, SLOW)
        self.wait_for_cut(address, lambda cut: cut == "edge")
        self.shape(address, None)
        self.wait_for_cut(address, lambda cut: cut != "edge")
        os.killpg(self.show.pid, signal.SIGINT)  # as a terminal does
        self.assertEqual(self.show.wait(PATIENCE), 0, self.show.stdout.read())
        self.assertFalse(is_group(self.show.pid))
        # Again, with what is measured already, until somebody ends it by its number alone.
        self.start()
        self.show.terminate()
        self.assertEqual(self.show.wait(PATIENCE), 0, self.show.stdout.read())
        self.assertFalse(is_group(self.show.pid))


if __name__ == "__main__":
    unittest.main()
