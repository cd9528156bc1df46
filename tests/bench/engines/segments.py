"""Consecutive compiled segments over one whole compile, for engines that keep frontiers ready."""

import time

from engines import field as entrants
from measure.quiet import Watch
from measure.rounds import run_rounds
from measure.stats import median

TURN_MS = 400
COMPILE_S = 2  # in which the engine compiles in the background what was used often


def measure(setting, engine, network, threads):
    """The rounds' ratios; None without the engine or where it keeps nothing ready."""
    started = entrants.start_ours(setting, engine, network, threads)
    if started is None:
        return None
    contender, facts = started
    try:
        if not facts.get("ready"):
            return None
        contender.ask("whole 40")
        time.sleep(COMPILE_S)
        run_ms = median(contender.ask("whole 5")["whole_ms"])
        runs = max(round(TURN_MS / (2 * run_ms)), 3)
        plan = setting.plan(quick=(4, 4), full=(8, 30))
        turns = {"ready": lambda: _ratios(contender.ask(f"ready {runs + 1}"))}
        return run_rounds(turns, Watch([contender.pid]), plan)
    finally:
        contender.close()


def _ratios(answer):
    return [parts / whole for parts, whole in zip(answer["parts_ms"], answer["whole_ms"])][1:]
