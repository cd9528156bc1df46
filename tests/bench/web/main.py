"""What asking over HTTP costs, and what it does to inference.

  tests/bench/run http [--quick] [--prepare] [--keep-noisy] [--model M]

A process with the server and the pipeline, but a network that computes nothing, shows the CPU time
of the way there and back; an idle edge how many answers of health one core gives; an edge that
computes without a pause whether 1,000 of those a second disturb it. wrk makes the load. The last
line on stdout is JSON. The programs come from TIDELINE_BUILD (build/release), the model from
TIDELINE_TEST_MODELS (build/models).
"""

import argparse
import csv
import shutil

from integration.daemons import MODELS, program
from measure.text import note, print_figures, table
from web import cost, disturbance
from web.setting import OUT, QUICK, WHOLE


def parse(arguments):
    parser = argparse.ArgumentParser(prog="run http", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--prepare", action="store_true", help="there is nothing to prepare")
    parser.add_argument("--keep-noisy", action="store_true",
                        help="keep rounds that other processes disturbed")
    parser.add_argument("--model", default="photos", help="that infers while health is asked for")
    return parser.parse_args(arguments)


def absent(model):
    """What is not there, in a sentence; None where all is."""
    for name in ("http_bench", "tideline-edge"):
        if not shutil.which(program(name)):
            return f"{program(name)} is not there: build it, or set TIDELINE_BUILD"
    if not (MODELS / model).is_dir():
        return f"{MODELS} has no '{model}': set TIDELINE_TEST_MODELS"
    for tool in ("wrk", "taskset"):
        if not shutil.which(tool):
            return f"{tool} is not there: deploy/setup.sh --tests installs it"
    return None


def main(arguments):
    options = parse(arguments)
    if options.prepare:
        return 0
    reason = absent(options.model)
    if reason:
        note(f"run http: {reason}")
        return 2
    OUT.mkdir(parents=True, exist_ok=True)
    setting = QUICK if options.quick else WHOLE
    figures = {**cost.measure(setting), "health_per_s": cost.health_per_second(setting)}
    figures.update(disturbance.measure(setting, options.model, options.keep_noisy))
    with (OUT / "figures.csv").open("w", newline="") as file:
        csv.writer(file).writerows(figures.items())
    print(table(("http", ""), [
        ("CPU of a request over HTTP beside one in the process, us", figures["added_cpu_us"]),
        ("CPU of a JSON request, ms per MB", figures["json_ms_per_mb"]),
        ("  of it reading the JSON", figures["json_parse_ms_per_mb"]),
        ("CPU of a binary request, ms per MB", figures["binary_ms_per_mb"]),
        ("answers of health per second, one core", figures["health_per_s"]),
        ("inference beside 1,000 of them a second: median", figures["inference_median_ratio"]),
        ("  95th percentile", figures["inference_p95_ratio"])]))
    print_figures(figures)
    return 0
