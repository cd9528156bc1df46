"""Paired, alternating rounds, of which only the quiet ones count."""

import time
from dataclasses import dataclass, field

from measure.contender import Absent
from measure.stats import median


@dataclass
class Rounds:
    """What a series of rounds gave. A turn gives a list of times."""

    kept: list = field(default_factory=list)  # per quiet round {name: times}
    dropped: int = 0
    short: bool = False  # the bound came before enough rounds were quiet
    lost: dict = field(default_factory=dict)  # {name: why it could not go on}

    def ratios(self, a, b):
        """a ÷ b, by their medians, in each kept round that has both."""
        return [median(one[a]) / median(one[b]) for one in self.kept if a in one and b in one]

    def times(self, name):
        """All times of one contender."""
        return [time for one in self.kept for time in one.get(name, ())]


@dataclass(frozen=True)
class Plan:
    """When a series ends: after `wanted` quiet rounds, or after `bound` seconds."""

    wanted: int
    bound: float
    keep_noisy: bool = False


def run_rounds(turns, watch, plan, clock=time.monotonic):
    """Lets `turns` ({name: function}) take their turns, in reverse order every other round.

    A round in which `watch` is not quiet is dropped, and another one follows. Who raises Absent
    takes no further part.
    """
    rounds = Rounds()
    turns = dict(turns)
    begin = clock()
    backwards = False
    while turns and len(rounds.kept) < plan.wanted:
        if (rounds.kept or rounds.dropped) and clock() - begin > plan.bound:
            rounds.short = True
            break
        watch.restart()
        results = {}
        for name in list(reversed(turns)) if backwards else list(turns):
            try:
                results[name] = turns[name]()
            except Absent as reason:
                rounds.lost[name] = str(reason)
                del turns[name]
        if plan.keep_noisy or watch.quiet():
            rounds.kept.append(results)
        else:
            rounds.dropped += 1
        backwards = not backwards
    return rounds
