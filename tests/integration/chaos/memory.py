"""What a process takes while it lives: resident memory and file descriptors."""

import os
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

EVERY = 0.25  # seconds between two looks
LEAST = 12  # looks that say something

# Of the looks at one process: its early ones, without its start; and its late ones.
EARLY, LATE = (0.25, 0.45), (0.8, 1.0)

MORE_SHARE, MORE_BYTES = 0.02, 8 << 20
MORE_DESCRIPTORS = 6


@dataclass
class Life:
    """One process and the looks at it: (seconds, resident bytes, descriptors)."""

    name: str
    pid: int
    looks: list = field(default_factory=list)

    def look(self, now):
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
            descriptors = len(os.listdir(f"/proc/{self.pid}/fd"))
        except (OSError, IndexError):
            return  # it has ended
        if pages:
            self.looks.append((now, pages * os.sysconf("SC_PAGE_SIZE"), descriptors))

    def median(self, part, column):
        first, last = (round(share * len(self.looks)) for share in part)
        return statistics.median(look[column] for look in self.looks[first:last])

    def summary(self):
        early, late = self.median(EARLY, 1), self.median(LATE, 1)
        return {"process": self.name, "seconds": round(self.looks[-1][0] - self.looks[0][0], 1),
                "early_mb": round(early / 1e6, 2), "late_mb": round(late / 1e6, 2),
                "early_descriptors": self.median(EARLY, 2), "last_descriptors": self.looks[-1][2]}


def complaints(life):
    """What is wrong with the memory of a process, as text."""
    if len(life.looks) < LEAST:
        return [f"{life.name}: {len(life.looks)} looks at its memory are too few to say anything"]
    found = []
    early, late = life.median(EARLY, 1), life.median(LATE, 1)
    if late > early * (1 + MORE_SHARE) + MORE_BYTES:
        found.append(f"{life.name}: its memory grew from {early / 1e6:.1f} to {late / 1e6:.1f} MB")
    before, after = life.median(EARLY, 2), life.looks[-1][2]
    if after > before + MORE_DESCRIPTORS:
        found.append(f"{life.name}: it had {before:g} file descriptors and has {after}")
    return found


class Watch:
    """Looks at processes; the newest of a name is the one that lives."""

    def __init__(self):
        self.lives = []
        self._next = 0.0

    def add(self, name, pid):
        self.lives.append(Life(name, pid))

    def look(self):
        now = time.monotonic()
        if now >= self._next:
            self._next = now + EVERY
            for life in self.newest().values():
                life.look(now)

    def newest(self):
        return {life.name: life for life in self.lives}
