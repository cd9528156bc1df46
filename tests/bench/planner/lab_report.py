"""What the lab measured, as tables, CSV and a picture."""

import csv

from measure.stats import median, median_of
from measure.text import table
from planner.cells import RIVALS
from planner.picture import Picture
from planner.plans import TERMS
from planner.setting import OUT

STRATEGIES = ("ours", *RIVALS)
MEASURED_TERMS = ("head", "encode", "link", "decode", "queue", "tail")


def _milliseconds(one):
    return f"{median(one.totals):.1f}{'*' if one.few else ''}" if one else None


def print_cells(found):
    rows = []
    for cell in found:
        ratio, ours = cell.ratio(), cell.measured.get("ours")
        rows.append((cell.name, *(_milliseconds(cell.measured.get(name)) for name in STRATEGIES),
                     str(ours.plan) if ours else None, cell.best_rival(),
                     ratio and ratio.value, ratio and f"{ratio.low:.3f} to {ratio.high:.3f}",
                     "wins" if cell.split_wins() else ""))
    print("\nMedian latency in the lab, ms, one request after the other (* of three requests)\n")
    print(table(("network, edge, link", *STRATEGIES, "ours is", "best rival", "ours / it",
                 "95 % interval", "split"), rows))


def print_predictions(found):
    rows = []
    for cell in found:
        for one in cell.runs():
            got, plan = median_of(one.totals), one.plan
            rows.append((f"{cell.name}: {plan}", plan.latency, f"{plan.low:.1f} to {plan.high:.1f}",
                         got.value, f"{got.low:.1f} to {got.high:.1f}", got.value / plan.latency,
                         "quiet" if one.quiet else "disturbed"))
    print("\nExpected and measured, ms\n")
    print(table(("plan", "expected", "interval", "measured", "interval", "ratio", "machine"), rows))


def print_first_request(found):
    print("\nA connection begins with a small window: time on the link, ms\n")
    print(table((found.name, "expected", "error"),
                [("with the window's term", found.expected_with, found.error_with),
                 ("without", found.expected_without, found.error_without),
                 ("measured", found.measured, None)]))


def write_csv(found):
    with (OUT / "cells.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("network", "edge slower", "link", "strategy", "cut", "codec",
                         "expected_ms", "expected_low_ms", "expected_high_ms",
                         *(f"expected_{term}_ms" for term in TERMS), "measured_ms",
                         "measured_low_ms", "measured_high_ms",
                         *(f"measured_{term}_ms" for term in MEASURED_TERMS), "requests", "quiet"))
        for cell in found:
            for name, one in cell.measured.items():
                got, plan = median_of(one.totals), one.plan
                writer.writerow((cell.network, cell.factor, cell.link, name, plan.cut, plan.codec,
                                 plan.latency, plan.low, plan.high,
                                 *(plan.terms[term] for term in TERMS), got.value, got.low,
                                 got.high, *(_term(one, term) for term in MEASURED_TERMS),
                                 len(one.terms), one.quiet))


def _term(one, name):
    values = [row[name] for row in one.terms if row.get(name) is not None]
    return median(values) if values else None


def report(found, first_request, failures):
    print_cells(found)
    print_predictions(found)
    if first_request:
        print_first_request(first_request)
    for failure in failures:
        print(f"left out: {failure}")
    OUT.mkdir(parents=True, exist_ok=True)
    write_csv(found)
    (OUT / "cells.svg").write_text(Picture(found, STRATEGIES).svg())
    print(f"\nCSV and picture: {OUT}\n")
