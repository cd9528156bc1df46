"""What a link is: the papers' presets, and the settings of both directions.

Settings are a dictionary with any of `rate`, `trace`, `queue`, `delay`, `jitter`, `loss`,
`reorder`, `blocked` (pipe_settings.h says what they mean), for both directions; `rtt`, of which
each direction delays half; `preset`, which comes first; and `up` and `down` with settings of one
direction, which come last.
"""

from lab import units

PRESETS = {
    "cat1": {"rate": "0.13Mbps", "rtt": "50ms"},
    "3g": {"rate": "1.1Mbps", "rtt": "50ms"},
    "lte": {"rate": "5.85Mbps", "rtt": "50ms"},
    "wifi": {"rate": "18.88Mbps", "rtt": "50ms"},
    "ethernet": {"rate": "1Gbps", "rtt": "1ms"},
}

KEYS = {"rate", "trace", "queue", "delay", "jitter", "loss", "reorder", "blocked"}

LEAST_QUEUE = 10 * 1500  # bytes, as pipe_settings.cc has it
QUEUE_SECONDS = 0.3


def directions(settings):
    """{"up": {...}, "down": {...}} with the keys of pipe_settings.h alone."""
    if isinstance(settings, str):
        settings = {"preset": settings}
    settings = dict(settings)
    preset = settings.pop("preset", None)
    if preset is not None and preset not in PRESETS:
        raise ValueError(f"there is no link '{preset}'; there is {', '.join(PRESETS)}")
    ours = {name: settings.pop(name, None) or {} for name in ("up", "down")}
    common = {**PRESETS.get(preset, {}), **settings}
    if "trace" in settings and "rate" not in settings:
        common.pop("rate", None)
    return {name: _one_direction({**common, **own}) for name, own in ours.items()}


def _one_direction(settings):
    if "rtt" in settings:
        half = units.seconds(settings.pop("rtt")) / 2
        settings.setdefault("delay", f"{half * 1e6:.0f}us")
    for key in settings:
        if key not in KEYS:
            raise ValueError(f"a link has no '{key}'; it has {', '.join(sorted(KEYS))}, rtt, "
                             "preset, up and down")
    return settings


def changed(both, changes):
    """The settings of both directions after changes to either; a rate takes a trace's place."""
    after = {}
    for name, before in both.items():
        change = changes[name]
        gone = {"rate", "trace"} if {"rate", "trace"} & set(change) else set()
        kept = {key: value for key, value in before.items() if key not in gone}
        after[name] = {**kept, **change}
    return after


def needs_relay(both):
    """Whether the kernel's shaper alone can't be the link."""
    return any(set(one) - {"rate", "queue"} or "rate" not in one for one in both.values())


def queue_bytes(one):
    """What may wait for the bottleneck of a direction with a rate."""
    asked = one.get("queue", f"{QUEUE_SECONDS}s")
    try:
        time = units.seconds(asked)
    except ValueError:
        return units.byte_count(asked)
    return max(LEAST_QUEUE, round(units.bits_per_second(one["rate"]) / 8 * time))
