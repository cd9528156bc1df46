"""The figures of the JSON line, from what was measured."""

from dataclasses import dataclass, field

from engines.batches import images_per_second
from engines.new_cut import worst
from measure.stats import geometric_mean, median, median_of, quantile, throughput_drops

# Key -> (a, b): a's time over b's.
RATIOS = {
    "aten_f32_vs_aoti": ("aten_f32", "aoti"),
    "aten_f32_vs_eager": ("aten_f32", "eager"),
    "aten_f32_vs_torchscript": ("aten_f32", "torchscript"),
    "aten_f32_vs_onnxruntime": ("aten_f32", "onnxruntime"),
    "aten_f32_vs_openvino": ("aten_f32", "openvino_f32"),
    "aten_f32_vs_openvino_python": ("aten_f32", "openvino_python"),
    "aten_bf16_vs_f32": ("aten_bf16", "aten_f32"),
    "aten_int8_vs_f32": ("aten_int8", "aten_f32"),
    "openvino_f32_vs_openvino_python": ("openvino_f32", "openvino_python"),
    "openvino_bf16_vs_openvino_python_bf16": ("openvino_bf16", "openvino_python_bf16"),
    "openvino_bf16_vs_f32": ("openvino_bf16", "openvino_f32"),
    "openvino_int8_vs_f32": ("openvino_int8", "openvino_f32"),
}


@dataclass
class Measured:
    """Everything that one run of the benchmark measured."""

    speeds: list = field(default_factory=list)  # Speed
    cuts: list = field(default_factory=list)  # Cuts
    segments: dict = field(default_factory=dict)  # {network: Rounds}
    new_cuts: dict = field(default_factory=dict)  # {network: Rounds}
    batches: dict = field(default_factory=dict)  # {(engine, network): Rounds}
    contended: dict = field(default_factory=dict)  # {(engine, network): Rounds}
    edge: dict = field(default_factory=dict)
    executor: dict = field(default_factory=dict)

    def all_rounds(self):
        """What counts its quiet and dropped rounds."""
        return [*(speed.rounds for speed in self.speeds), *self.segments.values(),
                *self.new_cuts.values(), *self.batches.values(), *self.contended.values()]


def ratio_groups(measured, key, threads=None):
    """The rounds' ratios of one key, a list per network and number of threads."""
    return [speed.rounds.ratios(*RATIOS[key]) for speed in measured.speeds
            if threads in (None, speed.threads)]


def ratio_estimates(measured):
    """{(key, threads): Estimate or None}, geometric means over the networks."""
    counts = sorted({speed.threads for speed in measured.speeds})
    return {(key, threads): geometric_mean(ratio_groups(measured, key, threads))
            for key in RATIOS for threads in counts}


def _ratio_figures(measured):
    """Each ratio: the worst of the thread counts, and its interval."""
    figures = {}
    estimates = ratio_estimates(measured)
    for key in RATIOS:
        found = {threads: estimate for (one, threads), estimate in estimates.items()
                 if one == key and estimate is not None}
        worst = max(found.values(), key=lambda estimate: estimate.value, default=None)
        figures[key] = worst and worst.value
        if worst:
            figures |= {f"{key}_low": worst.low, f"{key}_high": worst.high}
        if len(found) > 1:
            figures |= {f"{key}_threads_{t}": estimate.value for t, estimate in found.items()}
    return figures


def cut_ratios(measured, engine):
    """One ratio per cut, over all networks: the median of its sweeps."""
    return [median(ratios) for cuts in measured.cuts if cuts.engine == engine
            for ratios in cuts.ratios.values()]


def median_change(measured, engine):
    """What a new cut costs, over all networks and cuts: one first run alone is mostly noise."""
    return median_of([ms for cuts in measured.cuts if cuts.engine == engine
                      for found in cuts.change_ms.values() for ms in found])


def _cut_figures(measured):
    ratios = cut_ratios(measured, "aten")
    change = median_change(measured, "aten")
    growth = [mb for cuts in measured.cuts if cuts.engine == "aten" for mb in cuts.growth_mb]
    mean = geometric_mean([[ratio] for ratio in ratios])
    return {
        "aten_split_vs_whole_geomean": mean and mean.value,
        "aten_split_vs_whole_p90": quantile(ratios, 0.9) if ratios else None,
        "aten_cuts": len(ratios),
        "aten_cut_change_ms": change and change.value,
        "aten_cut_change_ms_low": change and change.low,
        "aten_cut_change_ms_high": change and change.high,
        "aten_cuts_rss_growth_mb": max(growth, default=None),
    }


def _total(values):
    """The sum of what there is; None where there is nothing."""
    values = [value for value in values if value is not None]
    return sum(values) if values else None


def _contended(measured, engine):
    found = [median_of(rounds.ratios("contended", "quiet"))
             for (one, _), rounds in measured.contended.items() if one == engine]
    return max((estimate.value for estimate in found if estimate), default=None)


def figures(measured):
    """The JSON line: plain numbers, None where a contender was absent."""
    segments = geometric_mean([rounds.times("ready") for rounds in measured.segments.values()])
    errors = [facts["error"] for speed in measured.speeds for name, facts in speed.facts.items()
              if name == "aten_f32"]
    return {
        **_ratio_figures(measured),
        "openvino_segments_vs_whole": segments and segments.value,
        "openvino_preparing_worst_vs_median": worst(measured.new_cuts.values()),
        **_cut_figures(measured),
        "batch_throughput_drops": _total(
            throughput_drops(images_per_second(rounds)) for rounds in measured.batches.values()),
        "contended_vs_quiet": _contended(measured, "aten"),
        "edge_openvino_rss_mb": None,
        "first_answer_cold_s": None,
        "first_answer_cached_s": None,
        **measured.edge,
        "aten_node_overhead_us": None,
        **measured.executor,
        "aten_f32_error": max(errors, default=None),
        "quiet_rounds": sum(len(rounds.kept) for rounds in measured.all_rounds())
        + sum(cuts.kept for cuts in measured.cuts),
        "dropped_rounds": sum(rounds.dropped for rounds in measured.all_rounds())
        + sum(cuts.dropped for cuts in measured.cuts),
    }
