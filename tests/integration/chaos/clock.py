"""A time of day that jumps while a daemon runs: libfaketime, which re-reads a file. What measures
durations, the monotonic clock, is left alone, as it is where somebody sets a machine's time."""

from pathlib import Path

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


def why_not():
    return None if LIBRARIES else "Debian's package faketime is not installed"


class Clock:
    def __init__(self, path):
        self._path = path
        self.jump(0)

    def jump(self, seconds):
        """To what the machine's clock says and `seconds` more."""
        new = self._path.with_suffix(".new")
        new.write_text(f"{seconds:+}\n")
        new.rename(self._path)

    def prefix(self):
        """Of a command whose clock this is."""
        if not LIBRARIES:
            return []
        return ["env", f"LD_PRELOAD={LIBRARIES[0]}", f"FAKETIME_TIMESTAMP_FILE={self._path}",
                "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"]
