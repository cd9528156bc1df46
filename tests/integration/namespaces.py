"""Two machines: network namespaces, joined by a cable unless a link of the lab is to join them."""

import itertools
import os
import pathlib
import re
import subprocess

NAMESPACES = pathlib.Path("/run/netns")

_count = itertools.count()


def why_not():
    """Why this process can make no namespaces; None where it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    name = f"tl-{new_mark()}"
    try:
        for verb in ("add", "del"):
            subprocess.run(["ip", "netns", verb, name], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network namespaces here: {getattr(error, 'stderr', None) or error}"
    return None


def new_mark():
    """A name that no other process has now: this process, when it began, and a number."""
    return f"{os.getpid()}-{_begun(os.getpid())}-{next(_count)}"


def abandoned(name):
    """Whether a name that ends with a mark belongs to a process that is no more."""
    mark = re.fullmatch(r"tl-(?:\w+-)?(\d+)-(\d+)-\d+", name)
    return bool(mark) and _begun(mark.group(1)) != mark.group(2)


def _begun(pid):
    """When a process began, in the kernel's ticks; None where there is none."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]


class TwoMachines:
    """Namespaces `edge` and `cloud` with the addresses `edge_ip` and `cloud_ip`; without a cable,
    `join` says which devices have them.

    `close` ends every process in them and takes them away, cable and all. Those of a process that
    could not do so are taken away with the next ones that are made.
    """

    edge_ip, cloud_ip = "10.111.0.2", "10.111.0.1"
    DEVICE = "tideline0"  # in either namespace

    def __init__(self, cable=True):
        remove_abandoned()
        mark = new_mark()
        self.edge, self.cloud = f"tl-edge-{mark}", f"tl-cloud-{mark}"
        self.addresses = {self.edge: self.edge_ip, self.cloud: self.cloud_ip}
        try:
            for name in self.addresses:
                _ip("netns", "add", name)
                _ip("-n", name, "link", "set", "lo", "up")
            if cable:
                _ip("link", "add", self.DEVICE, "netns", self.edge, "type", "veth",
                    "peer", "name", self.DEVICE, "netns", self.cloud)
                self.join()
        except BaseException:
            self.close()
            raise

    def join(self):
        """Gives the devices, which are there, their addresses and switches them on."""
        for name, address in self.addresses.items():
            # Without addresses of IPv6, which the kernel would look for neighbours of.
            _ip("-n", name, "link", "set", "dev", self.DEVICE, "addrgenmode", "none")
            _ip("-n", name, "address", "add", f"{address}/24", "dev", self.DEVICE)
            _ip("-n", name, "link", "set", "dev", self.DEVICE, "txqueuelen", "10000", "up")

    def shape(self, rate, queue=None, ends=None):
        """Makes the cable as slow as `rate` where packets leave the namespaces `ends`, by default
        in both directions; `queue` bytes may wait, by default what takes 300 ms."""
        room = ("latency", "300ms") if queue is None else ("limit", str(queue))
        for name in ends or self.addresses:
            _run("tc", "-n", name, "qdisc", "replace", "dev", self.DEVICE, "root", "tbf",
                 "rate", rate, "burst", "3000", *room)

    def congestion_control(self, name):
        """Of every connection between the two; by the route, which needs no setting of the host."""
        network = self.edge_ip.rpartition(".")[0] + ".0/24"
        for namespace in self.addresses:
            _ip("-n", namespace, "route", "change", network, "dev", self.DEVICE, "congctl", name)

    def plug(self, plugged):
        """Pulls the edge's end of the link, or puts it in again."""
        _ip("-n", self.edge, "link", "set", "dev", self.DEVICE, "up" if plugged else "down")

    @staticmethod
    def inside(name, *command):
        return ["ip", "netns", "exec", name, *command]

    @staticmethod
    def pids(name):
        """Of the processes in a namespace."""
        return subprocess.run(["ip", "netns", "pids", name], capture_output=True,
                              text=True).stdout.split()

    def close(self):
        for name in self.addresses:
            _remove(name)


def remove_abandoned():
    """Takes away the namespaces of processes that are no more, and ends what runs in them."""
    for path in NAMESPACES.glob("tl-*"):
        if abandoned(path.name):
            _remove(path.name)


def _remove(name):
    for pid in TwoMachines.pids(name):
        subprocess.run(["kill", "-KILL", pid], stderr=subprocess.DEVNULL)
    subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)


def _ip(*arguments):
    _run("ip", *arguments)


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
