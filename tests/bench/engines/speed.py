"""Every contender on one network, paired: how long a run takes."""

from dataclasses import dataclass, field

from engines import field as entrants
from measure.contender import Absent
from measure.quiet import Watch
from measure.rounds import Rounds, run_rounds
from measure.stats import median

TURN_MS = 120  # how long a turn takes, about
MOST_RUNS = 40
CALIBRATION_RUNS = 5


@dataclass
class Speed:
    network: str
    threads: int
    rounds: Rounds = field(default_factory=Rounds)
    facts: dict = field(default_factory=dict)  # {contender: what it said of itself}
    absent: dict = field(default_factory=dict)  # {contender: why}


def runs_per_turn(run_ms):
    return min(max(round(TURN_MS / run_ms), 1), MOST_RUNS)


def whole_turn(contender):
    """A function that takes a turn of about TURN_MS; the first run only warms the caches."""
    first = contender.ask(f"whole {CALIBRATION_RUNS}")["whole_ms"]
    runs = runs_per_turn(median(first))
    return lambda: contender.ask(f"whole {runs + 1}")["whole_ms"][1:]


def measure(setting, network, threads):
    """Starts all contenders one after the other, lets them take turns, and ends them."""
    speed = Speed(network, threads)
    contenders = {}
    turns = {}
    setting.model(network).joinpath("model.pt2").read_bytes()  # nobody pays for the disk
    try:
        for name in entrants.NAMES:
            try:
                contenders[name] = entrants.start(setting, name, network, threads)
                speed.facts[name] = contenders[name].wait_ready()
                turns[name] = whole_turn(contenders[name])
            except Absent as reason:
                speed.absent[name] = str(reason)
        watch = Watch([contender.pid for contender in contenders.values()])
        plan = setting.plan(quick=(12, 16), full=(12, 60))
        speed.rounds = run_rounds(turns, watch, plan)
        speed.absent.update(speed.rounds.lost)
    finally:
        for contender in contenders.values():
            contender.close()
    return speed
