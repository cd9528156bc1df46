"""How much is measured."""

from dataclasses import dataclass
from pathlib import Path

OUT = Path(__file__).resolve().parents[3] / "build" / "bench" / "http"


@dataclass(frozen=True)
class Setting:
    rounds: int            # of each cost
    seconds: float         # of load in one of them
    pairs: int             # of windows with and without load
    window: float          # seconds
    bound: float           # seconds after which no more pairs begin


QUICK = Setting(rounds=3, seconds=1, pairs=8, window=3, bound=120)
WHOLE = Setting(rounds=9, seconds=3, pairs=24, window=5, bound=900)
