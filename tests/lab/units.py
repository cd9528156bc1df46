"""Values with units, as Tideline's configuration files have them (common/base/units.h)."""

import re

UNITS = {
    "duration": {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600},
    "rate": {"bps": 1, "kbps": 1e3, "Mbps": 1e6, "Gbps": 1e9},
    "bytes": {"": 1, "B": 1, "kB": 1e3, "MB": 1e6, "KiB": 1024, "MiB": 1024**2},
    "frequency": {"": 1, "/s": 1, "/m": 1 / 60},
}


def _parse(kind, text):
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([A-Za-z/]*)", str(text))
    if not found or found.group(2) not in UNITS[kind]:
        units = ", ".join(unit for unit in UNITS[kind] if unit)
        raise ValueError(f"'{text}' is no {kind}: give a number with one of {units}")
    return float(found.group(1)) * UNITS[kind][found.group(2)]


def seconds(text):
    return _parse("duration", text)


def bits_per_second(text):
    return _parse("rate", text)


def byte_count(text):
    return round(_parse("bytes", text))


def per_second(text):
    return _parse("frequency", text)
