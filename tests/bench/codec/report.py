"""Tables for people, a CSV file and pictures."""

import csv

from codec import figures
from codec.accuracy import MOST_LOSS
from codec.picture import Picture
from codec.setting import OUT
from measure.stats import Estimate
from measure.svg import BarChart
from measure.text import note, table

HEADER = ("cut", "MACs before", "codec", "bytes", "bits/element", "order-0 entropy", "/ entropy",
          "accuracy lost", "95 % interval", "encode ms", "decode ms", "ms per 100k")


def _percent(share):
    return f"{100 * share:.2f} %"


def rows(calibration, times):
    for record in calibration.records:
        time = times.codecs.get((record.cut.name, record.codec))
        yield (record.cut.name, f"{100 * record.cut.depth:.0f} %", record.codec,
               round(record.bytes_mean), record.bits, record.entropy,
               record.bits / record.entropy if record.entropy else None,
               _percent(record.loss.value),
               f"{100 * record.loss.low:.2f} to {_percent(record.loss.high)}",
               time and time.encode_ms, time and time.decode_ms, time and time.per_100k.value)


def write_csv(network, calibration, times):
    with (OUT / f"{network.name}.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("cut", "depth", "channels", "rows", "codec", "elements", "bytes", "bits",
                         "entropy_bits", "loss", "loss_low", "loss_high", "encode_ms",
                         "decode_ms"))
        for one in calibration.records:
            time = times.codecs.get((one.cut.name, one.codec))
            writer.writerow((one.cut.name, one.cut.depth, one.cut.shape[1], one.cut.rows, one.codec,
                             one.cut.elements, one.bytes_mean, one.bits, one.entropy,
                             one.loss.value, one.loss.low, one.loss.high,
                             time and time.encode_ms, time and time.decode_ms))


def print_network(network, calibration, times):
    accuracy = calibration.accuracy
    print(f"\n{network.name}: losses on {calibration.samples} images, right without a cut "
          f"{_percent(accuracy.value)} ({100 * accuracy.low:.2f} to {_percent(accuracy.high)}); "
          f"bytes of {calibration.coded} of them; times of one thread's own running: "
          f"{times.kept} quiet rounds, {times.dropped} dropped\n")
    print(table(HEADER, rows(calibration, times)), flush=True)
    if not times.kept:
        note("no round was quiet: there are no times (--keep-noisy counts all)")


def print_rivals(found, calibration):
    print(f"\nThe input itself, at the lowest quality whose loss stays within {_percent(MOST_LOSS)}"
          " (upper end of the paired interval), without headers and shared tables\n")
    lines = [(f"{name}, judged on {rival.samples}", rival.quality, rival.bytes_mean, _percent(rival.loss.value),
              f"{100 * rival.loss.low:.2f} to {_percent(rival.loss.high)}"
              + ("" if rival.loss.kept else " (not kept)"))
             for name, rival in found.items() if rival]
    for title, depth in (("third", figures.EARLY), ("half", figures.HALF)):
        one = figures.smallest(calibration, depth)
        if one:
            lines.append((f"{one.codec} at {one.cut.name} (first {title})", None, one.bytes_mean,
                          _percent(one.loss.value),
                          f"{100 * one.loss.low:.2f} to {_percent(one.loss.high)}"))
    print(table(("", "quality", "bytes", "accuracy lost", "95 % interval"), lines))


def print_tiled(times):
    lines = []
    for (cut, bits), sizes in times.tiled.items():
        ours = times.sizes.get((cut, f"int{bits}/dense"))
        if ours:
            lines.append((cut, bits, sum(ours) / len(ours), sum(sizes) / len(sizes),
                          sum(ours) / sum(sizes)))
    if lines:
        print("\ndense beside JPEG XL's modular mode on tiled channels, the same tensors\n")
        print(table(("cut", "bits", "dense bytes", "jxl bytes", "ratio"), lines))


def print_speeds(times):
    lines = [(f"quantize and pack, {levels} levels, {where}", speed.value,
              times.copy[where].value, speed.value / times.copy[where].value)
             for (levels, where), speed in times.pack.items() if where in times.copy]
    if lines:
        print("\nGB/s of float32 input on one core, beside a copy of the same bytes\n")
        print(table(("", "GB/s", "copied at", "ratio"), lines))


def _aim(name, value, most, why, at_least=False):
    """A line of the last table: what was reached, and what remains where it was not."""
    if value is None:
        return (name, "-", f"{'>=' if at_least else '<='} {most:g}", "not measured")
    reached = value >= most if at_least else value <= most
    missed = "yes" if reached else f"no, by {100 * abs(value / most - 1):.0f} %: {why}"
    return (name, value, f"{'>=' if at_least else '<='} {most:g}", missed)


def print_aims(found):
    coding = "a value's context and range wait for the value before it"
    lines = [
        _aim(f"dense / entropy, {figures.LARGE} rows and more, worst cut "
             f"({found['dense_vs_h0_large_at']})", found["dense_vs_h0_large"], 0.7,
             "in a linear map neighbours tell little of each other"),
        _aim("  median of the cuts", found["dense_vs_h0_large_median"], 0.7,
             "in linear maps neighbours tell little of each other"),
        _aim(f"dense / entropy, {figures.SMALL} rows and fewer, worst cut "
             f"({found['dense_vs_h0_small_at']})", found["dense_vs_h0_small"], 1.05,
             "few symbols teach the contexts little"),
        _aim(f"bits per element, {found['setting_at_best']}", found["best_bits_per_element"],
             figures.FEW_BITS, "fewer levels cost accuracy"),
        _aim("  loss, upper end", found["accuracy_loss_upper_at_best"], MOST_LOSS,
             "of these levels or these few images"),
        _aim(f"bytes / JPEG's, {found['setting_vs_jpeg']}", found["bytes_vs_jpeg"], 1,
             "no cut of that depth is small enough"),
        _aim(f"fast, ms per 100,000, slowest ({found['fast_slowest']})", found["fast_ms_per_100k"],
             1, "in a small map what every call costs counts"),
        _aim(f"  of {figures.MANY} elements and more", found["fast_ms_per_100k_large"], 1,
             "zstd and the neighbours' residuals"),
        _aim(f"dense, ms per 100,000, slowest ({found['dense_slowest']})",
             found["dense_ms_per_100k"], 6, coding),
        _aim("  the same in the fastest round", found["dense_ms_per_100k_least"], 6, coding),
        _aim("  at the setting with the fewest bits", found["ms_per_100k_at_best"], 6, coding),
        _aim("quantize and pack, GB/s", found["pack_gb_per_s"], 1, "", at_least=True),
    ]
    print("\n" + table(("aim", "measured", "wanted", "reached"), lines))


def _exactly(value):
    return Estimate(value, value, value)


def write_pictures(network, calibration, rivals):
    ratios = {}
    for record in calibration.records:
        if record.level == "dense" and record.quantizer in figures.BITS and record.entropy:
            ratios.setdefault(record.cut.name, {})[record.quantizer] = _exactly(
                record.bits / record.entropy)
    _save(BarChart("dense over the order-0 entropy of the same tensor", "bytes / entropy", ratios),
          f"{network.name}-entropy.svg")
    (OUT / f"{network.name}-bytes.svg").write_text(Picture(calibration, rivals).svg())


def _save(chart, name):
    if chart.groups:
        (OUT / name).write_text(chart.svg())
