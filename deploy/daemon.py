"""A tideline daemon as a child process whose log can be waited for."""

import json
import subprocess
import threading

PATIENCE = 60  # seconds that any one step may take


class DaemonError(Exception):
    """A daemon ended or did not do what was waited for."""


class Daemon:
    """A running program. Its log is JSON lines (`log: {format: json}`) and is kept in a file."""

    def __init__(self, program, config, **options):
        """`config` is the path of its YAML; the log goes beside it, `options` to Popen."""
        self.name = program.name
        self.log = config.with_suffix(".log")
        self.events = []
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            [program, "--config", config], stderr=subprocess.PIPE, text=True, **options
        )
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self):
        with self.log.open("w") as log:
            for line in self.process.stderr:
                log.write(line)
                log.flush()
                if line.startswith("{"):
                    self._add(json.loads(line))
        self._add({"event": "ended"})

    def _add(self, event):
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def _find(self, event, fields):
        for entry in self.events:
            if entry["event"] == "ended":
                return entry
            if entry["event"] == event and fields.items() <= entry.get("fields", {}).items():
                return entry
        return None

    def wait_for(self, event, **fields):
        """The fields of the first event of that name that has these ones, since the start."""
        with self.changed:
            found = self.changed.wait_for(lambda: self._find(event, fields), PATIENCE)
        if found is None:
            raise DaemonError(f"{self.name}: no {event} {fields} in {PATIENCE} s; see {self.log}")
        if found["event"] != event:
            raise DaemonError(f"{self.name} ended before '{event}':\n{self.log.read_text()}")
        return found.get("fields", {})

    def stop(self):
        """SIGTERM, then waits."""
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise DaemonError(f"{self.name} did not end on SIGTERM; see {self.log}") from None
