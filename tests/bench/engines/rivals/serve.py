"""A rival as a contender: python -m engines.rivals.serve RIVAL MODEL THREADS PRECISION [--prepare]

Speaks the protocol of measure/contender.py on stdout; whatever libraries print goes to stderr.
With --prepare it makes what RIVAL needs beforehand, and ends.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from engines.rivals import Absent, network

WARM_RUNS = 5


def protocol_stream():
    """stdout for the protocol alone: file descriptor 1 becomes stderr."""
    stream = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return stream


def answer(stream, **values):
    print(json.dumps(values), file=stream, flush=True)


def resident_megabytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def arrays(outputs):
    return [np.asarray(output) for output in
            (outputs if isinstance(outputs, (list, tuple)) else [outputs])]


def largest_error(outputs, expected):
    """max|a-b| / max|b|, the largest of all pairs."""
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in zip(outputs, expected))


def timed(run, runs):
    """Milliseconds of each run, the release of its outputs included."""
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - begin))
    return times


def set_threads(threads):
    """For rivals on torch; the others are told when they load."""
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)


def serve(rival, model, threads, precision, stream):
    begin = time.monotonic()
    bind = rival.load(model, threads, precision)
    cases = network.reference(model)
    run = bind(cases[0][0])
    load_ms = 1e3 * (time.monotonic() - begin)
    run()
    answer(stream, event="first_answer")
    error = max(largest_error(arrays(bind(inputs)()), outputs) for inputs, outputs in cases)
    timed(run, WARM_RUNS)
    answer(stream, event="ready", load_ms=load_ms, error=error, rss_mb=resident_megabytes(),
           version=rival.version(), threads=threads, precision=precision)
    for line in sys.stdin:
        request, _, runs = line.strip().partition(" ")
        if request != "whole" or not runs.isdigit():
            answer(stream, error=f"'{line.strip()}': it is 'whole RUNS'")
            continue
        answer(stream, whole_ms=timed(run, int(runs)), rss_mb=resident_megabytes())


def main():
    stream = protocol_stream()
    name, model, threads, precision = sys.argv[1:5]
    try:
        rival = importlib.import_module(f"engines.rivals.{name}")
        set_threads(int(threads))
        if "--prepare" in sys.argv[5:]:
            network.CACHE.mkdir(parents=True, exist_ok=True)
            if hasattr(rival, "prepare"):
                rival.prepare(Path(model), int(threads))
        else:
            serve(rival, Path(model), int(threads), precision, stream)
    except (Absent, ImportError) as error:
        answer(stream, event="absent", reason=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
