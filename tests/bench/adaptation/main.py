"""The right path for every request, whatever the link does: our policies in virtual time.

  tests/bench/run adaptation [--quick] [--prepare] [--models A,B] [--slower 1,4]
  tests/bench/run adaptation --uplink FILE

Every network, edge and link of the grid is simulated with the planner and the policies that the
edge runs, with stage times from profiles of this machine, beside what a fixed plan and an oracle
that knows the link would take. A sample of the grid runs live in the lab too, by both daemons, each
cell beside a simulation with profiles from right before; and then the daemons work while everything
around them fails, for 20,000 requests; by --quick two cells and 1,000 requests. A whole run measures
the grid's profiles anew, the others take those of the last one or of --prepare, which makes the
networks too. The second form runs one trace in mahimahi's format alone, simulated. Recorded uplinks
come from TIDELINE_TEST_DATA, the programs from TIDELINE_BUILD (build/release). The last line on
stdout is JSON.
"""

import argparse
import sys
import time
from pathlib import Path

from adaptation import live, live_steps, simulate
from adaptation.cells import figures
from adaptation.report import print_live, report
from adaptation.setting import make_setting
from measure.text import note, print_figures
from planner.plans import Failed
from planner.setting import listed, program


def parse(arguments):
    parser = argparse.ArgumentParser(prog="run adaptation", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true",
                        help="two live cells and a short chaos alone")
    parser.add_argument("--prepare", action="store_true",
                        help="export, calibrate and profile the networks, and end")
    parser.add_argument("--models", help="A,B: the networks")
    parser.add_argument("--slower", help="1,4: how many times slower the edges are")
    parser.add_argument("--simulated", action="store_true", help="nothing live, no chaos")
    parser.add_argument("--uplink", type=Path, help="a trace that is run alone")
    parser.add_argument("--workers", type=int, default=1, help="cores to use")
    return parser.parse_args(arguments)


def setting_of(options):
    return make_setting(listed(options.models), listed(options.slower, float), options.uplink)


def run_steps():
    """{key: figure}; none where it failed."""
    if live.why_not():
        return {}
    found = {}
    for what, run, prefix in (("a race", live_steps.run, "live_"),
                              ("saving energy", live_steps.run_saving, "live_saving_")):
        note(f"live: {what}, a link that jumps")
        try:
            found |= live_steps.figures(run(), prefix)
        except Failed as error:
            note(f"left out: {error}")
    return found


def measure_stages(setting):
    try:
        simulate.profile(setting)
    except Failed as error:
        note(f"run adaptation: older profiles are used: {error}")


def run_live(options, setting):
    if reason := live.why_not():
        note(f"run adaptation: nothing runs live: {reason}")
        return []
    return live.run(setting, options.quick)


def main(arguments):
    options = parse(arguments)
    if options.uplink and not options.uplink.exists():
        note(f"run adaptation: there is no {options.uplink}")
        return 2
    if not program("adaptation_bench").exists():
        note(f"run adaptation: {program('adaptation_bench')} is not there: build it "
             "(deploy/demo.sh does), or set TIDELINE_BUILD")
        return 2
    setting = setting_of(options)
    if options.prepare:
        simulate.prepare(setting)
        return 0
    begin = time.monotonic()
    cells, steps = [], []
    if not options.quick and not options.simulated and not options.uplink:
        measure_stages(setting)
    if reason := simulate.missing(setting):
        note(f"run adaptation: nothing is simulated: {reason}")
    else:
        cells, steps = simulate.run(setting, options.workers)
    report(cells, steps)
    ran, steps_live, failures = [], {}, {}
    if not options.simulated and not options.uplink:
        ran = run_live(options, setting) if cells else []
        print_live(ran)
        steps_live = {} if options.quick else run_steps()
        failures = live.run_chaos(options.quick)
    print_figures({"bench": "adaptation", "quick": options.quick, **figures(cells, steps),
                   **live.figures(ran), **steps_live, **failures,
                   "seconds": time.monotonic() - begin})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
