"""Runs the simulator over the grid, with profiles of this machine."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

from adaptation.cells import Cell, Steps
from adaptation.setting import DEADLINES, OUT, PATIENCE, REQUESTS, WATTS
from lab import slow
from lab.link import EDGE_CORE
from lab.slow import SlowEdge
from measure.text import note
from planner.plans import Profiler
from planner.prepare import prepare as prepare_networks
from planner.setting import CALIBRATED, accuracy_drop, program
from planner.setting import make_setting as planner_setting

ON_EDGE_CORE = ["taskset", "-c", str(EDGE_CORE)]
PREPARE = "run 'tests/bench/run adaptation --prepare' first"
# Seconds between runs of a profile: enough for a slow edge's quota to be whole again, as it is when
# requests come one by one.
PAUSE = 0.02


def profiler():
    return Profiler(planner_setting(quick=False), OUT / "profiles", PAUSE)


def profiles(network, factor):
    """The files of edge and cloud."""
    return profiler().edge_file(network, factor), profiler().cloud_file(network)


def prepare(setting):
    """Networks and calibrations where they are missing, and profiles."""
    prepare_networks(setting.networks)
    profile(setting)


def profile(setting):
    """What everything takes here and now. Without quotas there are no slow edges. Raises Failed."""
    for network in setting.networks:
        profiler().cloud(network)
    for network, factor in setting.sites:
        if slow.why_not() is None:
            with SlowEdge(factor) as edge:
                profiler().edge(network, factor, edge.command)
        elif factor == 1:
            profiler().edge(network, factor, ON_EDGE_CORE)


def missing(setting):
    """Why nothing can be simulated; None where it can."""
    for network, factor in setting.sites:
        if not (CALIBRATED / network / "done").exists():
            return f"{network} is not calibrated: {PREPARE}"
        if not all(path.exists() for path in profiles(network, factor)):
            return f"{network} has no profile of an edge {factor:g}x slower: {PREPARE}"
    return None


def drop(network):
    return float(accuracy_drop(network).rstrip("%")) / 100


def saving_profile(network, factor):
    """The edge's, with declared watts."""
    edge, _ = profiles(network, factor)
    path = OUT / "jobs" / f"saving-{edge.name}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**json.loads(edge.read_text()), "power": WATTS}))
    return path


def job(setting, network, factor, saving=False):
    edge, cloud = profiles(network, factor)
    links = setting.links
    if saving:
        edge, links = saving_profile(network, factor), []
    return {"requests": REQUESTS, "deadlines": [PATIENCE] if saving else DEADLINES,
            "steps": setting.steps,
            "links": [link.job() for link in links],
            "sites": [{"network": network, "model": str(CALIBRATED / network), "edge": str(edge),
                       "cloud": str(cloud), "factor": factor, "accuracy_drop": drop(network),
                       "saving": saving}]}


def run(setting, workers):
    """All cells and all steps."""
    jobs = [job(setting, *site) for site in setting.sites]
    jobs += [job(setting, *site, saving=True) for site in setting.saving]
    with ThreadPoolExecutor(workers) as pool:
        lines = pool.map(simulate, jobs)
        rows = [row for site in lines for row in site]
    return ([Cell.read(row) for row in rows if "strategies" in row],
            [Steps.read(row) for row in rows if "steps" in row])


def simulate(one_job):
    """The lines of JSON that the program says of one job."""
    site = one_job["sites"][0]
    name = "saving-" * site["saving"] + f"{site['network']}-{site['factor']:g}x.json"
    path = OUT / "jobs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(one_job))
    done = subprocess.run([program("adaptation_bench"), path], check=True, stdout=subprocess.PIPE,
                          text=True)
    note(f"{site['network']}, edge {site['factor']:g}x: simulated")
    return [json.loads(line) for line in done.stdout.splitlines()]
