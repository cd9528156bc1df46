"""One run of the two daemons over a link of the lab, as a scenario file says: what happened to
every request, as CSV, as a picture and as one JSON line. README.md has the format."""

import csv
import json
import pathlib
import signal
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import yaml

from bench.measure.quiet import Watch
from integration.daemons import MODELS, PATIENCE, ROOT, Site
from lab import slow, units
from lab.chart import TimeChart
from lab.link import ON_LAB_CORE, make_link
from lab.settle import Settling

PORT = 5600
SETTLE_PATIENCE = 120  # seconds: a slow edge compiles beside its requests
SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "continue": signal.SIGCONT}
DAEMON_VERBS = (*SIGNALS, "restart")
LINK_VERBS = ("unplug", "plug")
INPUTS = {"digits": "tideline_export.digits_images", "photographs": "tideline_export.photographs"}
COLUMNS = ("at", "seq", "id", "path", "cut", "codec", "bytes_up", "latency_ms", "deadline_met",
           "error")


@dataclass
class Scenario:
    model: str
    models: str = str(MODELS)  # the repository
    partition: dict = field(default_factory=dict)  # of the partition file, but for the model
    link: object = "lte"  # as links.py has it
    inputs: str = "digits"  # or photographs, or a path
    warm: int = 0  # requests before those, which don't count
    settle: bool = False  # and until the edge's engine compiles no more
    requests: int = 100
    rate: str | None = None  # without one, as fast as they are taken
    in_flight: int = 4
    edge: dict = field(default_factory=dict)  # slower: FACTOR, and what edge.yaml has
    cloud: dict = field(default_factory=dict)  # what cloud.yaml has
    events: list = field(default_factory=list)
    expect: dict = field(default_factory=dict)  # of the summary
    seed: int = 1

    @classmethod
    def read(cls, path):
        values = yaml.safe_load(pathlib.Path(path).read_text())
        known = cls.__dataclass_fields__
        for key in values:
            if key not in known:
                raise ValueError(f"{path}: a scenario has no '{key}'; it has {', '.join(known)}")
        scenario = cls(**values)
        try:
            scenario.events = sorted(map(_event, scenario.events), key=lambda event: event.at)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        return scenario


@dataclass
class Event:
    at: float  # seconds from the first request
    who: str  # link, edge or cloud
    what: object  # a verb, or new settings of the link

    def __str__(self):
        what = self.what
        if isinstance(what, dict):
            what = json.dumps(what).translate(str.maketrans("", "", "{}\""))
        return f"{self.who}: {what}"


def _event(values):
    values = dict(values)
    at = units.seconds(values.pop("at", ""))
    if len(values) != 1:
        raise ValueError(f"an event has `at` and one of link, edge and cloud, not {values}")
    (who, what), = values.items()
    verbs = {"link": LINK_VERBS, "edge": DAEMON_VERBS, "cloud": DAEMON_VERBS}.get(who, ())
    if what not in verbs and not (who == "link" and isinstance(what, dict)):
        raise ValueError(f"the event '{who}: {what}': {who} can {', '.join(verbs) or 'do nothing'}")
    return Event(at, who, what)


class Growing:
    """Tells whether a number of records still grows."""

    def __init__(self, clock=time.monotonic):
        self.count = 0
        self._clock = clock
        self._since = clock()

    def see(self, count):
        if count != self.count:
            self.count, self._since = count, self._clock()

    def stuck(self):
        return self._clock() - self._since > PATIENCE


class Run:
    """A scenario while it runs; `close` ends everything. Needs the programs and models built."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.happened = []  # (time.time(), Event)
        self._closing = []
        self.others = 0.0
        self.warm = 0  # requests that didn't count
        self.slow = self.site = None
        edge = dict(scenario.edge)
        factor = edge.pop("slower", 1)
        try:
            self._inputs = self._make_inputs()
            self.link = self._closed(make_link(scenario.link, self._needs_relay(), scenario.seed))
            self._edge_prefix = [*self._slow_prefix(factor), *self.link.edge]
            self._cloud_prefix = [*ON_LAB_CORE, *self.link.cloud]
            partition = {"cut": "edge", **scenario.partition}
            self.site = self._closed(Site(scenario.model, models=scenario.models, **partition))
            self._start_cloud(f"tcp://{self.link.cloud_ip}:{PORT if self.link.edge else 0}")
            self._cloud_address = self.site.address
            self.site.address = "tcp://" + self.link.route(self._cloud_address.rpartition(":")[2])
            self._edge_address = self.site.address
            self._edge_config = self._edge_settings(edge)
            self._start_edge()
        except BaseException:
            self.close()
            raise

    def _closed(self, thing):
        self._closing.append(thing.close)
        return thing

    def _needs_relay(self):
        """An event may ask what a cable can't do."""
        return True if any(event.who == "link" for event in self.scenario.events) else None

    def _slow_prefix(self, factor):
        if slow.why_not() is None:
            self.slow = self._closed(slow.SlowEdge(factor))
            return self.slow.command
        if factor != 1:
            raise OSError(f"the edge is to be {factor} times slower, but {slow.why_not()}")
        return []

    def _make_inputs(self):
        module = INPUTS.get(self.scenario.inputs)
        if module is None:
            return self.scenario.inputs
        folder = tempfile.TemporaryDirectory()
        self._closing.append(folder.cleanup)
        subprocess.run([str(ROOT / ".venv/bin/python"), "-m", module, "--out", folder.name],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return folder.name

    def _edge_settings(self, edge):
        source = {"loop": True, **({"rate": self.scenario.rate} if self.scenario.rate else {})}
        base = {"source": source, "pipeline": {"in_flight": self.scenario.in_flight},
                "sink": {"outputs": False}, "cloud": {"wait": "60s"}}
        for key, value in edge.items():
            base[key] = {**base.get(key, {}), **value} if isinstance(value, dict) else value
        return base

    def _start_cloud(self, address):
        self.site.prefix = self._cloud_prefix
        self.cloud = self.site.start_cloud(address=address, **self.scenario.cloud)

    def _start_edge(self):
        self.site.prefix = self._edge_prefix
        self.site.address = self._edge_address
        self.edge = self.site.start_edge(self._inputs, **self._edge_config)

    def do(self, event):
        self.happened.append((time.time(), event))
        if event.who == "link":
            if isinstance(event.what, dict):
                self.link.set(**event.what)
            else:
                getattr(self.link, event.what)()
        elif event.what == "restart":
            self._restart(event.who)
        else:
            getattr(self, event.who).signal(SIGNALS[event.what])

    def _restart(self, who):
        daemon = getattr(self, who)
        if daemon.process.poll() is None:
            daemon.kill()
        if who == "cloud":
            self._start_cloud(self._cloud_address)
        else:
            self._start_edge()

    def to_the_end(self):
        """Does the events in time and returns the records once there are enough."""
        self._wait(lambda: self.site.records())
        self._warm_up()
        begun = time.time()
        watch = Watch(self.pids())
        waiting = list(self.scenario.events)
        records = Growing()
        while waiting or records.count < self.warm + self.scenario.requests:
            while waiting and time.time() - begun >= waiting[0].at:
                self.do(waiting.pop(0))
            records.see(len(self.site.records()))
            if self.edge.process.poll() not in (None, -signal.SIGKILL):
                raise AssertionError(f"tideline-edge ended: {self.edge.log[-20:]}")
            if not waiting and records.stuck():
                raise AssertionError(f"no record after the {records.count}th for {PATIENCE} s; the "
                                     f"edge's log: {self.edge.log[-20:]}")
            time.sleep(0.02)
        self.others = watch.others()
        for daemon in (self.cloud, self.edge):
            if daemon.process.poll() is None:
                daemon.signal(signal.SIGCONT)
        self.edge.stop()
        return self.site.records()

    def _warm_up(self):
        wanted = self.scenario.warm
        if self.scenario.settle:
            settling = Settling(self.edge.process.pid, wanted)
            self._wait(lambda: settling.is_over(len(self.site.records())), SETTLE_PATIENCE)
            wanted = len(self.site.records())
        self.warm = wanted

    def pids(self):
        """Of the daemons and of what makes link and slow edge."""
        daemons = [daemon.process.pid for daemon in (self.cloud, self.edge)]
        return [*daemons, *self.link.pids(), *(self.slow.pids() if self.slow else [])]

    def _wait(self, condition, patience=PATIENCE):
        deadline = time.monotonic() + patience
        while not condition():
            if self.edge.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("no record came, or it does not settle; the edge's log: "
                                     f"{self.edge.log[-20:]}")
            time.sleep(0.02)

    def close(self):
        for close in reversed(self._closing):
            close()
        self._closing = []


@dataclass
class Result:
    scenario: Scenario
    rows: list  # dictionaries with COLUMNS; `at` in seconds from the first
    happened: list  # (seconds, Event)
    link: str  # its kind
    relay: dict  # what it counted
    others: float = 0.0  # cores that other processes used meanwhile, where no daemon was restarted
    warm: int = 0  # rows, the first ones, that don't count

    def summary(self):
        latencies = sorted(row["latency_ms"] for row in self.rows)
        numbers = Counter(row["seq"] for row in self.rows)
        met = [row["deadline_met"] for row in self.rows if row["deadline_met"] is not None]
        return {
            "requests": len(self.rows), "lost": max(numbers) + 1 - len(numbers),
            "doubled": sum(count - 1 for count in numbers.values()),
            "errors": sum(bool(row["error"]) for row in self.rows),
            **{f"path_{path}": count
               for path, count in Counter(row["path"] for row in self.rows).items()},
            "latency_mean_ms": round(statistics.fmean(latencies), 3),
            **{f"latency_p{share}_ms": latencies[(len(latencies) - 1) * share // 100]
               for share in (50, 95, 99)},
            "deadline_met": sum(met) / len(met) if met else None,
            "bytes_up": sum(row["bytes_up"] for row in self.rows), "link": self.link}

    def unmet(self):
        """What the scenario expects and did not get, as text."""
        summary = self.summary()
        return [f"{key} is {summary.get(key, 0)}, expected {limit}"
                for key, limit in self.scenario.expect.items()
                if not _holds(summary.get(key, 0), limit)]

    def write_csv(self, path):
        with open(path, "w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self.rows)

    def write_picture(self, path):
        series = {}
        for row in self.rows:
            series.setdefault(row["path"] or "error", []).append((row["at"], row["latency_ms"]))
        events = [(when, str(event)) for when, event in self.happened]
        title = f"{self.scenario.model}, cut {self.scenario.partition.get('cut', 'edge')}"
        chart = TimeChart(title, "latency of each request, ms; its path", series, events)
        pathlib.Path(path).write_text(chart.svg())


def _holds(value, limit):
    """A limit is a value, or text such as '<= 3'."""
    operator, _, number = str(limit).partition(" ")
    if operator == "<=":
        return value <= float(number)
    if operator == ">=":
        return value >= float(number)
    return value == limit


def _row(record, first):
    when = datetime.fromisoformat(record["ts"]).timestamp()
    return {"at": round(when - first, 4), "latency_ms": record["latency_ms"]["total"],
            "terms": record["latency_ms"],
            **{key: record.get(key) for key in COLUMNS if key not in ("at", "latency_ms")}}


def run(scenario):
    current = Run(scenario)
    try:
        records = current.to_the_end()
        kind, relay = current.link.kind, current.link.stats()
    finally:
        current.close()
    first = min(datetime.fromisoformat(record["ts"]).timestamp() for record in records)
    happened = [(when - first, event) for when, event in current.happened]
    return Result(scenario, [_row(record, first) for record in records], happened, kind, relay,
                  current.others, current.warm)
