"""The status page of both real daemons in a real browser (checks.mjs has the checks).

Debian's Chromium, driven by playwright-core. Pictures of the pages stay in
`build/test-results/page` (TIDELINE_PAGE_OUT). Without a browser everything here is skipped.
"""

import io
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

from PIL import Image

from integration.cameras import NetworkCamera
from integration.cases import DigitsCase
from integration.daemons import ROOT, adaptive

MODULES = ROOT / "build" / "page-tests"
OUT = pathlib.Path(os.environ.get("TIDELINE_PAGE_OUT", ROOT / "build" / "test-results" / "page"))
BROWSER = shutil.which("chromium")
NODE = shutil.which("node")
PATIENCE = 300  # seconds; ends a check that hangs
TOKEN = "a-token-for-tests-only"
CUT = "features.3"

# What a browser says of a daemon that is away, or that wants a token.
AWAY = "ERR_|Failed to load resource|Failed to fetch"


def missing():
    """Why there is no browser here; "" where there is one."""
    if BROWSER is None or NODE is None:
        return "no Chromium or no Node.js here: deploy/setup.sh --tests installs them"
    if not (MODULES / "node_modules" / "playwright-core").is_dir():
        return "no playwright-core here: deploy/setup.sh --tests installs it"
    return ""


class Check:
    """One run of browse.mjs."""

    def __init__(self, which, url, **options):
        OUT.mkdir(parents=True, exist_ok=True)
        given = {"url": url, "out": str(OUT), "browser": BROWSER, **options}
        self.process = subprocess.Popen(
            [NODE, str(pathlib.Path(__file__).with_name("browse.mjs")), str(MODULES), which,
             json.dumps(given)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wants(self):
        """The words that the check asks for one by one; `done` says that it was done."""
        for line in self.process.stdout:
            if line.startswith("want "):
                yield line.split()[1]
                self.process.stdin.write("done\n")
                self.process.stdin.flush()

    def complaints(self):
        """What was wrong, once it has ended."""
        try:
            _, errors = self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            _, errors = self.process.communicate()
            return f"it did not end\n{errors}"
        return errors if self.process.returncode != 0 else ""


@unittest.skipIf(missing(), missing())
class PageTest(DigitsCase):
    def start(self, partition=None, with_cloud=True, **edge):
        """Both daemons, or the edge alone; their pages' addresses."""
        self.site = self.new_site("digits", **(partition or {"cut": CUT, "codec": "int8"}))
        if with_cloud:
            self.cloud = self.site.start_cloud(http={"port": 0})
            self.cloud_url = self.cloud.wait_for("http")["address"]
        self.edge_options = {"source": {"loop": True, "rate": "5/s"}, "http": {"port": 0}, **edge}
        self.start_edge()

    def start_edge(self):
        self.edge = self.site.start_edge(self.images, **self.edge_options)
        self.url = self.edge.wait_for("http")["address"]

    def check(self, which, url=None, **options):
        check = Check(which, url or self.url, **options)
        for want in check.wants():
            getattr(self, want)()
        self.assertEqual(check.complaints(), "")


class Shown(PageTest):
    def test_an_edge_shows_figures_that_change(self):
        self.start()
        self.check("showsAnEdge")

    def test_a_cloud_shows_figures_that_change(self):
        self.start()
        self.check("showsACloud", self.cloud_url)

    def test_what_is_not_there_is_said_in_words(self):
        self.start({"cut": "edge"}, with_cloud=False, source={"kind": "none"})
        self.check("saysWhatIsNotThere")

    def test_pictures_are_not_shown_where_the_daemon_keeps_none(self):
        self.start(http={"port": 0, "images": False})
        self.check("hidesPictures")

    def test_a_cameras_frames_are_shown_and_those_dropped_are_counted(self):
        files = []
        for path in sorted(self.images.glob("*.png"))[:20]:
            with Image.open(path) as image, io.BytesIO() as file:
                image.convert("RGB").save(file, "JPEG")
                files.append(file.getvalue())
        camera = NetworkCamera(0, files)
        self.addCleanup(camera.close)
        self.start({"cut": "edge", "engine": {"edge": "fake:2ms"}}, with_cloud=False,
                   source={"kind": "camera", "path": "", "camera": camera.url})
        self.check("showsACamera")

    def test_an_edge_is_accessible_at_two_sizes_in_light_and_dark(self):
        self.start()
        self.check("isAccessible", picture="edge")

    def test_a_cloud_is_accessible_at_two_sizes_in_light_and_dark(self):
        self.start()
        self.check("isAccessible", self.cloud_url, picture="cloud")

    def test_nothing_moves_while_figures_change(self):
        self.start()
        self.check("staysInPlace")

    def test_stages_are_told_apart_with_any_colour_vision(self):
        self.start()
        self.check("coloursAreToldApart")

    def test_figures_are_written_as_people_read_them(self):
        self.start()
        self.check("writesFigures")


class Lasting(PageTest):
    def pause(self):
        self.edge.signal(signal.SIGSTOP)

    def resume(self):
        self.edge.signal(signal.SIGCONT)

    def kill(self):
        self.edge.kill()

    def restart(self):
        self.edge_options["http"] = {"port": int(self.url.rpartition(":")[2])}
        self.start_edge()

    def test_it_survives_a_restart_of_the_daemon(self):
        self.start()
        self.check("survivesARestart", expected=AWAY)

    def test_it_forgets_what_is_old(self):
        self.start()
        self.check("forgetsWhatIsOld")


class Controlled(PageTest):
    def test_a_cut_is_pinned_by_keyboard_alone(self):
        self.start()
        self.check("worksByKeyboard")

    def test_targets_and_draining_reach_the_daemon(self):
        self.start()
        self.check("controlsTheDaemon")

    def test_the_slider_limits_the_uplink(self):
        self.start(cloud={"shape": "adjustable"})
        self.check("shapesTheLink")

    def test_without_the_token_it_shows_nothing(self):
        token = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()), "token")
        token.touch(mode=0o600)
        token.write_text(TOKEN + "\n")
        self.start(http={"port": 0, "token_file": str(token)})
        self.check("asksForTheToken", token=TOKEN, expected="401")


class Adapting(PageTest):
    """An edge that chooses by itself: a slow one, on any machine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.partition = adaptive("digits", "fake:1ms", folder)

    def test_the_link_is_shown_with_its_uncertainty(self):
        self.start(self.partition)
        self.check("showsTheLink")

    def test_adaptation_is_paused_and_goes_on(self):
        self.start(self.partition)
        self.check("pausesAdaptation")


if __name__ == "__main__":
    unittest.main()
