"""Where it happens: a link of the lab, a cloud, and two edges that write, one into a pipe, one into a
file on a disk of its own. Real daemons with keys."""

import json
import subprocess
import time

from integration.chaos import source
from integration.chaos.clock import Clock
from integration.chaos.disk import Disk
from integration.chaos.memory import Watch
from integration.chaos.records import FileReader, PipeReader
from integration.chaos.verdict import Account
from integration.daemons import PATIENCE, Site
from lab.link import make_link

PORT = 5600


class Edge:
    """One of the two, with all the processes that it is in turn."""

    def __init__(self, name, stage, site, records, rate, **config):
        self.name, self.records, self.rate = name, records, rate
        self.crashes = 0
        self.processes = []
        self.down = False  # on purpose
        self.before = 0  # records of the processes before this one
        self.started_at = 0.0
        self._stage, self._site, self._config = stage, site, config
        self.set_partition(source.PARTITIONS[0])

    @property
    def daemon(self):
        return self.processes[-1]

    def set_partition(self, partition):
        self._site.set_partition(**partition)

    def start(self):
        stage = self._stage
        self._site.prefix = [*stage.link.edge, *stage.clocks[self.name].prefix()]
        self._site.stdout = self.records.stdout or subprocess.DEVNULL
        self._site.address = stage.address
        self.before = len(self.records.poll()[0])
        self.started_at = time.monotonic()
        self.processes.append(self._site.start_edge(stage.images, **self._config))
        self.down = False
        self.records.started()
        stage.watch.add(self.name, self.daemon.process.pid)

    def kill(self):
        self.crashes += 1
        self.down = True
        self.daemon.kill()

    def account(self):
        """After its end in order; None where that was not one."""
        drained = self.daemon.events("drained")
        if not drained:
            return None
        records, torn = self.records.poll()
        due = self.rate * (drained[-1]["heard"] - self.started_at)
        return Account(self.name, records, admitted=drained[-1]["frames"], before=self.before,
                       crashes=self.crashes, due=due, torn=torn,
                       unwritten=sum(map(_unwritten, self.processes)))


def _unwritten(daemon):
    """Results that an edge says could not be written, up to now."""
    recovered = [event.get("failed", 0) for event in daemon.events("sink_recovered")]
    return max(recovered, default=0) + sum(e["results"] for e in daemon.events("sink_lost"))


class Stage:
    """`close` ends everything. `rate` is of the requests of one edge, a second."""

    RATE = "18.88Mbps"

    def __init__(self, images, folder, rate, seed):
        self.images = images
        self.others = []  # processes that events start
        self._closing = []
        self.watch = Watch()
        self.clouds = []
        self.cloud_down = False  # on purpose
        try:
            self._open(folder, rate, seed)
        except BaseException:
            self.close()
            raise

    def _open(self, folder, rate, seed):
        self.link = self._closed(make_link({"rate": self.RATE, "rtt": "10ms"}, True, seed))
        self.disk = self._closed(Disk(folder / "disk"))
        names = ("cloud", "pipe edge", "file edge")
        self.clocks = {name: Clock(folder / f"{name.replace(' ', '-')}.clock") for name in names}
        self.cloud_site = self._closed(Site(source.MODEL, engine=source.ENGINE))
        self.start_cloud()
        self.address = "tcp://" + self.link.route(self.cloud_address.rpartition(":")[2])
        self.edges = {}
        path = self.disk.path / "results.jsonl"
        for name, records, sink in (("pipe edge", PipeReader(), "-"),
                                    ("file edge", FileReader(path), str(path))):
            config = {"id": name.replace(" ", "-"), "sink": {"path": sink},
                      "source": {"loop": True, "rate": f"{rate:g}/s"}, "cloud": {"wait": "60s"}}
            if name == "file edge" and source.has_journal():
                config["source"]["journal"] = str(folder / "journal")
            site = self._closed(Site(source.MODEL, engine=source.ENGINE))
            site.join(self.cloud_site, admitted_as=config["id"])
            edge = Edge(name, self, site, records, rate, **config)
            self.edges[name] = edge
            edge.start()

    def _closed(self, thing):
        self._closing.append(thing.close)
        return thing

    def start_cloud(self):
        """At the same address every time."""
        site = self.cloud_site
        port = PORT if self.link.edge else 0
        address = self.cloud_address if self.clouds else f"tcp://{self.link.cloud_ip}:{port}"
        site.prefix = [*self.link.cloud, *self.clocks["cloud"].prefix()]
        self.clouds.append(site.start_cloud(address=address, exit_timeout="3s"))
        self.cloud_address = site.address
        self.cloud_down = False
        self.watch.add("cloud", self.cloud.process.pid)

    @property
    def cloud(self):
        return self.clouds[-1]

    def state(self):
        """How far each edge has come, for a person."""
        found = {name: edge.records.poll()[0] for name, edge in self.edges.items()}
        return "; ".join(f"the {name} has {len(records)} answers, the last ones by "
                         f"{[record['path'] for record in records[-5:]]}"
                         for name, records in found.items())

    def distinct(self):
        """Of those, the ones to different requests."""
        return sum(len({record["seq"] for record in edge.records.poll()[0]})
                   for edge in self.edges.values())

    def kill_cloud(self):
        self.check_alive()
        self.cloud_down = True
        self.cloud.kill()

    @staticmethod
    def stop(daemon):
        code = daemon.stop()
        if code != 0:
            raise AssertionError(f"a daemon ended with {code}: {daemon.log[-10:]}")

    def count(self):
        """Answers so far."""
        return sum(len(edge.records.poll()[0]) for edge in self.edges.values())

    def check_alive(self):
        """What nobody ended is there."""
        daemons = {name: edge.daemon for name, edge in self.edges.items() if not edge.down}
        if not self.cloud_down:
            daemons["cloud"] = self.cloud
        for name, daemon in daemons.items():
            if daemon.process.poll() is not None:
                raise AssertionError(f"the {name} ended by itself with "
                                     f"{daemon.process.returncode}: {daemon.log[-10:]}")

    def finish(self):
        """Ends the edges in order, then the cloud."""
        for edge in self.edges.values():
            self.stop(edge.daemon)
            edge.records.finish()
        self.stop(self.cloud)

    def logs(self):
        """(name, daemon) of every process that was."""
        yield from ((f"cloud-{i}", daemon) for i, daemon in enumerate(self.clouds))
        for name, edge in self.edges.items():
            yield from ((f"{name.replace(' ', '-')}-{i}", daemon)
                        for i, daemon in enumerate(edge.processes))

    def write_logs(self, folder):
        for name, daemon in self.logs():
            lines = [json.dumps(event) for event in list(daemon.log)]
            (folder / f"{name}.log").write_text("\n".join(lines) + "\n")

    def close(self):
        for process in self.others:
            if process.poll() is None:
                process.kill()
                process.communicate(timeout=PATIENCE)
        for close in reversed(self._closing):
            close()
        self._closing = []
