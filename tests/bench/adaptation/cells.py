"""What the simulation gave, and the figures that come of it."""

from dataclasses import dataclass

import numpy as np

RIVALS = ("edge", "raw", "jpeg", "static")
STRATEGIES = (*RIVALS, "oracle", "race")  # and "deadline F" for each of the deadlines
DEADLINE = "deadline "


@dataclass(frozen=True)
class Cell:
    """One network, edge and link; what each strategy took, in milliseconds."""

    network: str
    factor: float
    link: str
    is_trace: bool
    strategies: dict  # {name: {"mean": …, "p99": …, …}}
    pipeline: float | None = None  # results per second over what the slowest stage allows

    @classmethod
    def read(cls, row):
        return cls(row["network"], row["factor"], row["link"], row["pipeline"] is None,
                   row["strategies"], row["pipeline"])

    @property
    def name(self):
        return f"{self.network} {self.factor:g}x {self.link}"

    def ours(self):
        """{name: figures} of the runs with our policies."""
        return {name: one for name, one in self.strategies.items()
                if name == "race" or name.startswith(DEADLINE)}

    def best_rival(self):
        """Its name, by the mean."""
        return min((name for name in RIVALS if name in self.strategies),
                   key=lambda name: self.strategies[name]["mean"])

    def vs_best_rival(self, name):
        return self.strategies[name]["mean"] / self.strategies[self.best_rival()]["mean"]

    def regret(self, name):
        """What it takes longer than the oracle, as a fraction."""
        return self.strategies[name]["mean"] / self.strategies["oracle"]["mean"] - 1

    def p99_vs_limit(self, name):
        """Over the edge alone, or the deadline where that is later."""
        one = self.strategies[name]
        return one["p99"] / max(self.strategies["edge"]["p99"], one["deadline"])


@dataclass(frozen=True)
class Steps:
    """How one way to set the tail follows jumps of the link; None where nothing had to change."""

    network: str
    factor: float
    tail: str
    requests_down: int | None
    requests_up: int | None
    seconds_up: float | None
    changes: int
    saving: bool = False

    @classmethod
    def read(cls, row):
        tail = "race" if row["steps"] == "race" else f"{DEADLINE}{row['deadline']:.2f}"
        return cls(row["network"], row["factor"], tail, row["requests_down"], row["requests_up"],
                   row["seconds_up"], row["changes"], row["saving"])

    @property
    def name(self):
        return f"{self.network} {self.factor:g}x" + (", saving energy" if self.saving else "")


def deadline_met(cells):
    """{strategy: share} of the requests that the oracle could have answered in time, all cells
    together; those that it never could are left out."""
    met, possible = {}, {}
    for cell in cells:
        for name, one in cell.ours().items():
            if name.startswith(DEADLINE):
                met[name] = met.get(name, 0) + one["met"]
                possible[name] = possible.get(name, 0) + one["possible"]
    return {name: met[name] / possible[name] for name in met if possible[name]}


def trace_regrets(cells):
    """{link: mean regret} of the traces, over all cells and all of ours."""
    regrets = {}
    for cell in cells:
        if cell.is_trace:
            regrets.setdefault(cell.link, []).extend(cell.regret(name) for name in cell.ours())
    return {link: float(np.mean(values)) for link, values in regrets.items()}


def _most(values, best=max):
    values = [value for value in values if value is not None]
    return best(values) if values else None


def figures(cells, steps):
    """The figures of the JSON line: the worst of all cells and of all ways to set the tail."""
    ratios = [cell.vs_best_rival(name) for cell in cells for name in cell.ours()]
    return {
        "mean_vs_best_rival_max": _most(ratios),
        "mean_vs_best_rival_geomean": float(np.exp(np.mean(np.log(ratios)))) if ratios else None,
        "race_p99_vs_edge_max": _most(cell.p99_vs_limit("race") for cell in cells),
        "deadline_p99_vs_limit_max": _most(
            cell.p99_vs_limit(name) for cell in cells for name in cell.ours() if name != "race"),
        "deadline_met_vs_oracle": _most(deadline_met(cells).values(), min),
        "trace_regret_mean": _most(trace_regrets(cells).values()),
        "trace_regret_worst_cell": _most(
            cell.regret(name) for cell in cells if cell.is_trace for name in cell.ours()),
        "requests_to_switch_down": _most(one.requests_down for one in steps),
        "requests_to_switch_up": _most(one.requests_up for one in steps),
        "seconds_to_switch_up": _most(one.seconds_up for one in steps),
        "changes_per_step": _most(one.changes for one in steps),
        "pipeline_vs_bound": _most((cell.pipeline for cell in cells), min),
        "cells_simulated": len(cells),
    }
