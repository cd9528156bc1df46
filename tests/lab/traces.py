"""Traces of real links and like them, in mahimahi's format: one line per opportunity to send 1500
bytes, in milliseconds from the start; the last line is the period.

Recorded ones come from the folder `uplinks` of $TIDELINE_TEST_DATA; `generate` makes others with
the same statistics.
"""

import os
import pathlib
from dataclasses import dataclass

import numpy as np

from lab.chart import TimeChart

OPPORTUNITY_BITS = 1500 * 8
TOP = 1.25  # the highest rate over the 95th percentile
OUTSIDE = 0.9  # the longest gap elsewhere over that of the outage


@dataclass(frozen=True)
class Statistics:
    """Rates of whole seconds in Mbit/s, and the longest time without an opportunity in seconds."""

    mean: float
    p5: float
    p50: float
    p95: float
    gap: float


# What was measured on recorded uplinks.
KNOWN = {
    "lte-a": Statistics(1.89, 0.02, 1.56, 4.78, 4.1),
    "lte-driving": Statistics(0.83, 0, 1.04, 1.19, 78),
    "lte-t": Statistics(13.3, 2.5, 11.5, 27.5, 0.7),
    "umts": Statistics(0.94, 0.07, 1.07, 1.44, 5.8),
    "evdo": Statistics(0.84, 0.07, 0.96, 1.26, 11.2),
    "lte-v": Statistics(5.95, 1.17, 5.69, 11.4, 1.7),
}


def recorded():
    """{name: path} of the recorded uplinks; none where TIDELINE_TEST_DATA is not set."""
    folder = os.environ.get("TIDELINE_TEST_DATA")
    if not folder:
        return {}
    return {path.stem: path for path in sorted(pathlib.Path(folder, "uplinks").glob("*.up"))}


def read(path):
    times = np.array([int(line) for line in pathlib.Path(path).read_text().split()])
    if len(times) == 0 or times[0] < 0 or times[-1] == 0 or np.any(np.diff(times) < 0):
        raise ValueError(f"{path}: the times of a trace never fall and end above 0")
    return times


def write(path, times):
    pathlib.Path(path).write_text("".join(f"{time}\n" for time in times))


def rates(times):
    """The rate of every whole second, Mbit/s."""
    whole = int(times[-1] // 1000)
    counts = np.bincount(times // 1000, minlength=whole)[:whole]
    return counts * OPPORTUNITY_BITS / 1e6


def statistics(times):
    per_second = rates(times)
    p5, p50, p95 = np.percentile(per_second, [5, 50, 95])
    around = np.concatenate([times, [times[-1] + times[0]]])
    return Statistics(float(per_second.mean()), float(p5), float(p50), float(p95),
                      float(np.diff(around).max()) / 1000)


def generate(wanted, seed, seconds=600, memory=0.75):
    """Times with these statistics: the rates of the seconds have their distribution exactly and
    follow each other as an AR(1) process with correlation `memory`; one outage is the longest gap.

    `seconds` is raised to 20 times the outage, so that the 5th percentile does not see it.
    """
    random = np.random.default_rng(seed)
    seconds = max(seconds, int(np.ceil(20 * wanted.gap)) + 20)
    latent = _correlated(random, seconds, memory)
    silent = int(np.ceil(wanted.gap)) + 1  # seconds that the outage touches
    first = int(random.integers(seconds // 10, seconds - silent - seconds // 10))
    latent[first:first + silent] = -np.inf
    order = np.argsort(np.argsort(latent, kind="stable"))
    per_second = _quantiles(wanted, (order + 0.5) / seconds)
    begin = first * 1000 + int(random.integers(0, 200))
    return _opportunities(per_second, begin, begin + round(wanted.gap * 1000),
                          round(OUTSIDE * wanted.gap * 1000))


def _correlated(random, count, memory):
    noise = random.standard_normal(count)
    values = np.empty(count)
    values[0] = noise[0]
    for i in range(1, count):
        values[i] = memory * values[i - 1] + np.sqrt(1 - memory**2) * noise[i]
    return values


def _quantiles(wanted, shares):
    """The rate below which each share of the seconds lies: through the three percentiles, with the
    bend between them that gives the mean."""
    low, high = 0.01, 100.0
    grid = (np.arange(20000) + 0.5) / 20000
    for _ in range(60):
        bend = np.sqrt(low * high)
        if _bent(wanted, grid, bend).mean() > wanted.mean:
            low = bend
        else:
            high = bend
    return _bent(wanted, shares, bend)


def _bent(wanted, shares, bend):
    knots = [(0, 0), (0.05, wanted.p5), (0.5, wanted.p50), (0.95, wanted.p95),
             (1, TOP * wanted.p95)]
    result = np.zeros_like(shares)
    for (left, bottom), (right, top) in zip(knots, knots[1:]):
        inside = (shares >= left) & (shares <= right)
        place = (shares[inside] - left) / (right - left)
        middle = 0.05 <= left < 0.95
        result[inside] = bottom + (top - bottom) * place ** (bend if middle else 1)
    return result


def _opportunities(per_second, begin, end, longest):
    """Evenly within a second; none between `begin` and `end`, which are opportunities themselves;
    nowhere else `longest` milliseconds without one."""
    bits = np.cumsum(np.repeat(per_second * 1e3, 1000))  # by the end of every millisecond
    full = np.arange(1, bits[-1] // OPPORTUNITY_BITS + 1) * OPPORTUNITY_BITS
    times = np.searchsorted(bits, full) + 1
    times = times[(times <= begin) | (times >= end)]
    times = np.sort(np.concatenate([times, [begin, end, len(bits)]]))
    filled = [times]
    for left, right in zip(times, times[1:]):
        if right - left > longest and left != begin:
            filled.append(np.arange(left + longest, right, longest))
    if times[0] > longest:
        filled.append(np.arange(longest, times[0], longest))
    return np.sort(np.concatenate(filled)).astype(int)


def picture(times, title):
    """The rate of every second as an SVG drawing."""
    found = statistics(times)
    text = (f"{title}: mean {found.mean:.2f}, 5th / 50th / 95th percentile {found.p5:.2f} / "
            f"{found.p50:.2f} / {found.p95:.2f} Mbit/s, longest gap {found.gap:.1f} s")
    points = list(enumerate(rates(times).tolist()))
    return TimeChart(text, "Mbit/s", {"every second": points}, steps=True).svg()
