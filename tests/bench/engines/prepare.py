"""Installs, converts and compiles what the rivals need, once; what is there already is kept."""

import os
import subprocess
import sys
import time

from engines import field as entrants
from engines.setting import MADE, OUT, ROOT
from measure.packages import install
from measure.text import Progress, note

SHARED = ("openvino_python", "onnx_runtime")  # one file for every number of threads
PER_THREADS = ("aoti",)


def export(setting):
    """The networks of the tests, where one of ours is not there."""
    if all(setting.model(name) for name in setting.networks):
        return
    subprocess.run([sys.executable, ROOT / "tests" / "zoo" / "export_all.py", "--out",
                    setting.models], stdout=sys.stderr, check=False)


def quantize(setting, name):
    """Makes the 8-bit network; returns an error's text, or nothing.

    The photographs calibrate it; only its speed is measured, as the weights are random.
    """
    if setting.model(f"{name}-int8"):
        return ""
    photographs = OUT.parent / "photographs"
    commands = [] if photographs.exists() else [
        [sys.executable, "-m", "tideline_export.photographs", "--out", photographs]]
    commands.append([setting.program("tideline"), "quantize", setting.model(name), "--data",
                     photographs, "--out", MADE, "--name", f"{name}-int8"])
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return done.stderr.strip() or f"status {done.returncode}"
    return ""


def _one(rival, model, threads):
    """Prepares one rival in a process of its own; returns an error's text, or nothing."""
    environment = {**os.environ, **entrants.rival_environment(),
                   **entrants.thread_environment(threads)}
    command = entrants.rival_command(rival, model, threads, "f32", "--prepare")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    words = (done.stderr or done.stdout).strip().splitlines()
    return (words[-1] if words else f"status {done.returncode}") if done.returncode else ""


def prepare(setting):
    """Returns how many could not be prepared."""
    begin = time.monotonic()
    OUT.mkdir(parents=True, exist_ok=True)
    export(setting)
    install()
    networks = [name for name in setting.networks if setting.model(name)]
    jobs = [(f"8 bits {name}", quantize, setting, name) for name in networks]
    jobs += [(f"{rival} {name} t{threads}", _one, rival, setting.model(name), threads)
             for name in networks
             for rivals, all_threads in ((SHARED, setting.threads[:1]), (PER_THREADS, setting.threads))
             for rival in rivals for threads in all_threads]
    progress = Progress(len(jobs))
    failed = 0
    for title, job, *arguments in jobs:
        progress.step(title)
        if error := job(*arguments):
            failed += 1
            note(f"{title}: cannot be prepared: {error}")
    progress.close()
    note(f"prepared {len(jobs) - failed} of {len(jobs)} in {time.monotonic() - begin:.0f} s")
    return failed
