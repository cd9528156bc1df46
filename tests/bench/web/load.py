"""wrk, as a person would call it."""

import os
import re
import subprocess

from web.setting import OUT

SCRIPT = """\
local file = io.open(os.getenv("BODY"), "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Inference-Header-Content-Length"] = os.getenv("JSON_BYTES")
file:close()
"""


class Refused(Exception):
    """Not every request was answered."""


def run(url, seconds, connections=1, body=None, json_bytes=None, core=None):
    """Requests per second of one thread; with `body` they are POST."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", url]
    if core is not None:
        command[:0] = ["taskset", "-c", str(core)]
    environment = dict(os.environ)
    if body is not None:
        (OUT / "body").write_bytes(body)
        (OUT / "post.lua").write_text(SCRIPT)
        environment["BODY"] = str(OUT / "body")
        if json_bytes is not None:
            environment["JSON_BYTES"] = str(json_bytes)
        command[-1:-1] = ["-s", str(OUT / "post.lua")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    if re.search(r"Non-2xx|Socket errors", done.stdout):
        raise Refused(done.stdout)
    return float(re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)[1])
