"""Head and tail over the whole, for every single-value cut, and what a new cut costs."""

from dataclasses import dataclass, field

from engines import field as entrants
from measure.contender import Absent
from measure.quiet import Watch
from measure.rounds import run_rounds
from measure.stats import median
from measure.text import note

QUICK_ASK_MS = 250  # long enough for the kernel's clock ticks to show a neighbour
FULL_ASK_MS = 400


@dataclass
class Cuts:
    """Per cut, one value per sweep: every sweep is a new process, to which each cut is new."""

    network: str
    engine: str
    threads: int
    ratios: dict = field(default_factory=dict)  # {cut: [(head + tail) / whole]}
    change_ms: dict = field(default_factory=dict)  # {cut: [what its first run cost on top]}
    growth_mb: list = field(default_factory=list)  # resident memory that all cuts added
    kept: int = 0
    dropped: int = 0


def split_vs_whole(answer):
    """The median of the ratios of neighbouring runs, without the first one."""
    runs = list(zip(answer["whole_ms"], answer["head_ms"], answer["tail_ms"]))
    return median([(head + tail) / whole for whole, head, tail in runs[1:]])


def change_ms(answer):
    """How much longer the first run of a new cut took than it usually takes.

    Each run is held against the run of the whole right before it, so that a slow machine does not
    count.
    """
    runs = zip(answer["whole_ms"], answer["head_ms"], answer["tail_ms"])
    beyond_whole = [head + tail - whole for whole, head, tail in runs]
    return beyond_whole[0] - median(beyond_whole[1:])


def _sweep(contender, facts, cuts, ask_ms, plan):
    watch = Watch([contender.pid])
    run_ms = median(contender.ask("whole 5")["whole_ms"])
    runs = max(round(ask_ms / (2 * run_ms)), 4)
    resident = contender.ask("whole 1")["rss_mb"]
    for cut in facts["cuts"]:
        rounds = run_rounds({"cut": lambda: contender.ask(f"cut {cut} {runs}")}, watch, plan)
        if rounds.lost:
            raise Absent(rounds.lost["cut"])
        cuts.kept += len(rounds.kept)
        cuts.dropped += rounds.dropped
        for one in rounds.kept:
            cuts.ratios.setdefault(cut, []).append(split_vs_whole(one["cut"]))
            if not rounds.dropped:  # it was new
                cuts.change_ms.setdefault(cut, []).append(change_ms(one["cut"]))
    cuts.growth_mb.append(contender.ask("whole 1")["rss_mb"] - resident)


def measure(setting, engine, network, threads):
    """None where the engine is not there."""
    cuts = Cuts(network, engine, threads)
    ask_ms = QUICK_ASK_MS if setting.quick else FULL_ASK_MS
    plan = setting.plan(quick=(1, 0), full=(1, 3))
    for _ in range(2):
        started = entrants.start_ours(setting, engine, network, threads)
        if started is None:
            return None
        contender, facts = started
        try:
            _sweep(contender, facts, cuts, ask_ms, plan)
        except Absent as reason:
            note(f"{engine} on {network}: {reason}")
        finally:
            contender.close()
    return cuts
