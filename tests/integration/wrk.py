"""wrk, as a person would call it, and what it was answered."""

import os
import pathlib
import re
import subprocess
import tempfile
from dataclasses import dataclass

POST = """\
local file = io.open(os.getenv("BODY"), "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Inference-Header-Content-Length"] = os.getenv("JSON_BYTES")
file:close()
"""

# Costs the client some time with every answer.
COUNT = """\
statuses = {}
local threads = {}
function setup(thread) table.insert(threads, thread) end
function response(status) statuses[status] = (statuses[status] or 0) + 1 end
function done()
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("statuses")) do
      io.write(string.format("status %d: %d\\n", status, count))
    end
  end
end
"""


@dataclass(frozen=True)
class Post:
    body: bytes
    json_bytes: int | None = None  # of it, where tensors stand behind the JSON


@dataclass(frozen=True)
class Load:
    per_second: float
    broken: str    # connections that were refused or ended, in wrk's words; "" for none
    refused: int   # answers other than 2xx and 3xx
    statuses: dict  # status to number of answers, where they were counted


def run(url, seconds, connections=1, post=None, core=None, count=False):
    """Asks again and again, from one thread."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        # What is slow is no error of wrk's: nothing here is measured by its patience.
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "600s", url]
        if core is not None:
            command[:0] = ["taskset", "-c", str(core)]
        environment = dict(os.environ)
        if post is not None:
            (folder / "body").write_bytes(post.body)
            environment["BODY"] = str(folder / "body")
            if post.json_bytes is not None:
                environment["JSON_BYTES"] = str(post.json_bytes)
        script = (POST if post is not None else "") + (COUNT if count else "")
        if script:
            (folder / "script.lua").write_text(script)
            command[-1:-1] = ["-s", str(folder / "script.lua")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return read(done.stdout)


def read(text):
    """What wrk printed."""
    broken = re.search(r"Socket errors: (.*)", text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    statuses = {}
    for status, count in re.findall(r"^status (\d+): (\d+)$", text, re.MULTILINE):
        statuses[int(status)] = statuses.get(int(status), 0) + int(count)
    return Load(per_second=float(re.search(r"Requests/sec:\s*([\d.]+)", text)[1]),
                broken=broken[1] if broken else "", refused=int(refused[1]) if refused else 0,
                statuses=statuses)
