"""Cores are kept from napping, and let go again."""

import pathlib
import struct
import unittest
from unittest import mock

from lab import awake, slow
from lab.awake import Awake


def most_microseconds():
    """That a core may take to wake, of all who ask."""
    return struct.unpack("i", awake.DEVICE.read_bytes()[:4])[0]


class AwakeTest(unittest.TestCase):
    def setUp(self):
        one = Awake()
        self.can = one.held
        one.close()

    def test_cores_poll_until_it_is_closed(self):
        if not self.can:
            self.skipTest(f"{awake.DEVICE} cannot be opened here")
        before = most_microseconds()
        one = Awake()
        self.assertEqual(most_microseconds(), 0)
        one.close()
        self.assertEqual(most_microseconds(), before)
        self.assertFalse(one.held)

    def test_a_slow_edge_keeps_them_awake(self):
        if not self.can or slow.why_not():
            self.skipTest(slow.why_not() or f"{awake.DEVICE} cannot be opened here")
        before = most_microseconds()
        with slow.SlowEdge(1):
            self.assertEqual(most_microseconds(), 0)
        self.assertEqual(most_microseconds(), before)

    def test_where_the_kernel_cannot_be_asked_nothing_happens(self):
        with mock.patch.object(awake, "DEVICE", pathlib.Path("/nonexistent/device")):
            one = Awake()
        self.assertFalse(one.held)
        one.close()


if __name__ == "__main__":
    unittest.main()
