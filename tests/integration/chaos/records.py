"""The records of an edge as they come: through a pipe that may be left unread, or from a file."""

import fcntl
import json
import os
import threading

PIPE_BYTES = 4096  # the least that the kernel gives: a slow reader is felt at once


class Lines:
    """Joins pieces of bytes to records; what is no JSON is kept apart."""

    def __init__(self):
        self.records, self.torn = [], []
        self._rest = b""

    def add(self, piece):
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            try:
                self.records.append(json.loads(line))
            except ValueError:
                self.torn.append(line.decode(errors="replace"))

    def end(self):
        if self._rest:
            self.torn.append(self._rest.decode(errors="replace"))
            self._rest = b""


class PipeReader:
    """Reads the standard output of a daemon on a thread of its own."""

    def __init__(self):
        self._out, self.stdout = os.pipe()
        fcntl.fcntl(self._out, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._lines = Lines()
        self._going = threading.Event()
        self._going.set()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def started(self):
        """The daemon has its end now."""
        os.close(self.stdout)
        self.stdout = None

    def _read(self):
        while self._going.wait() and (piece := os.read(self._out, PIPE_BYTES)):
            self._lines.add(piece)
        os.close(self._out)

    def pause(self):
        self._going.clear()

    def go_on(self):
        self._going.set()

    def poll(self):
        """The records and torn lines so far."""
        return self._lines.records, self._lines.torn

    def finish(self):
        """To the end, which comes with that of the daemon."""
        self.go_on()
        if self.stdout is not None:
            self.started()
        self._thread.join()
        self._lines.end()


class FileReader:
    """Reads what is appended to a file, whoever appends it."""

    stdout = None

    def __init__(self, path):
        path.touch()
        self._path, self._read = path, 0
        self._lines = Lines()

    def started(self):
        pass

    def poll(self):
        with open(self._path, "rb") as file:
            file.seek(self._read)
            piece = file.read()
        self._read += len(piece)
        self._lines.add(piece)
        return self._lines.records, self._lines.torn

    def finish(self):
        self.poll()
        self._lines.end()
