"""One plan, run by both daemons over a link of the lab."""

import subprocess

from lab.scenario import Scenario, run
from measure.quiet import LIMIT
from planner.plans import Failed
from planner.setting import CALIBRATED, CLOUD_ENGINE, EDGE_ENGINE, FEW, LIVE_IMAGES

# Answers that don't count: of a connection until its windows are open, and of an edge until its
# engine has compiled in one piece what it is often asked for.
WARM_CONNECTION = 4
WARM_EDGE = 40  # and for as long as
WARM_EDGE_MS = 5000
SLOW_MS = 1000  # next to that it does not matter how an edge has compiled
LONGEST = 400  # letters of a reason


def warm(plan, requests):
    if plan.cut == "input" or plan.latency > SLOW_MS or requests <= FEW:
        return min(WARM_CONNECTION, requests)
    return max(WARM_EDGE, round(WARM_EDGE_MS / plan.latency))


def scenario(cell, plan, requests):
    partition = {"cut": plan.cut, "engine": {"edge": EDGE_ENGINE, "cloud": CLOUD_ENGINE}}
    if plan.codec:
        partition["codec"] = plan.codec
    return Scenario(model=cell.network, models=str(CALIBRATED), partition=partition,
                    link=cell.link, inputs=str(LIVE_IMAGES), requests=requests, in_flight=1,
                    edge={"slower": cell.factor}, cloud={"models": [cell.network]})


def latencies(cell, plan, requests):
    """The records' latencies in milliseconds: [{"total": …, "head": …, …}], one request after the
    other, and whether other processes left the machine alone. Raises Failed where any answer is
    missing or took another path."""
    begin = warm(plan, requests)
    result = result_of(cell, plan, begin + requests)
    rows = chosen(result.rows[begin:begin + requests], plan, requests, cell.name)
    return rows, result.others <= LIMIT


def first_request(cell, plan):
    """The latencies of the first request of a new connection, likewise."""
    return chosen(result_of(cell, plan, 1).rows[:1], plan, 1, cell.name)[0]


def result_of(cell, plan, count):
    return result_of_scenario(f"{cell.name}: {plan}", scenario(cell, plan, count))


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
