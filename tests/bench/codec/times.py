"""How long encoding and decoding take on one core, beside the machine's copy bandwidth."""

from dataclasses import dataclass, field

from codec.setting import OUT
from measure.contender import Contender
from measure.quiet import Watch
from measure.rounds import run_rounds
from measure.stats import median, median_of
from measure.text import note

INPUTS = 4
RUNS = 3          # of which the least counts; each round has so many
PACK_LEVELS = (4, 16, 256)
COPIES = {"in cache": 1, "in memory": 64}
PER = 100_000     # elements


@dataclass(frozen=True)
class Time:
    """Medians over quiet rounds, means over inputs."""

    encode_ms: float
    decode_ms: float
    per_100k: object  # Estimate of encode + decode, in ms
    least: float      # the same in the fastest round


@dataclass
class Times:
    codecs: dict = field(default_factory=dict)  # {(cut, codec): Time}
    pack: dict = field(default_factory=dict)    # {(levels, where): Estimate of GB/s of float32}
    copy: dict = field(default_factory=dict)    # {where: Estimate of GB/s}
    sizes: dict = field(default_factory=dict)   # {(cut, codec): [bytes of each of INPUTS]}
    tiled: dict = field(default_factory=dict)   # {(cut, bits): [bytes of each, libjxl]}
    kept: int = 0
    dropped: int = 0


def _mean(values):
    return sum(values) / len(values)


def start(setting, folder, images, number):
    """The program behind a part of the calibration, ready."""
    logs = OUT / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    contender = Contender(f"codec{number}", [
        str(setting.program("codec_bench")), str(folder), str(images), str(INPUTS)],
        logs / f"codec{number}.log")
    contender.wait_ready()
    return contender


def _turns(contenders, calibration, packed_cut):
    """{key: function} of everything that is timed once per round."""
    turns = {}
    for contender, (_, names) in zip(contenders, calibration.parts):
        for record in calibration.records:
            if record.cut.name in names:
                request = f"time {record.cut.name} {record.codec} {RUNS}"
                turns["time", record.cut.name, record.codec] = (
                    lambda c=contender, r=request: [c.ask(r)])
        if packed_cut in names:
            for where, copies in COPIES.items():
                turns["copy", where] = (
                    lambda c=contender, n=copies: [c.ask(f"copy {packed_cut} {n}")])
                for levels in PACK_LEVELS:
                    turns["pack", levels, where] = lambda c=contender, n=copies, q=levels: [
                        c.ask(f"pack {packed_cut} {q} {n}")]
    return turns


def measure(setting, calibration, contenders):
    """Times of every record. `contenders` as `start` made them, one per part."""
    largest = max((cut for cut in calibration.cuts), key=lambda cut: cut.elements)
    turns = _turns(contenders, calibration, largest.name)
    for function in turns.values():  # computes the tensors, fills the caches
        function()
    rounds = run_rounds(turns, Watch([one.pid for one in contenders]), setting.plan())
    for key, reason in rounds.lost.items():
        note(f"{key}: {reason}")
    times = Times(kept=len(rounds.kept), dropped=rounds.dropped)
    for key in turns:
        answers = rounds.times(key)
        if not answers:
            continue
        if key[0] == "time":
            encode = [_mean(one["encode_ms"]) for one in answers]
            decode = [_mean(one["decode_ms"]) for one in answers]
            scale = PER / answers[0]["elements"]
            both = [scale * (a + b) for a, b in zip(encode, decode)]
            times.codecs[key[1:]] = Time(median(encode), median(decode), median_of(both), min(both))
            times.sizes[key[1:]] = answers[0]["bytes"]
        else:
            where = times.copy if key[0] == "copy" else times.pack
            speeds = median_of([one["gb_per_s"] for one in answers])
            where[key[1] if key[0] == "copy" else key[1:]] = speeds
    return times
