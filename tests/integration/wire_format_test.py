"""Reads what the C++ encoder wrote (DIRECTORY/NAME.bin) and compares it with what FORMAT.md says
those messages are. Usage: wire_format_test.py DIRECTORY"""

import pathlib
import sys
import unittest
import zlib

from wire_format import FIELDS, KINDS, WireError, decode, encode


def digest(first):
    return bytes((first + i) % 256 for i in range(32))


TENSOR = {"dtype": 4, "shape": [1, 32, 14, 7], "strides": [3136, 1, 224, 32], "quantizer": 2,
          "level": 1, "jpeg_quality": 90, "scale": 0.125, "zero_point": -3, "encoded_bytes": 2500,
          "levels": 5, "parameters": 0x0123456789ABCDEF}
SCALAR = {"dtype": 0, "shape": [], "strides": [], "quantizer": 0, "level": 1, "jpeg_quality": 85,
          "scale": 1.0, "zero_point": 0, "encoded_bytes": 4, "levels": 256, "parameters": 0}

EXPECTED = {
    "hello": {"session": 0x1122334455667788, "protocol": (1, 3), "codec": (2, 4),
              "frontier_rule": (5, 6), "edge": "kitchen", "isa": "AVX2",
              "models": [{"name": "mobilenet_v2", "version": 3, "sha256": digest(1),
                          "frontier_hash": digest(100), "parameters": [11, 1 << 63]},
                         {"name": "digits", "version": 1, "sha256": digest(7),
                          "frontier_hash": digest(200), "parameters": []}],
              "max_tensor": 64 << 20},
    "welcome": {"session": 0x1122334455667788, "protocol": 1, "codec": 2, "frontier_rule": 5,
                "cloud": "cellar", "isa": "AVX512",
                "models": [{"state": 0, "reason": "", "parameters": [11]},
                           {"state": 2, "reason": "another file", "parameters": []}],
                "max_tensor": 4 << 20, "max_inflight": 32 << 20, "heartbeat_ms": 200},
    "request": {"id": 9, "model": 1, "cut": "features.3+features.5#2", "budget_ms": 250,
                "tensors": [TENSOR, SCALAR], "open": 1},
    "chunk": {"request": 7, "tensor": 0, "offset": 65536, "crc32": zlib.crc32(b"Tideline")},
    "ack": {"bytes": 123456789012, "received_us": 987654321},
    "result": {"request": 9, "decode_us": 11, "queue_us": 22, "tail_us": 33, "busy_us": 70,
               "batch": 4, "tensors": [SCALAR], "tolerance": 3},
    "refusal": {"request": 9, "code": 8, "retry_after_ms": 1500, "reason": "queue is full"},
    "cancel": {"request": 9},
    "heartbeat": {"sent_us": 5_000_000, "echo": 77, "queue_requests": 6, "queue_us": 12345},
    "goodbye": {},
    "end": {"request": 9, "bytes": [2000, 0, 1 << 40], "cut_short": 5},
    "profile_request": {"request": 10, "model": 1},
}


class WireFormat(unittest.TestCase):
    directory = None

    def read(self, name):
        return (self.directory / f"{name}.bin").read_bytes()

    def test_every_kind_is_described(self):
        self.assertEqual({name for name, _ in KINDS}, set(EXPECTED))

    def test_every_message_reads_as_written(self):
        for name, fields in EXPECTED.items():
            with self.subTest(name):
                self.assertEqual(decode(self.read(name)), (name, fields))

    def test_what_the_writer_wrote_reads_as_written(self):
        for name in FIELDS:
            with self.subTest(name):
                self.assertEqual(decode(encode(name, EXPECTED[name])), (name, EXPECTED[name]))

    def test_another_identifier_is_refused(self):
        data = bytearray(self.read("ack"))
        data[4:8] = b"TDL2"
        with self.assertRaises(WireError):
            decode(bytes(data))


if __name__ == "__main__":
    WireFormat.directory = pathlib.Path(sys.argv.pop(1))
    unittest.main()
