"""Medians of paired ratios, and geometric means of those, with 95 % intervals."""

from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
SEED = 1


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


def _resampled_medians(values, generator):
    values = np.asarray(values, dtype=float)
    chosen = generator.integers(0, len(values), size=(RESAMPLES, len(values)))
    return np.median(values[chosen], axis=1)


def median_of(values):
    """The median (of one ratio per round, say), its interval by bootstrap; None without any."""
    if not len(values):
        return None
    medians = _resampled_medians(values, np.random.default_rng(SEED))
    low, high = np.quantile(medians, (0.025, 0.975))
    return Estimate(float(np.median(values)), float(low), float(high))


def geometric_mean(groups):
    """The geometric mean over `groups` (networks) of the median of each one's ratios.

    The interval comes from resampling the rounds inside every group. Empty groups do not count;
    None where all are empty.
    """
    groups = [group for group in groups if len(group)]
    if not groups:
        return None
    generator = np.random.default_rng(SEED)
    logs = sum(np.log(_resampled_medians(group, generator)) for group in groups) / len(groups)
    low, high = np.exp(np.quantile(logs, (0.025, 0.975)))
    value = np.exp(np.mean([np.log(np.median(group)) for group in groups]))
    return Estimate(float(value), float(low), float(high))


def quantile(values, share):
    """As numpy's, of at least one value, as a plain number."""
    return float(np.quantile(np.asarray(values, dtype=float), share))


def median(values):
    return quantile(values, 0.5)


def throughput_drops(rounds, tolerance=0.05):
    """How many batches are more than `tolerance` below the best smaller one in images per second.

    `rounds` is a list of {batch: images per second}, all with the same batches. A step is judged by
    the median over rounds of its ratio to the batch that is best (by median) below it.
    """
    if not rounds:
        return None
    batches = sorted(rounds[0])
    medians = {batch: median([one[batch] for one in rounds]) for batch in batches}
    drops = 0
    for index, batch in enumerate(batches[1:], start=1):
        best = max(batches[:index], key=medians.get)
        drops += median([one[batch] / one[best] for one in rounds]) < 1 - tolerance
    return drops
