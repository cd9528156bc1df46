"""Slow edges: processes that get 1/factor of one core, in slices short enough to look slow rather
than stalled: 1 ms of every factor ms.

The kernel enforces that only at its tick (4 ms on many machines) unless the core changes hands, so
lab_metronome makes it do so every TURN_US. What remains of an error is measured and taken off the
period.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from integration.daemons import program
from integration.namespaces import abandoned, new_mark
from lab.awake import Awake
from lab.link import EDGE_CORE

QUOTA_US = 1000  # the least that the kernel takes
LONGEST_US = 1_000_000  # and its longest period
SLOWEST = 500
ADJUSTMENTS = 3
TURN_US = 250
V1, V2 = pathlib.Path("/sys/fs/cgroup/cpu"), pathlib.Path("/sys/fs/cgroup")

# A fixed amount of work; prints its time by the clock, its processor time, and for how long its
# group was held back.
JOB = """
import sys, time
def held():
    with open(sys.argv[2]) as stat:
        values = dict(line.split() for line in stat)
    return int(values.get("throttled_time", 0)) * 1e-9 + int(values.get("throttled_usec", 0)) * 1e-6
def times():
    return time.monotonic(), time.process_time(), held()
begun = times()
for _ in range(int(sys.argv[1])): pass
print(*(end - begin for begin, end in zip(begun, times())))
"""
JOB_SECONDS = 0.1

_periods = {}  # microseconds by factor, once they are adjusted


def why_not():
    """Why this process can slow nothing; None where it can."""
    if os.geteuid() != 0:
        return "CPU quotas need root"
    if _version() is None:
        return "no cgroup with CPU quotas is mounted here"
    return None


def _version():
    if (V1 / "cpu.cfs_quota_us").exists():
        return 1
    controllers = V2 / "cgroup.subtree_control"
    if controllers.exists() and "cpu" in (V2 / "cgroup.controllers").read_text().split():
        return 2
    return None


class SlowEdge:
    """What runs under the prefix `command` has the edge's core, `factor` times slower than it is,
    and there comes before other processes as far as the kernel lets it. Until `close`, which ends
    it all, no core of this machine naps."""

    def __init__(self, factor=1.0):
        if not 1 <= factor <= SLOWEST:
            raise ValueError(f"an edge is 1 to {SLOWEST} times slower, not {factor}")
        self.factor = factor
        self._metronome = None
        self._awake = Awake()
        _remove_abandoned()
        self._group = _root() / f"tl-slow-{new_mark()}"
        self.statistics = self._group / "cpu.stat"  # of the kernel
        self._group.mkdir()
        join = f'echo $$ > {self._group}/cgroup.procs && exec "$@"'
        self.command = ["taskset", "-c", str(EDGE_CORE), "sh", "-c", join, "slow"]
        try:
            self._take_precedence()
            if factor > 1:
                self._start_metronome()
                self._adjust()
        except BaseException:
            self.close()
            raise

    def _start_metronome(self):
        """It takes up to a tenth of the core, which is idle anyway for more than that."""
        self._metronome = subprocess.Popen([program("lab_metronome"), str(EDGE_CORE), str(TURN_US)])

    def _take_precedence(self):
        name, most = ("cpu.shares", "262144") if _version() == 1 else ("cpu.weight", "10000")
        (self._group / name).write_text(most)

    def _limit(self, period_us):
        if _version() == 1:
            (self._group / "cpu.cfs_period_us").write_text(str(period_us))
            (self._group / "cpu.cfs_quota_us").write_text(str(QUOTA_US))
        else:
            (self._group / "cpu.max").write_text(f"{QUOTA_US} {period_us}")

    def _adjust(self):
        """Sets the period, and corrects it by what a job finds."""
        period = _periods.get(self.factor, QUOTA_US * self.factor)
        self._limit(round(period))
        if self.factor not in _periods:
            count = _count(self)
            for _ in range(ADJUSTMENTS):
                period *= self.factor / statistics.median(self.slowness(count) for _ in range(3))
                period = min(max(period, QUOTA_US), LONGEST_US)
                self._limit(round(period))
            _periods[self.factor] = period

    def slowness(self, count):
        """How many times longer than its own processor time a job of `count` turns took, but for
        what other processes took."""
        _, busy, held = _job(self, count)
        return (busy + held) / busy

    def pids(self):
        """Of what makes it slow, not of what runs there."""
        return [self._metronome.pid] if self._metronome else []

    def close(self):
        if self._metronome:
            self._metronome.kill()
            self._metronome.wait()
        _remove(self._group)
        self._awake.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@dataclass
class Factor:
    """How much longer a fixed job takes in a SlowEdge."""

    asked: float
    reached: float  # median: what it was held back and its processor time, over that time
    wall: float  # median: by the clock, over the same in a SlowEdge of factor 1
    contention: float  # median: in that one, by the clock over processor time
    rounds: int

    def __str__(self):
        return (f"{self.asked:g} times slower was asked, {self.reached:.3f} reached; by the clock "
                f"{self.wall:.3f}, where others use the core {self.contention:.2f} "
                f"(medians of {self.rounds} rounds)")


def measure_factor(factor, rounds=11):
    """Runs the job by turns in a SlowEdge of this factor and in one of factor 1."""
    found = []
    with SlowEdge(1) as fast:
        count = _count(fast)
    for _ in range(rounds):
        with SlowEdge(1) as fast:
            fast_wall, fast_busy, _ = _job(fast, count)
        with SlowEdge(factor) as slow:
            wall, busy, held = _job(slow, count)
        found.append(((busy + held) / busy, wall / fast_wall, fast_wall / fast_busy))
    return Factor(factor, *map(statistics.median, zip(*found)), rounds)


def _count(edge):
    """How many turns make a job of about JOB_SECONDS."""
    trial = 1_000_000
    return int(trial * JOB_SECONDS / min(_job(edge, trial)[1] for _ in range(3)))


def _job(edge, count):
    command = [*edge.command, sys.executable, "-S", "-c", JOB, str(count), str(edge.statistics)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [float(value) for value in out.split()]


def _root():
    return V1 if _version() == 1 else V2


def _remove_abandoned():
    for group in _root().glob("tl-slow-*"):
        if abandoned(group.name):
            _remove(group)


def _remove(group):
    for _ in range(100):
        pids = (group / "cgroup.procs").read_text().split()
        if not pids:
            break
        for pid in pids:
            subprocess.run(["kill", "-KILL", pid], stderr=subprocess.DEVNULL)
        time.sleep(0.02)  # until the kernel has taken them away
    group.rmdir()
