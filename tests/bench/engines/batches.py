"""Images per second at growing batches."""

from engines import field as entrants
from engines.setting import BATCHES
from measure.quiet import Watch
from measure.rounds import run_rounds
from measure.stats import median

TURN_MS = 150


def images_per_second(rounds):
    """Per round {batch: images per second}."""
    return [{batch: 1e3 * batch / median(times) for batch, times in one.items()}
            for one in rounds.kept if len(one) == len(BATCHES)]


def _turn(contender, batch, run_ms):
    runs = max(round(TURN_MS / (run_ms * batch)), 2)
    return lambda: contender.ask(f"batch {batch} {runs + 1}")["whole_ms"][1:]


def measure(setting, engine, network, threads):
    """The rounds, a turn per batch; None where the engine is not there."""
    started = entrants.start_ours(setting, engine, network, threads)
    if started is None:
        return None
    contender, _ = started
    try:
        run_ms = median(contender.ask("whole 5")["whole_ms"])
        turns = {batch: _turn(contender, batch, run_ms) for batch in BATCHES}
        plan = setting.plan(quick=(4, 10), full=(10, 60))
        return run_rounds(turns, Watch([contender.pid]), plan)
    finally:
        contender.close()
