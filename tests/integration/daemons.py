"""Starts the two daemons as a person would, with keys, configuration files and real models.

`TIDELINE_BUILD` names the build folder (default build/release) and `TIDELINE_TEST_MODELS` the model
repository (default build/models).
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TIDELINE_BUILD", ROOT / "build/release"))
MODELS = pathlib.Path(os.environ.get("TIDELINE_TEST_MODELS", ROOT / "build/models"))

# Long enough for a loaded machine: nothing is measured by it, it only ends a test that hangs.
PATIENCE = 120


def program(name):
    return str(BUILD / "bin" / name)


def tideline(*arguments):
    """Calls the tool, to its end."""
    return subprocess.run([program("tideline"), *map(str, arguments)], capture_output=True, text=True)


def last_line(done):
    """The JSON line that a call of the tool ends with."""
    return json.loads(done.stdout.strip().split("\n")[-1])


def write_yaml(path, values):
    """JSON is YAML."""
    path = pathlib.Path(path)
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(json.dumps(values, indent=1))
    temporary.rename(path)


class Daemon:
    """A running daemon and its log, one JSON object a line; `heard` is when, on time.monotonic()."""

    def __init__(self, arguments, stdout=subprocess.DEVNULL):
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True)
        self.log = []
        self._ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            try:
                event = json.loads(line)
                event.update(event.pop("fields", {}))
            except ValueError:
                event = {"event": "text", "text": line.rstrip()}
            event["heard"] = time.monotonic()
            with self._changed:
                self.log.append(event)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def events(self, name):
        with self._changed:
            return [event for event in self.log if event.get("event") == name]

    def wait_for(self, name, matches=lambda event: True, count=1):
        """Waits for `count` events of that name; fails with the log where they do not come."""
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            while True:
                found = [e for e in self.log if e.get("event") == name and matches(e)]
                if len(found) >= count:
                    return found[count - 1]
                if self._ended or not self._changed.wait(deadline - time.monotonic()):
                    lines = "\n".join(json.dumps(event) for event in self.log[-40:])
                    raise AssertionError(f"no event {name!r} (ended: {self._ended}); the log:\n{lines}")

    def memory(self, which="VmRSS"):
        """MiB that are resident, or were at most (VmHWM)."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"^{which}:\s*(\d+) kB$", text, re.MULTILINE)
        if not found:
            raise AssertionError(f"process {self.process.pid} has ended")
        return int(found[1]) / 1024

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def wait(self):
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        self.process.stderr.close()
        return code

    def stop(self):
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.wait()


class Site:
    """A folder with keys, configurations and the daemons that run from it."""

    def __init__(self, model, cut="edge", codec="fp32", models=MODELS, **partition):
        self._folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self._folder.name)
        self.models = pathlib.Path(models)
        self.daemons = []
        self.prefix = []  # of every command: where the daemons run
        self.stdout = subprocess.DEVNULL  # of the daemons
        self.partition = {"model": model, "cut": cut, "codec": codec, **partition}
        self.set_partition()
        (self.path / "keys").mkdir()
        for name in ("edge", "cloud"):
            self.keygen(name)
        self.allow = self.path / "allow"
        self.allow.mkdir()
        (self.allow / "edge.key").write_text((self.path / "keys/edge.key").read_text())

    def keygen(self, name):
        subprocess.run([program("tideline"), "keygen", "--out", str(self.path / "keys"), "--name", name],
                       check=True, stdout=subprocess.DEVNULL)

    def join(self, site, admitted_as=None):
        """This site's edge talks to the other one's cloud, which admits it under that name."""
        self.address = site.address
        (self.path / "keys/cloud.key").write_text((site.path / "keys/cloud.key").read_text())
        if admitted_as is not None:
            (site.allow / f"{admitted_as}.key").write_text((self.path / "keys/edge.key").read_text())

    def set_partition(self, **changes):
        self.partition.update(changes)
        write_yaml(self.path / "partition.yaml", self.partition)

    def start_cloud(self, address="tcp://127.0.0.1:0", **changes):
        """Waits until it listens; `self.address` is where."""
        config = {
            "id": "cloud", "model_repository": str(self.models), "listen": address,
            "keys": {"secret": str(self.path / "keys/cloud.secret")}, "allow": str(self.allow),
            "engine": {"threads": 1}, "log": {"format": "json"}, "http": {"port": 0}}
        if self.models == MODELS:
            config["models"] = [self.partition["model"]]
        config.update(changes)
        write_yaml(self.path / "cloud.yaml", config)
        cloud = self._start("tideline-cloud", "cloud.yaml")
        self.address = cloud.wait_for("ready")["address"]
        return cloud

    def edge_config(self, inputs, **changes):
        config = {
            "id": "edge", "model_repository": str(self.models),
            "partition": str(self.path / "partition.yaml"),
            "keys": {"secret": str(self.path / "keys/edge.secret")},
            "engine": {"threads": 1}, "log": {"format": "json"}, "http": {"port": 0},
            "source": {"kind": "images", "path": str(inputs)},
            "sink": {"path": str(self.path / "results.jsonl"), "outputs": True}}
        if hasattr(self, "address"):
            config["cloud"] = {"address": self.address,
                               "server_key": str(self.path / "keys/cloud.key")}
        for key, value in changes.items():
            config[key] = {**config[key], **value} if isinstance(value, dict) and key in config else value
        return config

    def start_edge(self, inputs, **changes):
        write_yaml(self.path / "edge.yaml", self.edge_config(inputs, **changes))
        return self._start("tideline-edge", "edge.yaml")

    def run_edge(self, inputs, **changes):
        """Runs to the end of the inputs and returns the records."""
        edge = self.start_edge(inputs, **changes)
        code = edge.wait()
        if code != 0:
            raise AssertionError(f"tideline-edge ended with {code}: {edge.log[-20:]}")
        return self.records()

    def records(self):
        path = self.path / "results.jsonl"
        if not path.exists():
            return []
        # The last line may still be on its way.
        return [json.loads(line) for line in path.read_text().split("\n")[:-1]]

    def _start(self, name, config):
        daemon = Daemon([*self.prefix, program(name), "--config", str(self.path / config)],
                        self.stdout)
        self.daemons.append(daemon)
        return daemon

    def close(self):
        for daemon in self.daemons:
            if daemon.process.poll() is None:
                daemon.kill()
        for daemon in self.daemons:
            daemon.wait()
        self._folder.cleanup()


def adaptive(model, engine, folder, *more):
    """The partition of an edge with that engine which chooses by itself, from profiles of few
    measurements in the folder."""
    engines = {"edge": engine, "cloud": "aten"}
    profiles = {side: f"{folder}/{side}.json" for side in engines}
    for side, name in engines.items():
        done = tideline("profile", MODELS / model, "--out", profiles[side], "--engines", name,
                        "--threads", 1, "--seconds", 1, "--cuts", 4, *more)
        assert done.returncode == 0, done.stderr
    return {"cut": "auto", "codec": "auto", "engine": engines, "profiles": profiles}


def _write_images(module, folder):
    subprocess.run([str(ROOT / ".venv/bin/python"), "-m", f"tideline_export.{module}", "--out",
                    str(folder)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return pathlib.Path(folder)


def digits(folder):
    """Writes the held-out digits as PNG files; returns the folder."""
    return _write_images("digits_images", folder)


def photographs(folder):
    """Writes photographs as image files; returns the folder."""
    return _write_images("photographs", folder)
