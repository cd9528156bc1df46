"""A contender: a process that stays alive and answers one line of JSON per request.

It writes {"event": "first_answer"} as soon as its network has answered once, then
{"event": "ready", ...}, or {"event": "absent", "reason": ...} where it cannot take part. After that
it answers requests (`whole RUNS`, ...) as partitioner/tool/bench_rounds.h says.
"""

import json
import os
import select
import subprocess
import time

PATIENCE = 300  # seconds that one answer may take


class Absent(Exception):
    """The contender cannot take part; the text says why."""


class Contender:
    def __init__(self, name, command, log, environment=None):
        """Starts `command`; its stderr goes to the file `log`, `environment` is added to ours."""
        self.name = name
        self.log = log
        self.unread = b""
        self.started = time.monotonic()
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
                env={**os.environ, **(environment or {})})

    @property
    def pid(self):
        return self.process.pid

    def wait_ready(self):
        """What it says of itself, with `first_answer_s` since its start. Raises Absent."""
        self._expect("first_answer")
        first_answer = time.monotonic() - self.started
        return {**self._expect("ready"), "first_answer_s": first_answer}

    def ask(self, request):
        """The answer to one request. Raises Absent where there is none."""
        try:
            self.process.stdin.write(request.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Absent(self._last_words()) from None
        answer = self._read()
        if "error" in answer:
            raise Absent(f"{request}: {answer['error']}")
        return answer

    def close(self):
        """Ends it: it stops at the end of its input."""
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def _expect(self, event):
        answer = self._read()
        if answer.get("event") != event:
            raise Absent(answer.get("reason") or answer.get("error") or f"said {answer}")
        return answer

    def _read(self):
        deadline = time.monotonic() + PATIENCE
        while b"\n" not in self.unread:
            left = max(deadline - time.monotonic(), 0)
            if not select.select([self.process.stdout], [], [], left)[0]:
                self.process.kill()
                raise Absent(f"no answer within {PATIENCE} s")
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            if not piece:
                raise Absent(self._last_words())
            self.unread += piece
        line, _, self.unread = self.unread.partition(b"\n")
        return json.loads(line)

    def _last_words(self):
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"ended with status {self.process.wait()}"
