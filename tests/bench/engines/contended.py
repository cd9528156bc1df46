"""The engine on two threads while another process keeps one of its two cores busy."""

import os
import signal
import subprocess
import sys
import time

from engines import field as entrants
from measure.quiet import Watch
from measure.rounds import run_rounds
from measure.stats import median

CORES = sorted(os.sched_getaffinity(0))[:2]
TURN_MS = 300
MOVE_S = 0.05  # until the scheduler has settled


class Neighbour:
    """A process that computes for ever on the first core, or stands still."""

    def __init__(self):
        pinned = ["taskset", "-c", str(CORES[0]), sys.executable, "-c", "while True: pass"]
        self.process = subprocess.Popen(pinned)
        time.sleep(0.2)
        self.stop()

    def go(self):
        self.process.send_signal(signal.SIGCONT)
        time.sleep(MOVE_S)

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(MOVE_S)

    def end(self):
        self.process.kill()
        self.process.wait()


def _turns(contender, neighbour):
    runs = max(round(TURN_MS / median(contender.ask("whole 5")["whole_ms"])), 4)

    def quiet():
        return contender.ask(f"whole {runs}")["whole_ms"]

    def contended():
        neighbour.go()
        try:
            return quiet()
        finally:
            neighbour.stop()

    return {"quiet": quiet, "contended": contended}


def measure(setting, engine, network):
    """The rounds, with turns `quiet` and `contended`; None without the engine or a second core."""
    if len(CORES) < 2:
        return None
    prefix = ["taskset", "-c", ",".join(map(str, CORES))]
    started = entrants.start_ours(setting, engine, network, 2, prefix)
    if started is None:
        return None
    contender, _ = started
    neighbour = Neighbour()
    try:
        watch = Watch([contender.pid, neighbour.process.pid])
        plan = setting.plan(quick=(5, 6), full=(8, 30))
        return run_rounds(_turns(contender, neighbour), watch, plan)
    finally:
        neighbour.end()
        contender.close()
