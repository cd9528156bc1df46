"""A disk of its own for one folder, small enough to be filled."""

import os
import subprocess

SIZE = 64 << 20
FILL = "filling"
PIECE = 1 << 16


class Disk:
    """`path` is an empty folder on a disk of SIZE bytes; where this process may mount none, it is
    one on the disk that is there, and can't be filled. `why_not` is the reason."""

    def __init__(self, path):
        self.path = path
        path.mkdir()
        self.why_not = None
        if os.geteuid() != 0:
            self.why_not = "a disk that can be filled needs root"
            return
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "chaos", str(path)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            self.why_not = f"no tmpfs can be mounted here: {done.stderr.strip()}"

    def fill(self):
        """To the last byte."""
        with open(self.path / FILL, "wb", buffering=0) as file:
            size = PIECE
            while size:
                try:
                    size = min(size, file.write(bytes(size)))
                except OSError:
                    size //= 2

    def empty(self):
        (self.path / FILL).unlink()

    def close(self):
        if self.why_not is None:
            subprocess.run(["umount", "--lazy", str(self.path)], check=True)
