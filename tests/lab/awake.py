"""Cores that do not nap: an idle one of a virtual machine is given away, and comes back with cold
caches and a low clock, which makes the first milliseconds of work after it up to a third longer
from one minute to the next."""

import pathlib
import struct

# Linux, pm_qos_interface: who holds it open says how many microseconds a core may take to wake.
DEVICE = pathlib.Path("/dev/cpu_dma_latency")


class Awake:
    """Idle cores poll until `close`, where this process may ask that of the kernel; elsewhere
    nothing changes. The kernel still counts them as idle."""

    def __init__(self):
        self._file = None
        try:
            self._file = DEVICE.open("wb", buffering=0)
            self._file.write(struct.pack("i", 0))
        except OSError:
            self.close()

    @property
    def held(self):
        return self._file is not None

    def close(self):
        if self._file:
            self._file.close()
        self._file = None
