"""The claims: each names one setting, whose figures these are."""

from dataclasses import dataclass

from codec.accuracy import MOST_LOSS
from measure.stats import median

LARGE, SMALL = 28, 7  # rows of a map
BITS = ("int2", "int4", "int8")
EARLY, HALF = 1 / 3, 1 / 2  # shares of the MACs
FEW_BITS = 0.8
MANY = 50_000  # elements of a tensor whose time no call's fixed cost decides


@dataclass(frozen=True)
class Best:
    """One codec at the two cuts where it does best within the first third of the computing."""

    codec: str
    records: list

    @property
    def bits(self):
        return max(record.bits for record in self.records)

    @property
    def loss_upper(self):
        return max(record.loss.high for record in self.records)

    def setting(self):
        return f"{self.codec} at " + " and ".join(record.cut.name for record in self.records)


def dense_ratio(calibration, cut):
    """Dense over the order-0 entropy at one cut: the median over 2, 4 and 8 bits, or None."""
    records = [calibration.at(cut.name, f"{quantizer}/dense") for quantizer in BITS]
    ratios = [record.bits / record.entropy for record in records if record and record.entropy]
    return median(ratios) if ratios else None


def dense_ratios(calibration, fits):
    """{cut: ratio} of the cuts whose rows `fits` accepts."""
    found = {cut: dense_ratio(calibration, cut) for cut in calibration.cuts if fits(cut.rows)}
    return {cut: ratio for cut, ratio in found.items() if ratio is not None}


def large_ratios(calibration):
    return dense_ratios(calibration, lambda rows: rows >= LARGE)


def small_ratios(calibration):
    return dense_ratios(calibration, lambda rows: rows <= SMALL)


def best(calibration):
    """The codec that keeps the accuracy at two early cuts with the fewest bits per element.

    Where none does, the one that comes nearest with few bits.
    """
    early = [r for r in calibration.records if r.cut.depth <= EARLY]
    candidates = []
    for codec in dict.fromkeys(record.codec for record in early):
        kept = sorted((r for r in early if r.codec == codec and r.loss.kept), key=lambda r: r.bits)
        if len(kept) >= 2:
            candidates.append(Best(codec, kept[:2]))
    if candidates:
        return min(candidates, key=lambda one: one.bits)
    for codec in dict.fromkeys(record.codec for record in early):
        few = sorted((r for r in early if r.codec == codec and r.bits <= FEW_BITS),
                     key=lambda r: r.loss.high)
        if len(few) >= 2:
            candidates.append(Best(codec, few[:2]))
    return min(candidates, key=lambda one: one.loss_upper, default=None)


def smallest(calibration, depth=HALF):
    """The record with the fewest bytes that keeps the accuracy within that share, or None."""
    kept = [r for r in calibration.records if r.cut.depth <= depth and r.loss.kept]
    return min(kept, key=lambda record: record.bytes_mean, default=None)


def _level_times(times, level):
    return {key: time for key, time in times.codecs.items() if key[1].endswith("/" + level)}


def _speed(times, level, calibration):
    """ms per 100,000 elements: of the slowest setting, with its name, and the median setting."""
    found = _level_times(times, level)
    slowest = max(found, key=lambda key: found[key].per_100k.value, default=None)
    elements = {cut.name: cut.elements for cut in calibration.cuts}
    large = [time.per_100k.value for (cut, _), time in found.items() if elements[cut] >= MANY]
    return {f"{level}_ms_per_100k": slowest and found[slowest].per_100k.value,
            f"{level}_slowest": slowest and f"{slowest[1]} at {slowest[0]}",
            f"{level}_ms_per_100k_least": slowest and found[slowest].least,
            f"{level}_ms_per_100k_large": max(large, default=None),
            f"{level}_ms_per_100k_median": median(
                [time.per_100k.value for time in found.values()]) if found else None}


def _speed_at(times, top):
    """The slower of the two cuts of the best setting; None where it was not timed."""
    timed = [times.codecs.get((r.cut.name, r.codec)) for r in top.records] if top else []
    return max((time.per_100k.value for time in timed if time), default=None)


def _jxl_ratio(times):
    """The median over cuts and bits of dense over libjxl on the same tensors."""
    ratios = [sum(times.sizes[cut, f"int{bits}/dense"]) / sum(sizes)
              for (cut, bits), sizes in times.tiled.items()
              if (cut, f"int{bits}/dense") in times.sizes]
    return median(ratios) if ratios else None


def figures(calibration, rivals, times):
    """The keys of the JSON line; those that could not be measured are null."""
    large, small = large_ratios(calibration), small_ratios(calibration)
    top = best(calibration)
    few = smallest(calibration)
    found = {
        "samples": calibration.samples,
        "coded_samples": calibration.coded,
        "accuracy_without_cut": calibration.accuracy.value,
        "dense_vs_h0_large": max(large.values(), default=None),
        "dense_vs_h0_large_at": max(large, key=large.get).name if large else None,
        "dense_vs_h0_large_median": median(list(large.values())) if large else None,
        "dense_vs_h0_small": max(small.values(), default=None),
        "dense_vs_h0_small_at": max(small, key=small.get).name if small else None,
        "dense_vs_h0_small_median": median(list(small.values())) if small else None,
        "best_bits_per_element": top and top.bits,
        "accuracy_loss_upper_at_best": top and top.loss_upper,
        "setting_at_best": top and top.setting(),
        "most_loss": MOST_LOSS,
        "setting_vs_jpeg": few and f"{few.codec} at {few.cut.name}",
        "bytes_at_vs_jpeg": few and few.bytes_mean,
    }
    for name, rival in rivals.items():
        found[f"bytes_vs_{name}"] = few and rival and few.bytes_mean / rival.bytes_mean
        found[f"{name}_bytes"] = rival and rival.bytes_mean
        found[f"{name}_quality"] = rival and rival.quality
        found[f"{name}_loss_upper"] = rival and rival.loss.high
    found["ms_per_100k_at_best"] = _speed_at(times, top)
    for level in ("fast", "dense"):
        found |= _speed(times, level, calibration)
    found["pack_gb_per_s"] = min((e.value for e in times.pack.values()), default=None)
    found["copy_gb_per_s"] = min((e.value for e in times.copy.values()), default=None)
    found["dense_vs_jxl_tiled_median"] = _jxl_ratio(times)
    return found | {"quiet_rounds": times.kept, "dropped_rounds": times.dropped}
