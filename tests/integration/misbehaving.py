"""An edge and a cloud that a test moves by hand, over CURVE, with wire_format.py alone."""

import struct
import time
import zlib

import zmq

from daemons import PATIENCE
from wire_format import decode, encode

FLOAT32, FP32, STORED = 0, 0, 0


def secret(path):
    return path.read_text().strip().encode()


class Edge:
    """Speaks to the cloud of a site with the keys `name`."""

    def __init__(self, site, name):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        keys = site.path / "keys"
        self.socket.curve_publickey = secret(keys / f"{name}.key")
        self.socket.curve_secretkey = secret(keys / f"{name}.secret")
        self.socket.curve_serverkey = secret(keys / "cloud.key")
        self.socket.connect(site.address)

    def send(self, name, payload=None, **fields):
        self.send_frames(encode(name, fields), *([] if payload is None else [payload]))

    def send_frames(self, *frames):
        self.socket.send_multipart(frames)

    def chunk(self, request, payload, crc32=None, **fields):
        crc32 = zlib.crc32(payload) if crc32 is None else crc32
        self.send("chunk", payload, **{"request": request, "tensor": 0, "offset": 0, "crc32": crc32,
                                       **fields})

    def receive(self, name):
        """The next message of that kind; the others are passed over."""
        deadline = time.monotonic() + PATIENCE
        while self.socket.poll(max(0, 1000 * (deadline - time.monotonic()))):
            kind, fields = decode(self.socket.recv_multipart()[0])
            if kind == name:
                return fields
        raise AssertionError(f"no {name} came")

    def close(self):
        self.context.destroy()


class Cloud:
    """Listens with the cloud's keys of a site, at a free port unless an address is given; admits
    every key."""

    def __init__(self, site, address=None):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.linger = 0
        keys = site.path / "keys"
        self.socket.curve_server = True
        self.socket.curve_secretkey = secret(keys / "cloud.secret")
        if address is None:
            port = self.socket.bind_to_random_port("tcp://127.0.0.1")
            address = f"tcp://127.0.0.1:{port}"
        else:
            self.socket.bind(address)
        self.address = address

    def receive(self, name):
        """Who sent the next message of that kind (or one of several), and its fields; its payload
        is in `payload`. Heartbeats are answered meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while self.socket.poll(max(0, 1000 * (deadline - time.monotonic()))):
            sender, header, *payload = self.socket.recv_multipart()
            kind, fields = decode(header)
            if kind == "heartbeat" and fields["sent_us"]:
                self.send(sender, "heartbeat", sent_us=0, echo=fields["sent_us"], queue_requests=0,
                          queue_us=0)
            if kind in (name if isinstance(name, tuple) else (name,)):
                self.payload = b"".join(payload)
                return sender, fields
        raise AssertionError(f"no {name} came")

    def send(self, receiver, name, **fields):
        self.socket.send_multipart([receiver, encode(name, fields)])

    def close(self):
        self.context.destroy()


def tensor(shape, content):
    """A float32 tensor as codec fp32/stored has it: its description and its encoded bytes."""
    strides = [1]
    for size in reversed(shape[1:]):
        strides.insert(0, strides[0] * size)
    levels, parameters, scale, zero_point = 256, 0, 1.0, 0
    summed = struct.pack(f"<4B{len(shape)}qHQfi", FLOAT32, FP32, STORED, len(shape), *shape, levels,
                         parameters, scale, zero_point)
    encoded = content + struct.pack("<I", zlib.crc32(summed + content))
    return {"dtype": FLOAT32, "shape": shape, "strides": strides, "quantizer": FP32, "level": STORED,
            "jpeg_quality": 85, "scale": scale, "zero_point": zero_point,
            "encoded_bytes": len(encoded), "levels": levels, "parameters": parameters}, encoded
