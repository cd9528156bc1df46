"""One plan, run by both daemons over a link of the lab."""

import subprocess

from lab.scenario import Scenario, run
from planner.plans import Failed
from planner.setting import CALIBRATED, CLOUD_ENGINE, EDGE_ENGINE, LIVE_IMAGES

WARM = 2  # answers that don't count
LONGEST = 400  # letters of a reason


def scenario(cell, plan, requests, rate=None):
    partition = {"cut": plan.cut, "engine": {"edge": EDGE_ENGINE, "cloud": CLOUD_ENGINE}}
    if plan.codec:
        partition["codec"] = plan.codec
    return Scenario(model=cell.network, models=str(CALIBRATED), partition=partition,
                    link=cell.link, inputs=str(LIVE_IMAGES), requests=requests + WARM, rate=rate,
                    in_flight=1, edge={"slower": cell.factor}, cloud={"models": [cell.network]})


def latencies(cell, plan, requests, rate=None):
    """The records' latencies in milliseconds: [{"total": …, "head": …, …}], one request after the
    other, or `rate` of them in a time ("0.5/s"). Raises Failed where any answer is missing or took
    another path."""
    try:
        rows = run(scenario(cell, plan, requests, rate)).rows
    except (AssertionError, OSError, ValueError, subprocess.SubprocessError) as error:
        words = " ".join(str(error).split())  # with the end of a log, where the reason stands
        raise Failed(f"{cell.name}: {plan}: {words[-LONGEST:]}") from error
    return chosen(rows[WARM:WARM + requests], plan, requests, cell.name)


def chosen(rows, plan, requests, name):
    answered = [row for row in rows if not row["error"]]
    astray = [row["path"] for row in answered if row["path"] != plan.path]
    if len(answered) < requests or astray:
        raise Failed(f"{name}: {plan}: of {requests} requests {requests - len(answered)} have no "
                     f"answer and {len(astray)} went another path ({', '.join(set(astray))})")
    return [row["terms"] for row in answered]
