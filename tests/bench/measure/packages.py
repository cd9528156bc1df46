"""The rivals' Python packages, in a folder that only they see."""

import shutil
import subprocess
import sys
from pathlib import Path

from measure.text import note

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = ROOT / "tests" / "bench" / "requirements.txt"
SITE_PACKAGES = ROOT / "build" / "bench" / "site-packages"


def install():
    """Installs them where the list has changed. Returns whether they are there."""
    stamp = SITE_PACKAGES / "requirements.txt"
    if stamp.exists() and stamp.read_text() == REQUIREMENTS.read_text():
        return True
    shutil.rmtree(SITE_PACKAGES, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target",
         SITE_PACKAGES, "-r", REQUIREMENTS], stdout=sys.stderr, check=False)
    if done.returncode != 0:
        note("the rivals' packages cannot be installed: those that need them will be absent")
        return False
    shutil.copy(REQUIREMENTS, stamp)
    return True
