"""The simulation as tables, CSV and a picture."""

import csv

from adaptation.cells import DEADLINE, RIVALS, deadline_met, trace_regrets
from adaptation.picture import Picture
from adaptation.setting import OUT
from measure.text import table

COLUMNS = ("requests", "mean", "p50", "p95", "p99", "deadline", "possible", "met", "changes",
           "shadow_bytes", "sent_bytes", "mostly")


def _mean(cell, name):
    return cell.strategies[name]["mean"] if name in cell.strategies else None


def print_cells(cells):
    names = list(cells[0].ours())
    rows = [(cell.name, *(_mean(cell, name) for name in (*RIVALS, "oracle", *names)),
             cell.best_rival(), max(cell.vs_best_rival(name) for name in names),
             max(cell.p99_vs_limit(name) for name in names)) for cell in cells]
    print("\nMean latency in simulation, ms; ours over the best rival, and its 99th percentile "
          "over the edge's or the deadline: the worst of ours\n")
    print(table(("network, edge, link", *RIVALS, "oracle", *names, "best rival", "ours / it",
                 "p99 / limit"), rows))


def print_traces(cells):
    names = list(cells[0].ours())
    rows = []
    for link, mean in trace_regrets(cells).items():
        here = [cell for cell in cells if cell.link == link]
        means = [sum(cell.regret(name) for cell in here) / len(here) for name in names]
        rows.append((link, *means, mean, max(cell.regret(name) for cell in here for name in names)))
    if rows:
        print("\nRegret to the oracle on traces, as fractions: means over networks and edges\n")
        print(table(("trace", *names, "all", "worst cell"), rows))


def print_deadlines(cells):
    shares = deadline_met(cells)
    rows = []
    for name, share in shares.items():
        ones = [cell.strategies[name] for cell in cells if cell.strategies[name]["possible"]]
        rows.append((name.removeprefix(DEADLINE) + " x the edge's median",
                     sum(one["possible"] for one in ones), share,
                     min(one["met"] / one["possible"] for one in ones)))
    print("\nDeadlines met, of those that the oracle can meet\n")
    print(table(("deadline", "requests", "met", "in the worst cell"), rows))


def print_steps(steps):
    rows = [(one.name, one.tail, one.requests_down, one.requests_up,
             one.seconds_up, one.changes) for one in steps if one.changes]
    if rows:
        print("\n18.88, 1.1 and again 18.88 Mbit/s, where the best plan is not the same\n")
        print(table(("network, edge", "tail", "requests down", "requests up", "seconds up",
                     "changes per step"), rows))


def print_live(ran):
    rows = [(one.name, one.live, one.simulated, one.ratio, ", ".join(one.cuts),
             "quiet" if one.quiet else "disturbed") for one in ran]
    if not rows:
        return
    print("\nBoth daemons in the lab: mean latency, ms\n")
    print(table(("network, edge, link", "live", "simulated", "live / it", "cuts", ""), rows))
    with (OUT / "live.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("source", "network", "edge slower", "link", "strategy", "mean",
                         "mean simulated", "cuts"))
        for one in ran:
            writer.writerow(("live", one.network, one.factor, one.link, one.tail, one.live,
                             one.simulated, " ".join(one.cuts)))


def write_csv(cells, steps):
    with (OUT / "cells.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("source", "network", "edge slower", "link", "strategy", *COLUMNS))
        for cell in cells:
            for name, one in cell.strategies.items():
                writer.writerow(("simulated", cell.network, cell.factor, cell.link, name,
                                 *(one.get(column) for column in COLUMNS)))
    with (OUT / "steps.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("source", "network", "edge slower", "saves energy", "tail",
                         "requests down", "requests up", "seconds up", "changes"))
        for one in steps:
            writer.writerow(("simulated", one.network, one.factor, one.saving, one.tail,
                             one.requests_down, one.requests_up, one.seconds_up, one.changes))


def report(cells, steps):
    if not cells:
        return
    print_cells(cells)
    print_traces(cells)
    print_deadlines(cells)
    print_steps(steps)
    OUT.mkdir(parents=True, exist_ok=True)
    write_csv(cells, steps)
    (OUT / "cells.svg").write_text(Picture(cells).svg())
    print(f"\nCSV and picture: {OUT}\n")
