"""Which events happen when: drawn by a seed, the same every time."""

import random
from dataclasses import dataclass

from integration.chaos.events import KINDS

# The cloud and the edges live through the last third, so that their memory can be judged.
CALM_FROM = 2 / 3
LONGEST = 3.0  # seconds of an event
SHORTEST = 0.3


@dataclass
class Step:
    at: float  # seconds from the first request
    event: object
    begins: bool


def draw(seed, count, seconds, possible=KINDS):
    """The steps of `count` events in that time, in order. Every kind comes once before any comes
    twice, except that what ends a daemon comes early only."""
    drawn = random.Random(seed)
    free = {}  # when what an event holds is free again
    steps, deck = [], []
    for number in range(count):
        early = number < CALM_FROM * count
        deck, kind = _deal(drawn, deck, [k for k in possible if early or not k.ends])
        event = kind(drawn)
        at = seconds * (number + drawn.uniform(0.1, 0.9)) / count
        at = max(at, free.get(event.holds, 0.0))
        until = at + drawn.uniform(SHORTEST, LONGEST)
        free[event.holds] = until + SHORTEST
        steps += [Step(at, event, True), Step(until, event, False)]
    return sorted(steps, key=lambda step: step.at)


def _deal(drawn, deck, wanted):
    """The first card of the deck that is wanted; a new deck where there is none. What ends a
    daemon lies on top of a new one, as its time is short."""
    if not any(kind in wanted for kind in deck):
        deck = drawn.sample(wanted, len(wanted))
        deck.sort(key=lambda kind: not kind.ends or drawn.random() < 0.5)
    kind = next(kind for kind in deck if kind in wanted)
    return [other for other in deck if other is not kind], kind
