"""A Mosquitto broker of its own, and what is published at it."""

import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time

from daemons import PATIENCE


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def mosquitto():
    return shutil.which("mosquitto") or "/usr/sbin/mosquitto"


class Broker:
    """Listens on a port of this machine, which it keeps when it is started again. What it holds for
    those who are away outlives an orderly end."""

    def __init__(self, folder, *lines):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.address = f"mqtt://127.0.0.1:{self.port}"
        self.process = None
        self.watchers = []
        self.config = self.folder / "mosquitto.conf"
        anonymous = [] if any(line.startswith("password_file") for line in lines) else [
            "allow_anonymous true"]
        self.config.write_text("\n".join([
            f"listener {self.port} 127.0.0.1", "persistence true", f"persistence_location {folder}/",
            "max_queued_messages 0", "user root", *anonymous, *lines, ""]))

    def start(self):
        self.process = subprocess.Popen([mosquitto(), "-c", str(self.config)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError("mosquitto does not listen") from None
                time.sleep(0.02)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(PATIENCE)

    def watch(self, *topics):
        watcher = Watcher(self.port, topics)
        self.watchers.append(watcher)
        return watcher

    def publish(self, topic, payload, *options):
        """Returns when the broker has it."""
        subprocess.run(["mosquitto_pub", "-p", str(self.port), "-q", "1", "-t", topic, "-s", *options],
                       input=payload, check=True)

    def close(self):
        for watcher in self.watchers:
            watcher.close()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Watcher:
    """Everything on some topics, also what came while the broker was away."""

    def __init__(self, port, topics):
        options = [option for topic in topics for option in ("-t", topic)]
        self.process = subprocess.Popen(
            ["mosquitto_sub", "-p", str(port), "-q", "1", "-c", "-i", "watcher", "-F", "%t %p", *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.messages = []  # (topic, payload)
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.messages.append(tuple(line.rstrip("\n").split(" ", 1)))
                self._changed.notify_all()

    def on(self, topic):
        with self._changed:
            return [payload for at, payload in self.messages if at == topic]

    def wait_for(self, condition):
        """Waits until `condition(self)` holds."""
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            while not condition(self):
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"did not come; {len(self.messages)} messages, the last: "
                                         f"{self.messages[-3:]}")

    def close(self):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()
