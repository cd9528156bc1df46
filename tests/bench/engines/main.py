"""Tideline's engines beside what people run today.

  tests/bench/run engines [--quick] [--prepare] [--networks A,B] [--threads 1,2] [--keep-noisy]

The last line on stdout is the JSON with the figures. Networks come from TIDELINE_TEST_MODELS
(build/models), programs from TIDELINE_BUILD (build/release).
"""

import argparse
import sys
import time

from engines import (batches, contended, cuts, edge, executor, new_cut, prepare, report, segments,
                     speed)
from engines.figures import Measured, figures
from engines.setting import FULL, QUICK, Setting, missing
from measure.text import Progress, note, print_result

QUICK_SECONDS = 280  # after which the quick run begins nothing more


def parse(arguments):
    parser = argparse.ArgumentParser(prog="run engines", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three networks, one thread")
    parser.add_argument("--prepare", action="store_true",
                        help="compile and convert what the rivals need, and end")
    parser.add_argument("--networks", help="A,B: these networks in place of the usual ones")
    parser.add_argument("--threads", help="1,2: these numbers of threads")
    parser.add_argument("--keep-noisy", action="store_true",
                        help="count rounds that other processes disturbed, to try it out")
    options = parser.parse_args(arguments)
    networks = options.networks.split(",") if options.networks else QUICK if options.quick else FULL
    threads = [int(n) for n in options.threads.split(",")] if options.threads else (
        [1] if options.quick else [1, 2])
    return options, Setting(options.quick, tuple(networks), tuple(threads), options.keep_noisy)


def steps(setting, measured):
    """Everything there is to do: (label, function), in order."""
    networks = [name for name in setting.networks if setting.model(name)]

    def add_speed(name, threads):
        measured.speeds.append(speed.measure(setting, name, threads))
        report.print_speed(measured.speeds[-1])

    def add_cuts(name):
        if found := cuts.measure(setting, "aten", name, setting.threads[0]):
            measured.cuts.append(found)

    def add(where, key, found):
        if found is not None:
            where[key] = found

    for threads in setting.threads:
        for name in networks:
            yield f"{name} t{threads}", lambda n=name, t=threads: add_speed(n, t)
    for name in networks:
        yield f"cuts of {name}", lambda n=name: add_cuts(n)
    yield "executor", lambda: measured.executor.update(executor.measure(setting))
    yield "edge on openvino", lambda: measured.edge.update(edge.measure(setting))
    for name in networks:
        yield f"contended {name}", lambda n=name: add(
            measured.contended, ("aten", n), contended.measure(setting, "aten", n))
    for name in networks:
        yield f"segments {name}", lambda n=name: add(
            measured.segments, n,
            segments.measure(setting, "openvino", n, setting.threads[0]))
    for name in networks:
        yield f"new cuts of {name}", lambda n=name: add(
            measured.new_cuts, n,
            new_cut.measure(setting, "openvino", n, setting.threads[0]))
    for name in networks:
        for engine in ("aten",) if setting.quick else ("aten", "openvino"):
            yield f"batches {name}", lambda n=name, e=engine: add(
                measured.batches, (e, n), batches.measure(setting, e, n, setting.threads[-1]))


def main(arguments):
    options, setting = parse(arguments)
    if options.prepare:
        return 1 if prepare.prepare(setting) else 0
    if reason := missing(setting):
        note(f"run engines: {reason}")
        return 2
    begin = time.monotonic()
    measured = Measured()
    todo = list(steps(setting, measured))
    progress = Progress(len(todo))
    for label, function in todo:
        progress.step(label)
        if setting.quick and time.monotonic() - begin > QUICK_SECONDS:
            note(f"{label}: left out, as the quick run ends within five minutes")
            continue
        function()
    progress.close()
    report.report(measured)
    print_result("engines", setting, figures(measured), time.monotonic() - begin)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
