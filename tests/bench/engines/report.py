"""Tables for people, CSV files and a picture."""

import csv

from engines import field as entrants
from engines.batches import images_per_second
from engines.figures import (RATIOS, cut_ratios, median_change, ratio_estimates,
                             ratio_groups)
from engines.new_cut import worst
from engines.setting import BATCHES, OUT
from measure.stats import median, median_of, quantile
from measure.svg import BarChart
from measure.text import note, table

BASE = "aten_f32"  # what the others are compared with
SPEED_HEADER = ("contender", "median ms", "p10", "p90", "images/s", f"/ {BASE}", "95 % interval",
                "load s", "first answer s", "MB", "error")


def _times_cells(speed, name):
    """What a row says of the times; nothing where no round was quiet."""
    times = speed.rounds.times(name)
    if not times:
        return (None,) * 6
    ratio = median_of(speed.rounds.ratios(name, BASE))
    interval = f"{ratio.low:.3f} to {ratio.high:.3f}" if ratio else None
    return (median(times), quantile(times, 0.1), quantile(times, 0.9), 1e3 / median(times),
            ratio and ratio.value, interval)


def speed_rows(speed):
    """A row per contender that is there."""
    for name in entrants.NAMES:
        if facts := speed.facts.get(name):
            yield (name, *_times_cells(speed, name), facts["load_ms"] / 1e3,
                   facts["first_answer_s"], facts["rss_mb"], facts["error"])


def print_speed(speed):
    rounds = speed.rounds
    print(f"\n{speed.network}, threads {speed.threads}: {len(rounds.kept)} quiet rounds, "
          f"{rounds.dropped} dropped\n")
    print(table(SPEED_HEADER, speed_rows(speed)), flush=True)
    for name, reason in speed.absent.items():
        print(f"absent: {name}: {reason}")
    if rounds.short:
        note(f"{speed.network}, threads {speed.threads}: too few quiet rounds came in time; "
             "the intervals are wide")


def print_ratios(measured):
    rows = [(key.replace("_vs_", " / "), threads, estimate.value,
             f"{estimate.low:.3f} to {estimate.high:.3f}",
             sum(bool(group) for group in ratio_groups(measured, key, threads)))
            for (key, threads), estimate in ratio_estimates(measured).items() if estimate]
    print("\nGeometric means over the networks of the median ratios of times\n")
    print(table(("a / b", "threads", "ratio", "95 % interval", "networks"), rows))


def cuts_rows(measured):
    for cuts in measured.cuts:
        for cut, ratios in cuts.ratios.items():
            changes = cuts.change_ms.get(cut)
            yield (cuts.network, cuts.engine, cuts.threads, cut, median(ratios),
                   median(changes) if changes else None)


def print_cuts(measured):
    rows = []
    for cuts in measured.cuts:
        if not cuts.ratios:
            continue
        ratios = {cut: median(found) for cut, found in cuts.ratios.items()}
        worst = max(ratios, key=ratios.get)
        changes = [ms for found in cuts.change_ms.values() for ms in found]
        rows.append((cuts.network, cuts.engine, len(ratios), median(list(ratios.values())),
                     quantile(list(ratios.values()), 0.9), ratios[worst], worst,
                     median(changes) if changes else None, max(cuts.growth_mb, default=None)))
    if rows:
        print("\nHead + tail over the whole, one ratio per single-value cut\n")
        print(table(("network", "engine", "cuts", "median", "p90", "worst", "at",
                     "new cut ms", "MB grown"), rows))
        everything = cut_ratios(measured, "aten")
        if everything:
            print(f"\naten, all cuts: median {median(everything):.3f}, "
                  f"p90 {quantile(everything, 0.9):.3f}")
        change = median_change(measured, "aten")
        if change:
            print(f"aten, the first run of a new cut: {change.value:.3f} ms longer "
                  f"({change.low:.3f} to {change.high:.3f})")


def print_batches(measured):
    rows = []
    for (engine, network), rounds in measured.batches.items():
        speeds = images_per_second(rounds)
        if speeds:
            rows.append((f"{network} {engine}",
                         *(median([one[batch] for one in speeds]) for batch in BATCHES)))
    if rows:
        print("\nImages per second by batch\n")
        print(table(("network", *BATCHES), rows))
    return rows


def print_contended(measured):
    rows = []
    for (engine, network), rounds in measured.contended.items():
        ratio = median_of(rounds.ratios("contended", "quiet"))
        if ratio:
            rows.append((f"{network} {engine}", median(rounds.times("quiet")),
                         median(rounds.times("contended")), ratio.value,
                         f"{ratio.low:.3f} to {ratio.high:.3f}"))
    if rows:
        print("\nTwo threads, another process on one of the two cores\n")
        print(table(("network", "quiet ms", "contended ms", "ratio", "95 % interval"), rows))
    return rows


def print_rest(measured):
    """Segments, new cuts, the executor and the edge."""
    rows = [(network, len(rounds.kept), median(rounds.times("ready")))
            for network, rounds in measured.segments.items() if rounds.kept]
    if rows:
        print("\nopenvino: consecutive ready segments over one whole compile\n")
        print(table(("network", "rounds", "ratio"), rows))
    rows = [(network, len(rounds.kept), median(rounds.times("preparing")), worst([rounds]))
            for network, rounds in measured.new_cuts.items() if rounds.kept]
    if rows:
        print("\nopenvino: requests while a new cut is made ready, over the quiet median\n")
        print(table(("network", "cuts", "median", "slowest"), rows))
    if measured.executor:
        print("\naten: a node of the network and a direct call of its operator, microseconds\n")
        print(table(("figure", "value"), list(measured.executor.items())))
    if measured.edge:
        print("\ntideline-edge with openvino alone\n")
        print(table(("figure", "value"), list(measured.edge.items())))


def _write_csv(name, header, rows):
    with (OUT / name).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def picture(measured, threads):
    """Each network's bars: the time of every contender over that of aten f32."""
    groups = {}
    for speed in measured.speeds:
        if speed.threads != threads:
            continue
        bars = {name: median_of(speed.rounds.ratios(name, BASE)) for name in entrants.NAMES
                if name != BASE}
        groups[speed.network] = {name: bar for name, bar in bars.items() if bar}
    plural = "thread" if threads == 1 else "threads"
    return BarChart(f"Time of one run over that of {BASE}, {threads} {plural}",
                    "lower is faster; lines are 95 % intervals", groups)


def write_files(measured):
    OUT.mkdir(parents=True, exist_ok=True)
    _write_csv("speed.csv", ("network", "threads", *SPEED_HEADER),
               [(speed.network, speed.threads, *row) for speed in measured.speeds
                for row in speed_rows(speed)])
    _write_csv("cuts.csv", ("network", "engine", "threads", "cut", "head + tail / whole",
                            "new cut ms"), cuts_rows(measured))
    _write_csv("ratios.csv", ("ratio", "network", "threads", "median", "low", "high"),
               [(key, speed.network, speed.threads, found.value, found.low, found.high)
                for key in RATIOS for speed in measured.speeds
                if (found := median_of(speed.rounds.ratios(*RATIOS[key])))])
    for threads in sorted({speed.threads for speed in measured.speeds}):
        chart = picture(measured, threads)
        if any(chart.groups.values()):
            (OUT / f"ratios_{threads}.svg").write_text(chart.svg())


def report(measured):
    """All tables but those of the speeds, which are printed as they come, and the files."""
    print_ratios(measured)
    print_cuts(measured)
    batches = print_batches(measured)
    contended = print_contended(measured)
    print_rest(measured)
    write_files(measured)
    _write_csv("batches.csv", ("network", *BATCHES), batches)
    _write_csv("contended.csv", ("network", "quiet ms", "contended ms", "ratio", "interval"),
               contended)
    print(f"\nCSV and pictures: {OUT}\n")
