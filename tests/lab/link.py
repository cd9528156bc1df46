"""A link between an edge and a cloud, live: its rate, delay, jitter, loss and order are as asked,
and change while traffic flows.

Three kinds, and `make_link` chooses:
  cable       two namespaces joined by veth, the kernel's tbf at both ends: rates only
  relay       two namespaces joined by TUN devices and lab_relay: everything, traces too
  user space  without root: lab_relay joins TCP connections on this machine; no loss, no reordering
"""

import json
import os
import subprocess

from integration.daemons import program
from integration.namespaces import TwoMachines, why_not
from lab import links, units

# Edge on the first core, cloud and lab on the last.
EDGE_CORE, LAB_CORE = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))

# What stands before a command that has the last core, before other processes as far as the kernel
# lets it; SlowEdge does the same for the edge.
ON_LAB_CORE = ["taskset", "-c", str(LAB_CORE),
               *(["nice", "-n", "-15"] if os.geteuid() == 0 else [])]

# As Debian has it. What the host has is another matter, and bbr would make another link of it.
CONGESTION_CONTROL = "cubic"


def make_link(settings, relay=None, seed=1):
    """`settings` as in links.py. `relay` says whether it is a relay; None: where the settings need
    one. A cable takes no other settings later."""
    if why_not() is not None:
        return UserSpaceLink(settings, seed)
    return NamespaceLink(settings, relay, seed)


class Relay:
    """The program lab_relay, which answers a line with a line."""

    def __init__(self, *arguments, seed):
        command = ["taskset", "-c", str(LAB_CORE), program("lab_relay"), *arguments,
                   "--seed", str(seed)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, text=True)
        try:
            self.about = self._answer()  # {"relay", "listens", "scheduling": fifo | nice | normal}
        except BaseException:
            self.close()
            raise

    def ask(self, **command):
        """Returns the answer; its `at` is when that was, on time.monotonic()."""
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise OSError(f"lab_relay ended: {self._process.stderr.read().strip()}")
        answer = json.loads(line)
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer

    @property
    def pid(self):
        return self._process.pid

    def close(self):
        """Returns what it counted until the end."""
        lines = self._process.communicate()[0].splitlines()
        return json.loads(lines[-1]) if lines else {}


class Link:
    """The edge's programs run under the prefix `edge`, the cloud's under `cloud`; the cloud listens
    at `cloud_ip`, and the edge connects to what `route` says. `kind` is one of the three.

    Compatible with one thread. Everything blocks for milliseconds.
    """

    def __init__(self, settings):
        self._asked = links.directions(settings)
        self.counted = {}  # by the relay, after close()

    def set(self, **settings):
        """Changes the settings that are named, as links.py has them, for the traffic that waits
        too. Returns when that was, on time.monotonic(), where a relay knows it."""
        changes = links.directions(settings)
        asked = links.changed(self._asked, changes)
        answer = self._apply(asked, changes)
        self._asked = asked
        return answer.get("at")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class NamespaceLink(Link):
    def __init__(self, settings, relay, seed):
        super().__init__(settings)
        use_relay = links.needs_relay(self._asked) if relay is None else relay
        self._machines = TwoMachines(cable=not use_relay)
        self.edge_ip, self.cloud_ip = self._machines.edge_ip, self._machines.cloud_ip
        self.edge = self._machines.inside(self._machines.edge)
        self.cloud = self._machines.inside(self._machines.cloud)
        self._relay = None
        try:
            if use_relay:
                self._relay = Relay("--edge", self._machines.edge, "--cloud", self._machines.cloud,
                                    "--device", self._machines.DEVICE, seed=seed)
                self._machines.join()
            self._machines.congestion_control(CONGESTION_CONTROL)
            self.begun = self.set(**self._asked)
        except BaseException:
            self.close()
            raise

    @property
    def kind(self):
        return "relay" if self._relay else "cable"

    def _apply(self, asked, changes):
        if self._relay:
            return self._relay.ask(**changes)
        if links.needs_relay(asked):
            raise ValueError("a cable has only a rate and a queue; make the link with relay=True")
        for name, end in (("up", self._machines.edge), ("down", self._machines.cloud)):
            rate = f"{units.bits_per_second(asked[name]['rate']):.0f}bit"
            self._machines.shape(rate, links.queue_bytes(asked[name]), [end])
        return {}

    def unplug(self):
        """The edge's device goes down: the edge knows, the cloud hears nothing more."""
        self._machines.plug(False)

    def plug(self):
        self._machines.plug(True)
        self._machines.congestion_control(CONGESTION_CONTROL)  # the route had gone

    def route(self, port):
        """Where the edge finds what listens on a port of the cloud."""
        return f"{self.cloud_ip}:{port}"

    def stats(self):
        """What a relay counted so far (control.cc); {} of a cable."""
        return self._relay.ask(stats=True) if self._relay else {}

    def pids(self):
        return [self._relay.pid] if self._relay else []

    def close(self):
        if self._relay:
            self.counted = self._relay.close()
            self._relay = None
        self._machines.close()


class UserSpaceLink(Link):
    """Both sides are this machine. Every route is a relay of its own, which shares nothing with the
    others. What is lost on another link waits here: while it is blocked or unplugged."""

    kind = "user space"
    edge, cloud = [], []
    edge_ip = cloud_ip = "127.0.0.1"

    def __init__(self, settings, seed):
        super().__init__(settings)
        self._seed = seed
        self._relays = []
        self._plugged = True

    def _apply(self, asked, changes):
        answer = {}
        for relay in self._relays:
            told = {name: dict(change) for name, change in changes.items()}
            if not self._plugged:
                for change in told.values():
                    change["blocked"] = True
            answer = relay.ask(**told)
        return answer

    def unplug(self):
        self._plugged = False
        self._apply(self._asked, {"up": {}, "down": {}})

    def plug(self):
        self._plugged = True
        self._apply(self._asked, {name: {"blocked": one.get("blocked", False)}
                                  for name, one in self._asked.items()})

    def route(self, port):
        relay = Relay("--listen", f"{self.cloud_ip}:0", "--target", f"{self.cloud_ip}:{port}",
                      seed=self._seed)
        self._relays.append(relay)
        relay.ask(**self._asked)
        return relay.about["listens"]

    def stats(self):
        return self._relays[0].ask(stats=True) if self._relays else {}

    def pids(self):
        return [relay.pid for relay in self._relays]

    def close(self):
        for relay in self._relays:
            self.counted = relay.close()
        self._relays = []
