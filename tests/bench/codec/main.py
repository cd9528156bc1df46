"""How few bytes the tensor codec needs, what that costs, and beside what.

  tests/bench/run codec [--quick] [--prepare] [--samples N] [--keep-noisy]

Bits per element, order-0 entropy, accuracy with its interval and times for every cut, quantizer and
level; the input's JPEG, WebP and JPEG XL at the same accuracy; JPEG XL's modular mode on tiled
channels. All claims are about the trained 224x224 network. The last line on stdout is the JSON.
After --prepare, the input's codecs are judged on all images even by --quick: that is kept.
Networks come from TIDELINE_TEST_MODELS (build/models), programs from TIDELINE_BUILD
(build/release), images from build/data.
"""

import argparse
import sys
import time

from codec import calibration, images, prepare, report, rivals, tiled, times
from codec.figures import figures
from codec.setting import (CLAIMS, OUT, Setting, evenly_spread, folder_of, held_out, missing)
from measure.contender import Absent
from measure.text import Progress, note, print_result

ALL_IMAGES = 1_000_000
QUICK_IMAGES = 1280
CODED, QUICK_CODED = 256, 96


def parse(arguments):
    parser = argparse.ArgumentParser(prog="run codec", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one network, fewer cuts and images")
    parser.add_argument("--prepare", action="store_true",
                        help="make and install what is needed, find the rivals' qualities, and end")
    parser.add_argument("--samples", type=int, help="so many images instead")
    parser.add_argument("--keep-noisy", action="store_true",
                        help="count rounds that other processes disturbed, to try it out")
    options = parser.parse_args(arguments)
    samples = options.samples or (QUICK_IMAGES if options.quick else ALL_IMAGES)
    coded = QUICK_CODED if options.quick else CODED
    return options, Setting(options.quick, samples, coded, options.keep_noisy)


def measure_times(setting, found, folder):
    """Times and what libjxl makes of the same tensors."""
    contenders = []
    try:
        for number, (model, _) in enumerate(found.parts):
            contenders.append(times.start(setting, model, folder, number))
        measured = times.measure(setting, found, contenders)
        for contender, (_, names) in zip(contenders, found.parts):
            for cut in found.cuts:
                for bits in tiled.LEVELS if cut.name in names else ():
                    measured.tiled[cut.name, bits] = tiled.sizes(contender, cut, bits,
                                                                 OUT / "tiled")
    except images.Missing as reason:
        note(f"libjxl on tiled channels: {reason}")
    finally:
        for contender in contenders:
            contender.close()
    return measured


def find_rivals(setting, network, paths, coded, progress):
    """The input's own codecs: judged on all images once that is prepared."""
    everything = held_out(network)
    formats = tuple(rivals.FORMATS)
    if rivals.is_prepared(setting, network, everything):
        paths = everything
    elif setting.quick:
        formats = ("jpeg",)
        note("webp, jxl: left out, as the quick run ends within five minutes; run codec --prepare")
    return rivals.lowest_that_keep(setting, network, paths, coded, progress.step, formats)


def measure_network(setting, network, progress):
    """Prints the tables of one network; the figures of its claims."""
    paths = evenly_spread(held_out(network), setting.samples)
    coded = evenly_spread(paths, setting.coded)
    progress.step(f"calibrating {network.name}")
    found = calibration.calibrate(setting, network, folder_of(network, paths),
                                  folder_of(network, coded))
    rivals_found = find_rivals(setting, network, paths, coded, progress)
    progress.step(f"times of {network.name}")
    measured = measure_times(setting, found, folder_of(network, coded))
    report.print_network(network, found, measured)
    report.print_rivals(rivals_found, found)
    report.print_tiled(measured)
    report.print_speeds(measured)
    report.write_csv(network, found, measured)
    report.write_pictures(network, found, rivals_found)
    return figures(found, rivals_found, measured)


def main(arguments):
    options, setting = parse(arguments)
    if options.prepare:
        prepare.prepare(setting)
        return 0
    if reason := missing(setting):
        note(f"run codec: {reason}")
        return 2
    begin = time.monotonic()
    OUT.mkdir(parents=True, exist_ok=True)
    progress = Progress(5 * len(setting.networks))
    found = {}
    try:
        for network in setting.networks:
            found[network.name] = measure_network(setting, network, progress)
    except (calibration.Failed, Absent) as reason:
        note(f"run codec: {reason}")
        return 1
    progress.close()
    report.print_aims(found[CLAIMS])
    print_result("codec", setting, {"network": CLAIMS, **found[CLAIMS]}, time.monotonic() - begin)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
