"""The papers' table, measured: networks x uplinks x edges, ours against what others would do."""

from dataclasses import dataclass, field

import numpy as np

from lab.slow import SlowEdge
from measure.stats import RESAMPLES, SEED, Estimate, median, median_of
from measure.text import note
from planner import idle, live, plans
from planner.plans import Failed
from planner.setting import FEW

RIVALS = ("edge", "raw", "jpeg", "fp32 split")
SLOW_RIVAL = 10  # times edge-only: a few requests are enough


@dataclass
class Measured:
    """One plan, run live."""

    plan: plans.Plan
    terms: list  # per request {"total": ms, "head": ms, …}
    quiet: bool = True  # other processes left the machine alone

    @property
    def totals(self):
        return [row["total"] for row in self.terms]

    @property
    def few(self):
        return len(self.terms) <= FEW

    def error(self):
        """Of the expected latency, as a fraction of the measured one."""
        return abs(self.plan.latency / median(self.totals) - 1)

    def is_covered(self):
        """Whether what is measured lies in the expected interval, as far as it is known."""
        found = median_of(self.totals)
        return found.high >= self.plan.low and found.low <= self.plan.high


@dataclass
class Cell:
    network: str
    link: str
    factor: float
    plans: dict = field(default_factory=dict)  # {strategy: Plan}
    measured: dict = field(default_factory=dict)  # {strategy: Measured}

    @property
    def name(self):
        return f"{self.network} {self.factor:g}x {self.link}"

    def best_rival(self):
        """None where none was measured."""
        return min((name for name in RIVALS if name in self.measured),
                   key=lambda name: median(self.measured[name].totals), default=None)

    def ratio(self):
        """Ours over the best rival; exactly 1 where ours is that very plan. None where either is
        missing."""
        ours, rival = self.measured.get("ours"), self.measured.get(self.best_rival())
        if not ours or not rival:
            return None
        if ours.plan.setting == rival.plan.setting:
            return Estimate(1.0, 1.0, 1.0)
        return ratio_of_medians(ours.totals, rival.totals)

    def split_wins(self):
        """Ours is a split, and faster than every rival that is none."""
        ours = self.measured.get("ours")
        others = [one for one in self.measured.values() if not one.plan.is_split]
        return bool(ours and ours.plan.is_split and others and all(
            ratio_of_medians(ours.totals, one.totals).high < 1 for one in others))

    def runs(self):
        """Each plan once, whatever strategies chose it."""
        return list({one.plan.setting: one for one in self.measured.values()}.values())


def ratio_of_medians(a, b):
    """The median of a over that of b, the interval by bootstrap of both."""
    generator = np.random.default_rng(SEED)

    def medians(values):
        values = np.asarray(values, dtype=float)
        return np.median(values[generator.integers(0, len(values), (RESAMPLES, len(values)))],
                         axis=1)

    low, high = np.quantile(medians(a) / medians(b), (0.025, 0.975))
    return Estimate(median(a) / median(b), float(low), float(high))


class Lab:
    """Measures cells; a plan that does not use the link is run once for all links. What fails is
    told, and left out."""

    def __init__(self, setting, latencies=live.latencies):
        self.setting = setting
        self.profiler = plans.Profiler(setting)
        self.failures = []  # texts
        self.sites = {}  # {(network, factor): plans.Site}
        self._latencies = latencies
        self._edge_only = {}

    def cells(self):
        """Yields every cell, measured, network by network."""
        for network in self.setting.networks:
            cloud = self._try(lambda: self.profiler.cloud(network))
            for factor in self.setting.factors if cloud else ():
                edge = self._try(lambda: self._profile_edge(network, factor))
                if edge:
                    self.sites[network, factor] = plans.Site(network, edge, cloud)
                    yield from self._cells_of(network, factor)

    def first_request(self):
        """Of the first network on the first edge; None where it failed."""
        for (network, factor), site in self.sites.items():
            cell = Cell(network, idle.LINK, factor)
            return self._try(lambda: idle.measure(cell, site, live.first_request))
        return None

    def _cells_of(self, network, factor):
        site = self.sites[network, factor]
        for link in self.setting.links:
            cell = Cell(network, link, factor)
            cell.plans = self._try(lambda: site.plans(link)) or {}
            self.measure(cell)
            yield cell

    def measure(self, cell):
        done = {}
        for name, plan in cell.plans.items():
            if plan.setting not in done:
                note(f"{cell.name}: {name} ({plan}), {plan.latency:.1f} ms expected")
                done[plan.setting] = self._try(lambda: self._run(cell, name, plan))
            if done[plan.setting]:
                cell.measured[name] = Measured(plan, *done[plan.setting])

    def _profile_edge(self, network, factor):
        with SlowEdge(factor) as slow:
            return self.profiler.edge(network, factor, slow.command)

    def _run(self, cell, name, plan):
        key = (cell.network, cell.factor) if plan.cut == "edge" else None
        if key in self._edge_only:
            return self._edge_only[key]
        few = name in RIVALS and plan.latency > SLOW_RIVAL * cell.plans["edge"].latency
        found = self._latencies(cell, plan, FEW if few else self.setting.requests)
        if key:
            self._edge_only[key] = found
        return found

    def _try(self, step):
        try:
            return step()
        except (Failed, OSError) as error:
            note(f"left out: {error}")
            self.failures.append(str(error))
            return None


def figures(found, first_request=None, failures=()):
    """The figures of the JSON line. Expectations are held against quiet runs alone, where there are
    any: a profile is of a quiet machine."""
    every = [one for cell in found for one in cell.runs()]
    quiet = [one for one in every if one.quiet]
    runs = quiet or every
    ratios = [ratio for cell in found if (ratio := cell.ratio())]
    return {
        "e2e_median_error": median([one.error() for one in runs]) if runs else None,
        "interval_coverage": sum(one.is_covered() for one in runs) / len(runs) if runs else None,
        "worst_vs_best_rival": max((ratio.low for ratio in ratios), default=None),
        "split_wins_cells": sum(cell.split_wins() for cell in found),
        "cells": len(ratios),
        "quiet_rounds": len(quiet),
        "dropped_rounds": len(every) - len(quiet),
        "failed_runs": len(failures),
        "tcp_error_with": first_request.error_with if first_request else None,
        "tcp_error_without": first_request.error_without if first_request else None,
    }
