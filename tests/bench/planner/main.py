"""How exact the planner is, and how fast.

  tests/bench/run planner [--quick] [--networks N]
  tests/bench/run planner --dag FILE --scale S

The second form prints the minimum cut of one public graph (msr-fiddle/dnn-partitioning), with what
sending costs times S. The last line on stdout is JSON. The program planner_bench comes from
TIDELINE_BUILD (build/release), the graph with 783 nodes from TIDELINE_TEST_DATA where that is set;
otherwise one of that size is generated.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from measure.text import note, table

ROOT = Path(__file__).resolve().parents[3]
NETWORKS = 10_000
BERT = "operators_bert_l-12.json"
BERT_SCALES = (1, 10, 30, 100)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="run planner", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the same: it takes a minute")
    parser.add_argument("--prepare", action="store_true", help="nothing is to be prepared")
    parser.add_argument("--networks", type=int, default=NETWORKS,
                        help="so many random networks")
    parser.add_argument("--dag", type=Path, help="a public graph")
    parser.add_argument("--scale", type=float, default=1, help="times the cost of sending")
    return parser.parse_args(arguments)


def program():
    build = Path(os.environ.get("TIDELINE_BUILD", ROOT / "build" / "release")).resolve()
    return build / "bin" / "planner_bench"


def ask(*arguments):
    """The JSON of one run of the program, which writes its complaints to stderr."""
    done = subprocess.run([program(), *map(str, arguments)], check=True, stdout=subprocess.PIPE,
                          text=True)
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
    ]
    print(table(("planner", ""), rows))


def main(arguments):
    options = parse(arguments)
    if options.prepare:
        return 0
    if not program().exists():
        note(f"run planner: {program()} is not there: build it (deploy/demo.sh does), or set "
             "TIDELINE_BUILD")
        return 2
    if options.dag:
        print(json.dumps(ask("dag", options.dag, options.scale)))
        return 0
    begin = time.monotonic()
    found = figures(options.networks)
    report(found)
    print(json.dumps({"bench": "planner", "quick": options.quick, **found,
                      "seconds": time.monotonic() - begin}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
