"""One plan, run by both daemons over a link of the lab."""

import dataclasses
import subprocess

from lab.scenario import Scenario, run
from measure.quiet import LIMIT
from planner.plans import Failed
from planner.setting import (CALIBRATED, CLOUD_ENGINE, COMPILED, EDGE_ENGINE, FEW, LIVE_IMAGES)

# Answers that don't count: of a connection until its windows are open, and of an edge until its
# engine is asked to compile in one piece what it runs so often, and has done it.
WARM_CONNECTION = 4
WARM_EDGE = 40
SLOW_MS = 1000  # next to that it does not matter how an edge has compiled
LONGEST = 400  # letters of a reason


def warm(plan, requests):
    """What of a scenario says so."""
    if plan.cut == "input" or plan.latency > SLOW_MS or requests <= FEW:
        return {"warm": min(WARM_CONNECTION, requests)}
    return {"warm": WARM_EDGE, "settle": True}


def scenario(cell, plan, requests):
    partition = {"cut": plan.cut, "engine": {"edge": EDGE_ENGINE, "cloud": CLOUD_ENGINE}}
    if plan.codec:
        partition["codec"] = plan.codec
    edge = {"slower": cell.factor, "engine": {"cache": str(COMPILED / cell.network)}}
    return Scenario(model=cell.network, models=str(CALIBRATED), partition=partition,
                    link=cell.link, inputs=str(LIVE_IMAGES), in_flight=1, edge=edge,
                    requests=requests, cloud={"models": [cell.network]}, **warm(plan, requests))


def latencies(cell, plan, requests):
    """The records' latencies in milliseconds: [{"total": …, "head": …, …}], one request after the
    other, and whether other processes left the machine alone. Raises Failed where any answer is
    missing or took another path."""
    result = result_of(cell, plan, scenario(cell, plan, requests))
    rows = chosen(result.rows[result.warm:result.warm + requests], plan, requests, cell.name)
    return rows, result.others <= LIMIT


def first_request(cell, plan):
    """The latencies of the first request of a new connection, likewise."""
    only = dataclasses.replace(scenario(cell, plan, 1), warm=0)
    return chosen(result_of(cell, plan, only).rows[:1], plan, 1, cell.name)[0]


def result_of(cell, plan, what):
    return result_of_scenario(f"{cell.name}: {plan}", what)


def result_of_scenario(name, what):
    try:
        return run(what)
    except (AssertionError, OSError, ValueError, subprocess.SubprocessError) as error:
        words = " ".join(str(error).split())  # with the end of a log, where the reason stands
        raise Failed(f"{name}: {words[-LONGEST:]}") from error


def chosen(rows, plan, requests, name):
    answered = [row for row in rows if not row["error"]]
    astray = [row["path"] for row in answered if row["path"] != plan.path]
    if len(answered) < requests or astray:
        raise Failed(f"{name}: {plan}: of {requests} requests {requests - len(answered)} have no "
                     f"answer and {len(astray)} went another path ({', '.join(set(astray))})")
    return [row["terms"] for row in answered]
