"""What goes wrong: one small class for each kind, all of them in KINDS.

An event draws its own parameters from the `random` it is made with, so that a seed says all. It
takes hold of `holds` between `begin` and `end`: no two events that hold the same overlap.
"""

import signal
import subprocess
import sys
from pathlib import Path

from integration.chaos import clock, disk, source

HERE = Path(__file__).parent


class Event:
    name = ""
    holds = ""
    ends = ""  # the daemon that does not live through it: "cloud" or "file edge"

    def __init__(self, random):
        pass

    @staticmethod
    def why_not(stage):
        """Why this can't happen here; None where it can."""
        return None

    def describe(self):
        return self.name

    def begin(self, stage):
        raise NotImplementedError

    def end(self, stage):
        """Where the class has none, the event is over at once."""

    @classmethod
    def lasts(cls):
        return cls.end is not Event.end


class LinkDown(Event):
    name, holds = "link down", "link"

    def begin(self, stage):
        stage.link.unplug()

    def end(self, stage):
        stage.link.plug()


class BlackHole(Event):
    """Packets vanish; neither side is told."""

    name, holds = "black hole", "link"

    def __init__(self, random):
        self.ways = random.choice([("up",), ("down",), ("up", "down")])

    def describe(self):
        return f"{self.name} {' and '.join(self.ways)}"

    def begin(self, stage):
        stage.link.set(**{way: {"blocked": True} for way in self.ways})

    def end(self, stage):
        stage.link.set(**{way: {"blocked": False} for way in self.ways})


class LossBurst(Event):
    name, holds = "loss", "link"

    def __init__(self, random):
        self.percent = random.choice([2, 5, 10, 20, 40])

    @staticmethod
    def why_not(stage):
        return "a stream loses nothing" if stage.link.kind == "user space" else None

    def describe(self):
        return f"{self.name} of {self.percent} %"

    def begin(self, stage):
        stage.link.set(loss=f"{self.percent}%", reorder="1%")

    def end(self, stage):
        stage.link.set(loss="0%", reorder="0%")


class ThinLink(Event):
    name, holds = "thin link", "link"

    def __init__(self, random):
        self.kbps = random.choice([130, 500, 1100])

    def describe(self):
        return f"{self.name} of {self.kbps} kbit/s"

    def begin(self, stage):
        stage.link.set(rate=f"{self.kbps}kbps")

    def end(self, stage):
        stage.link.set(rate=stage.RATE)


class CloudKilled(Event):
    name, holds, ends = "cloud killed", "cloud", "cloud"

    def begin(self, stage):
        stage.kill_cloud()

    def end(self, stage):
        stage.start_cloud()


class CloudStopped(Event):
    """It keeps its connections and says nothing."""

    name, holds = "cloud stopped", "cloud"

    def begin(self, stage):
        stage.cloud.signal(signal.SIGSTOP)

    def end(self, stage):
        stage.cloud.signal(signal.SIGCONT)


class CloudRestarted(Event):
    name, holds, ends = "cloud restarted in order", "cloud", "cloud"

    def begin(self, stage):
        stage.stop(stage.cloud)
        stage.start_cloud()


class WrongVersion(Event):
    """Another program listens where the cloud did, with its keys: a version that nobody knows."""

    name, holds, ends = "worker of another version", "cloud", "cloud"

    def __init__(self, random):
        self.answer = random.choice(["refusal", "welcome"])

    def describe(self):
        return f"{self.name}, which answers with a {self.answer}"

    def begin(self, stage):
        stage.kill_cloud()
        command = [*stage.link.cloud, sys.executable, str(HERE / "wrong_version.py"),
                   stage.cloud_address, str(stage.cloud_site.path), self.answer]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        stage.others.append(self._process)
        if self._process.stdout.readline() != "listens\n":
            raise OSError("the worker of another version does not listen")

    def end(self, stage):
        self._process.kill()
        self._process.communicate()
        stage.start_cloud()


class EdgeStopped(Event):
    name = "edge stopped"

    def __init__(self, random):
        self.holds = random.choice(["pipe edge", "file edge"])

    def describe(self):
        return f"{self.holds} stopped"

    def begin(self, stage):
        stage.edges[self.holds].daemon.signal(signal.SIGSTOP)

    def end(self, stage):
        stage.edges[self.holds].daemon.signal(signal.SIGCONT)


class SlowReader(Event):
    """Who reads the edge's output does not, and the pipe between is soon full."""

    name, holds = "slow reader", "pipe edge"

    def begin(self, stage):
        stage.edges["pipe edge"].records.pause()

    def end(self, stage):
        stage.edges["pipe edge"].records.go_on()


class EdgeKilled(Event):
    name, holds, ends = "edge killed", "file edge", "file edge"

    @staticmethod
    def why_not(stage):
        return None if source.has_journal() else "tideline-edge has no source.journal"

    def begin(self, stage):
        stage.edges["file edge"].kill()

    def end(self, stage):
        stage.edges["file edge"].start()


class DiskFull(Event):
    name, holds = "disk full", "file edge"

    @staticmethod
    def why_not(stage):
        return stage.disk.why_not

    def begin(self, stage):
        stage.disk.fill()

    def end(self, stage):
        stage.disk.empty()


class ClockJump(Event):
    """The time of day of one daemon jumps, and back again."""

    name, holds = "clock jump", "clock"

    def __init__(self, random):
        self.who = random.choice(["pipe edge", "file edge", "cloud"])
        self.seconds = random.choice([-1, 1]) * random.choice([2, 60, 3600, 86400])

    @staticmethod
    def why_not(stage):
        return clock.why_not()

    def describe(self):
        return f"clock of the {self.who} jumps by {self.seconds:+} s"

    def begin(self, stage):
        stage.clocks[self.who].jump(self.seconds)

    def end(self, stage):
        stage.clocks[self.who].jump(0)


class PartitionChanged(Event):
    name, holds = "another partition", "partition"

    def __init__(self, random):
        self.who = random.choice(["pipe edge", "file edge"])
        self.which = random.randrange(len(source.PARTITIONS))

    def describe(self):
        return f"{self.who}: {source.text(source.PARTITIONS[self.which])}"

    def begin(self, stage):
        stage.edges[self.who].set_partition(source.PARTITIONS[self.which])


# Every kind of event there is.
KINDS = (LinkDown, BlackHole, LossBurst, ThinLink, CloudKilled, CloudStopped, CloudRestarted,
         WrongVersion, EdgeStopped, SlowReader, EdgeKilled, DiskFull, ClockJump, PartitionChanged)
