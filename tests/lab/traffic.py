"""Measures a link with traffic of its own, packet by packet.

`udp`, `tcp` and `round_trips` run this file as a program at both ends. Times of packets are the
kernel's, so that a receiver that has to wait for the processor spoils nothing.
"""

import contextlib
import json
import os
import pathlib
import select
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass

SO_TIMESTAMPNS = 35
HEADERS = 28  # bytes of IP and UDP
STAMP = struct.Struct("!Qd")  # number of the packet, time it was sent
PORT = 5500
LINGER = 0.7  # seconds: longer than any delay that is measured


@dataclass
class Packet:
    number: int
    sent: float  # time.time()
    received: float
    bytes: int  # with IP

    @property
    def delay(self):
        return self.received - self.sent


def udp(link, seconds, bits_per_second, size=1472):
    """Sends datagrams from the edge to the cloud for so long, evenly; (how many were sent, the
    Packets that came)."""
    with _far_end(link, "receive") as receiver:
        sent = _run(link.edge, "send", link.cloud_ip, seconds, bits_per_second, size)
        return int(sent), [Packet(*values) for values in _finish(receiver)]


def rate(packets, begin=None, end=None):
    """Bits per second of IP that came between two times of arrival, by default all."""
    chosen = [p for p in packets if (begin or 0) <= p.received <= (end or float("inf"))]
    time_taken = chosen[-1].received - chosen[0].received
    return 8 * sum(p.bytes for p in chosen[1:]) / time_taken


def tcp(link, seconds):
    """Sends from the edge to the cloud over one connection for so long; the times and bytes that
    the cloud read."""
    with _far_end(link, "read") as reader:
        _run(link.edge, "write", *link.route(PORT).split(":"), seconds)
        return [tuple(values) for values in _finish(reader)]


def goodput(reads, skip=1.0):
    """Bits per second of data after the first `skip` seconds, when TCP has found the rate."""
    chosen = [(when, count) for when, count in reads if when >= reads[0][0] + skip]
    return 8 * sum(count for _, count in chosen[1:]) / (chosen[-1][0] - chosen[0][0])


def round_trips(link, count, pause=0.01):
    """Seconds of `count` exchanges of one byte over a connection."""
    with _far_end(link, "echo"):
        return json.loads(_run(link.edge, "ask", *link.route(PORT).split(":"), count, pause))


def unrest():
    """How late this machine wakes a process that asked for 1 ms: the 90th percentile, seconds."""
    late = []
    for _ in range(100):
        begun = time.monotonic()
        time.sleep(0.001)
        late.append(time.monotonic() - begun - 0.001)
    return sorted(late)[89]


def _command(prefix, verb, arguments):
    first = ["nice", "-n", "-10"] if os.geteuid() == 0 else []
    return [*prefix, *first, sys.executable, str(pathlib.Path(__file__).resolve()), verb,
            *map(str, arguments)]


@contextlib.contextmanager
def _far_end(link, verb):
    """What listens in the cloud, once it does."""
    process = subprocess.Popen(_command(link.cloud, verb, [link.cloud_ip]), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    with process:
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def _finish(process):
    out, _ = process.communicate()
    return json.loads(out)


def _run(prefix, verb, *arguments):
    done = subprocess.run(_command(prefix, verb, arguments), capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError((done.stderr.splitlines() or [f"{verb} ended"])[-1])
    return done.stdout


def _receive(address):
    """Until standard input has ended and nothing came for LINGER seconds."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    receiver.bind((address, PORT))
    print("ready", flush=True)
    packets, sources = [], [receiver, sys.stdin]
    while ready := select.select(sources, [], [], None if len(sources) == 2 else LINGER)[0]:
        if sys.stdin in ready:
            sources.remove(sys.stdin)
        if receiver in ready:
            data, extra, _, _ = receiver.recvmsg(65536, 256)
            whole, part = struct.unpack("qq", extra[0][2])
            packets.append((*STAMP.unpack_from(data), whole + part / 1e9, len(data) + HEADERS))
    print(json.dumps(packets))


def _send(address, seconds, bits_per_second, size):
    seconds, bits_per_second, size = float(seconds), float(bits_per_second), int(size)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect((address, PORT))
    gap = 8 * (size + HEADERS) / bits_per_second
    begun, count = time.monotonic(), 0
    while count * gap < seconds:
        wait = begun + count * gap - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        sender.send(STAMP.pack(count, time.time()).ljust(size, b"\0"))
        count += 1
    print(count)


def _accept(address):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, PORT))
    listener.listen()
    print("ready", flush=True)
    listener.settimeout(60)
    return listener.accept()[0]


def _read(address):
    reader = _accept(address)
    reads = []
    while data := reader.recv(1 << 16):
        reads.append((time.monotonic(), len(data)))
    print(json.dumps(reads))


def _write(host, port, seconds):
    writer = socket.create_connection((host, int(port)))
    writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 128 << 10)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        writer.sendall(bytes(8192))


def _echo(address):
    reader = _accept(address)
    reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while data := reader.recv(1):
        reader.sendall(data)


def _ask(host, port, count, pause):
    asker = socket.create_connection((host, int(port)))
    asker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times = []
    for _ in range(int(count)):
        begun = time.monotonic()
        asker.sendall(b"x")
        asker.recv(1)
        times.append(time.monotonic() - begun)
        time.sleep(float(pause))
    print(json.dumps(times))


if __name__ == "__main__":
    verbs = {"receive": _receive, "send": _send, "read": _read, "write": _write, "echo": _echo,
             "ask": _ask}
    verbs[sys.argv[1]](*sys.argv[2:])
