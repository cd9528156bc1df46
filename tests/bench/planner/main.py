"""How exact the planner is, how fast, and what its plans give.

  tests/bench/run planner [--quick] [--prepare] [--only exact|lab]
                          [--models A,B] [--links A,B] [--slower 1,4]
  tests/bench/run planner --dag FILE --scale S

In the lab both daemons run every plan, ours and what others would do, over each link and on an edge
of each slowness; networks and images come from --prepare. The second form prints the minimum cut of
one public graph (msr-fiddle/dnn-partitioning), with what sending costs times S. The last line on
stdout is JSON. The programs come from TIDELINE_BUILD (build/release), the graph with 783 nodes from
TIDELINE_TEST_DATA where that is set; otherwise one of that size is generated.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from measure.text import note, print_figures, table
from planner import cells, lab_report
from planner.prepare import prepare
from planner.setting import listed, make_setting, missing, program

NETWORKS = 10_000
BERT = "operators_bert_l-12.json"
BERT_SCALES = (1, 10, 30, 100)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="run planner", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true",
                        help="in the lab two networks, two links, one slowness")
    parser.add_argument("--prepare", action="store_true",
                        help="export and calibrate the lab's networks, and end")
    parser.add_argument("--only", choices=("exact", "lab"), help="this half alone")
    parser.add_argument("--models", help="A,B: the lab's networks")
    parser.add_argument("--links", help="A,B: its links")
    parser.add_argument("--slower", help="1,4: how many times slower its edges are")
    parser.add_argument("--networks", type=int, default=NETWORKS,
                        help="so many random networks")
    parser.add_argument("--dag", type=Path, help="a public graph")
    parser.add_argument("--scale", type=float, default=1, help="times the cost of sending")
    return parser.parse_args(arguments)


def lab_setting(options):
    return make_setting(options.quick, listed(options.models), listed(options.links),
                        listed(options.slower, float))


def ask(*arguments):
    """The JSON of one run of the program, which writes its complaints to stderr."""
    done = subprocess.run([program("planner_bench"), *map(str, arguments)], check=True,
                          stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def bert():
    """The public graph with 783 nodes, or None."""
    data = os.environ.get("TIDELINE_TEST_DATA")
    path = Path(data) / "dags" / BERT if data else None
    return path if path and path.exists() else None


def figures(networks):
    found = ask("figures", networks)
    found["mincut783_generated"] = bert() is None
    if bert():
        found["mincut783_ms"] = max(ask("dag", bert(), scale)["ms"] for scale in BERT_SCALES)
    return found


def report(found):
    rows = [
        ("random networks, each objective under each constraint", found["networks"]),
        ("choices compared with the best of all cuts", found["brute_force_choices"]),
        ("of them different", found["brute_force_mismatches"]),
        ("gap of the cuts considered, 95th percentile", found["bounded_gap_p95"]),
        ("  the largest", found["bounded_gap_max"]),
        ("  with no more than all cuts of up to four values", found["listed_gap_p95"]),
        ("  with no more than all cuts of one value", found["single_value_gap_p95"]),
        ("minimum cut of 783 nodes, ms", found["mincut783_ms"]),
        ("cuts, candidates and front of 1000 nodes, ms", found["dag1000_ms"]),
        ("  candidates", found["dag1000_candidates"]),
        ("  on the front", found["dag1000_front"]),
        ("  that may be best for some objective", found["choose_considered"]),
        ("a choice, the slowest objective and link, us", found["choose_us"]),
        ("where coding overlaps sending: 1000 nodes, ms", found["stretches_ms"]),
        ("  on the front", found["stretches_front"]),
        ("  that may be best for some objective", found["stretches_considered"]),
        ("  a choice, us", found["stretches_choose_us"]),
    ]
    print(table(("planner", ""), rows))


def main(arguments):
    options = parse(arguments)
    setting = lab_setting(options)
    if not program("planner_bench").exists():
        note(f"run planner: {program('planner_bench')} is not there: build it (deploy/demo.sh "
             "does), or set TIDELINE_BUILD")
        return 2
    if options.prepare:
        prepare(setting.networks)
        return 0
    if options.dag:
        print(json.dumps(ask("dag", options.dag, options.scale)))
        return 0
    begin = time.monotonic()
    line = {"bench": "planner", "quick": options.quick}
    if options.only != "lab":
        exact = figures(options.networks)
        report(exact)
        line |= exact
    if options.only != "exact":
        line |= measure_in_lab(setting)
    print_figures({**line, "seconds": time.monotonic() - begin})
    return 0


def measure_in_lab(setting):
    if reason := missing(setting):
        note(f"run planner: nothing is measured in the lab: {reason}")
        return cells.figures([])
    lab = cells.Lab(setting)
    found = list(lab.cells())
    first_request = lab.first_request()
    lab_report.report(found, first_request, lab.failures)
    return cells.figures(found, first_request, lab.failures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
