"""Requests while a new cut is made ready in the background."""

from engines import field as entrants
from measure.contender import Absent
from measure.quiet import Watch
from measure.rounds import run_rounds
from measure.stats import median

QUIET_RUNS = 15


def measure(setting, engine, network, threads):
    """Rounds of one cut each, their times over the median of the quiet runs before; None without
    the engine or where every cut is ready from the start."""
    started = entrants.start_ours(setting, engine, network, threads)
    if started is None:
        return None
    contender, facts = started
    try:
        if not facts.get("ready"):
            return None
        cuts = [cut for cut in facts["cuts"] if cut not in facts["ready"]]
        plan = setting.plan(quick=(3, 5), full=(8, 20))
        chosen = iter(cuts[::max(len(cuts) // (2 * plan.wanted), 1)])
        return run_rounds({"preparing": lambda: _prepare_next(contender, chosen)},
                          Watch([contender.pid]), plan)
    finally:
        contender.close()


def _prepare_next(contender, cuts):
    cut = next(cuts, None)
    if cut is None:
        raise Absent("no more cuts")
    quiet_ms = median(contender.ask(f"whole {QUIET_RUNS}")["whole_ms"])
    return [ms / quiet_ms for ms in contender.ask(f"prepare {cut}")["whole_ms"]]


def worst(all_rounds):
    """The slowest request of all, over its quiet median; None where there is none."""
    return max((ratio for rounds in all_rounds for ratio in rounds.times("preparing")), default=None)
