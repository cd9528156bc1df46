"""Tells whether other processes disturbed a measurement."""

import os
import time
from pathlib import Path

LIMIT = 0.05  # of one core
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_IDLE, _IO_WAIT, _GUEST = 3, 4, 8  # columns of /proc/stat; guest time is in user time already


def parse_busy(stat):
    """Seconds that all cores together were busy, from the text of /proc/stat.

    Time stolen by other virtual machines counts: it disturbs like a process does.
    """
    columns = [int(column) for column in stat.splitlines()[0].split()[1:]]
    busy = sum(columns[:_GUEST]) - columns[_IDLE] - columns[_IO_WAIT]
    return busy * _TICK


def cpu_seconds(pid):
    """What the threads of a process have run so far; 0 for one that has ended."""
    nanoseconds = 0
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            nanoseconds += int(path.read_text().split()[0])
        except OSError:  # the thread has ended
            continue
    return nanoseconds * 1e-9


class Watch:
    """Measures how much of a core processes other than `pids` and this one use."""

    def __init__(self, pids=()):
        self.pids = [os.getpid(), *pids]
        self.restart()

    def _read(self):
        own = sum(cpu_seconds(pid) for pid in self.pids)
        return time.monotonic(), parse_busy(Path("/proc/stat").read_text()), own

    def restart(self):
        self.begin = self._read()

    def others(self):
        """Cores used by others since the last restart: 0.5 is half of one core."""
        wall, busy, own = (now - then for now, then in zip(self._read(), self.begin))
        return max(busy - own, 0) / max(wall, _TICK)

    def quiet(self):
        return self.others() <= LIMIT
