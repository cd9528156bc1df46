"""Until when an edge is still making itself ready."""

import time
from pathlib import Path

THREADS = "compile"  # of the edge: they compile in the background what is asked for often
IDLE_SECONDS = 1  # without work: it will come to rest


def compiler_seconds(pid):
    """What the edge's compiling threads have run so far; 0 where its engine has none."""
    nanoseconds = 0
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            if (task / "comm").read_text().strip() == THREADS:
                nanoseconds += int((task / "schedstat").read_text().split()[0])
        except OSError:  # the thread has ended
            continue
    return nanoseconds * 1e-9


class Settling:
    """Tells when the edge of process `pid` has answered `requests` and compiles nothing more."""

    def __init__(self, pid, requests, compiled=compiler_seconds, clock=time.monotonic):
        self._pid, self._requests, self._compiled, self._clock = pid, requests, compiled, clock
        self._last, self._since = compiled(pid), clock()

    def is_over(self, answered):
        now, last = self._clock(), self._compiled(self._pid)
        if last != self._last or answered < self._requests:
            self._last, self._since = last, now
        return now - self._since >= IDLE_SECONDS
