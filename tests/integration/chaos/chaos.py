"""Two edges and a cloud at work while a seeded row of events goes wrong; what came of it."""

import dataclasses
import json
import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from integration.chaos import memory, plan, reference, source
from integration.chaos.events import KINDS
from integration.chaos.stage import Stage
from integration.chaos.verdict import Verdict, judge
from integration.daemons import PATIENCE, ROOT
from lab.scenario import Growing

ARTEFACTS = ROOT / "build/chaos"
BACK = 5  # answers of the cloud, one after the other, show that an edge is back
BY_CLOUD = ("split", "cloud")


@dataclass(frozen=True)
class Size:
    requests: int
    events: int
    rate: float  # requests of both edges, a second

    @property
    def seconds(self):
        return self.requests / self.rate


SHORT = Size(requests=1000, events=10, rate=36)
LONG = Size(requests=20_000, events=100, rate=50)


@dataclass
class Result:
    seed: int
    link: str  # its kind
    impossible: dict  # kinds of events that can't happen here, and why
    happened: list = field(default_factory=list)  # (seconds, begins | ends, text)
    verdict: Verdict = field(default_factory=Verdict)
    lives: list = field(default_factory=list)
    seconds: float = 0.0

    @property
    def complaints(self):
        return self.verdict.complaints

    def figures(self):
        """One JSON line's worth, with the keys that tests/bench/run adaptation shows."""
        verdict = self.verdict
        return {"chaos_requests": verdict.requests, "chaos_lost": verdict.lost,
                "chaos_doubled": verdict.doubled, "chaos_wrong": verdict.wrong,
                "events": sum(what == "begins" for _, what, _ in self.happened),
                "seed": self.seed, "repeated_after_crashes": verdict.repeated,
                "unwritten_disk_full": verdict.unwritten, "link": self.link,
                "deadlines_met": verdict.deadlines_met(),
                **{f"path_{path}": count for path, count in sorted(verdict.paths.items())},
                "seconds": round(self.seconds, 1), "complaints": self.complaints}


def new_seed():
    return random.SystemRandom().randrange(1 << 32)


def run(size, seed, say=print, keep=False):
    """Needs the programs and the model `digits` built. What happened is written into a folder of
    build/chaos where anything is wrong, where this raises, and where it is to `keep` it."""
    say(f"chaos: seed {seed}, {size.requests} requests, {size.events} events")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        images = source.images(folder)
        references = reference.compute(images)
        stage = Stage(images, folder, size.rate / 2, seed)
        try:
            current = Run(stage, size, seed, say)
            try:
                current.to_the_end(references)
            except BaseException as error:
                current.result.complaints.append(f"{type(error).__name__}: {error}")
                raise
            finally:
                if current.result.complaints or keep:
                    current.keep()
        finally:
            stage.close()
    return current.result


class Run:
    def __init__(self, stage, size, seed, say):
        self._stage, self._size, self._say = stage, size, say
        reasons = {kind: kind.why_not(stage) for kind in KINDS}
        possible = [kind for kind in KINDS if reasons[kind] is None]
        self.result = Result(seed, stage.link.kind, {
            kind.name: why for kind, why in reasons.items() if why is not None})
        say(f"  link: {stage.link.kind}")
        for name, why in self.result.impossible.items():
            say(f"  no event '{name}': {why}")
        self._steps = plan.draw(seed, size.events, size.seconds, possible)
        self._begun = time.monotonic()

    def to_the_end(self, references):
        stage = self._stage
        self._wait(lambda: all(edge.records.poll()[0] for edge in stage.edges.values()))
        self._begun = time.monotonic()
        for step in self._steps:
            self._wait(lambda: time.monotonic() - self._begun >= step.at)
            self._do(step)
        self._wait(lambda: stage.count() >= self._size.requests <= stage.distinct())
        for edge in stage.edges.values():
            edge.set_partition(source.PATIENT)  # the cloud answers, however busy the machine is
        after = {name: len(edge.records.poll()[0]) for name, edge in stage.edges.items()}
        self._wait(lambda: all(self._is_back(edge, after[name])
                               for name, edge in stage.edges.items()))
        self._wait(self._is_tidy, fails=False)
        self._judge_memory()
        stage.finish()
        self.result.seconds = time.monotonic() - self._begun
        self._judge(references)

    def _do(self, step):
        event = step.event
        if step.begins:
            self._note("begins", event.describe())
            event.begin(self._stage)
        elif event.lasts():
            self._note("ends", event.describe())
            event.end(self._stage)

    def _note(self, what, text):
        at = time.monotonic() - self._begun
        self.result.happened.append((round(at, 3), what, text))
        self._say(f"  {at:7.2f} s  {what:6}  {text}")

    def _wait(self, condition, fails=True):
        """While anything happens: what is stuck for PATIENCE does not get well."""
        growing = Growing()
        began = time.monotonic()
        while not condition():
            self._stage.check_alive()
            self._stage.watch.look()
            growing.see(self._stage.count())
            late = time.monotonic() - began > PATIENCE + self._size.seconds
            if growing.stuck() or late:
                if not fails:
                    return
                raise AssertionError(f"it does not go on: {self._stage.state()}")
            time.sleep(0.02)

    @staticmethod
    def _is_back(edge, after):
        records = edge.records.poll()[0]
        return len(records) >= after + BACK and all(
            record["path"] in BY_CLOUD for record in records[-BACK:])

    def _is_tidy(self):
        """Connections that died are taken down a little later."""
        lives = self._stage.watch.newest().values()
        return not any(len(life.looks) < memory.LEAST or "descriptors" in text
                       for life in lives for text in memory.complaints(life))

    def _judge_memory(self):
        for life in self._stage.watch.newest().values():
            self.result.complaints.extend(memory.complaints(life))
        self.result.lives = [life.summary() for life in self._stage.watch.lives
                             if len(life.looks) >= memory.LEAST]

    def _judge(self, references):
        accounts = {name: edge.account() for name, edge in self._stage.edges.items()}
        self.result.complaints.extend(f"the {name} did not answer all before its end"
                                      for name, account in accounts.items() if account is None)
        cloud_ended = any(step.event.ends == "cloud" for step in self._steps)
        paths = ("split", "edge") if cloud_ended else ("split",)
        earlier = self.result.complaints
        self.result.verdict = judge([a for a in accounts.values() if a], references, paths)
        self.result.complaints[:0] = earlier
        for name, daemon in self._stage.logs():
            text = [event["text"] for event in daemon.events("text")]
            self.result.verdict.complain(text, f"lines of {name} are no log")

    def keep(self):
        """Everything that happened, for a person."""
        folder = ARTEFACTS / str(self.result.seed)
        folder.mkdir(parents=True, exist_ok=True)
        self._stage.write_logs(folder)
        happened = [{"heard": self._begun + at, "what": what, "event": text}
                    for at, what, text in self.result.happened]
        _write_lines(folder / "events.log", happened)
        for name, edge in self._stage.edges.items():
            _write_lines(folder / f"{name.replace(' ', '-')}.jsonl", edge.records.poll()[0])
        _write_lines(folder / "memory.jsonl", map(dataclasses.asdict, self._stage.watch.lives))
        (folder / "result.json").write_text(json.dumps(self.result.figures(), indent=1) + "\n")
        self._say(f"  what happened is in {folder}")


def _write_lines(path, values):
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
