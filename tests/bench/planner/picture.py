"""The table of the papers as a picture: a panel for each cell, a bar for each strategy."""

from measure.stats import median_of
from measure.svg import COLOURS, Drawing

LEFT, TOP, BOTTOM = 150, 84, 14
WIDTH, BAR, GAP = 196, 15, 26  # of a panel; of its bars
LENGTH = 128  # of a bar as slow as HIGHEST
LEAST_WIDTH = 760
LETTERS = 32  # of a plan
HIGHEST = 2.0  # times the edge alone; longer bars end there
GREY, PALE = "#666", "#e5e5e5"


class Picture(Drawing):
    """`found` are cells, `strategies` the bars of each, from the top. A bar is the measured latency
    over that of the edge alone, with its 95 % interval and, as a ring, what was expected."""

    def __init__(self, found, strategies):
        super().__init__()
        self._cells = {(cell.network, cell.factor, cell.link): cell for cell in found}
        self._rows = list(dict.fromkeys((cell.network, cell.factor) for cell in found))
        self._links = list(dict.fromkeys(cell.link for cell in found))
        self._strategies = strategies

    def svg(self):
        panel = BAR * len(self._strategies) + GAP
        width = max(LEFT + WIDTH * len(self._links), LEAST_WIDTH)
        height = TOP + panel * len(self._rows) + BOTTOM
        self._parts = [f'<rect width="{width}" height="{height}" fill="white"/>']
        self._text(8, 24, "Median latency in the lab, ms", size=16, weight="600")
        self._text(8, 42, "bars: over that of the edge alone (the line); the ring: expected; the "
                   "cut and codec are ours, bold where a split wins", colour=GREY)
        self._legend()
        for column, link in enumerate(self._links):
            self._text(LEFT + WIDTH * column, TOP - 4, link, size=14, weight="600")
        for row, (network, factor) in enumerate(self._rows):
            top = TOP + panel * row
            self._text(8, top + GAP + 10, network, weight="600")
            self._text(8, top + GAP + 26, f"edge {factor:g}x slower" if factor > 1 else "edge",
                       colour=GREY)
            for column, link in enumerate(self._links):
                if cell := self._cells.get((network, factor, link)):
                    self._panel(LEFT + WIDTH * column, top, cell)
        return self._framed(width, height)

    def _legend(self):
        for place, name in enumerate(self._strategies):
            x = LEFT + 100 * place
            self._parts.append(f'<rect x="{x}" y="52" width="11" height="11" '
                               f'fill="{COLOURS[place]}"/>')
            self._text(x + 16, 61, name)

    def _panel(self, left, top, cell):
        ours = cell.measured.get("ours")
        name = str(ours.plan) if ours else "no answer"
        self._text(left, top + GAP - 6, name if len(name) <= LETTERS else name[:LETTERS - 1] + "…",
                   weight="700" if cell.split_wins() else "400")
        if "edge" not in cell.measured:
            return
        edge = median_of(cell.measured["edge"].totals).value
        for place, name in enumerate(self._strategies):
            if name in cell.measured:
                self._bar(left, top + GAP + BAR * place, cell.measured[name], edge, COLOURS[place])
        x = left + LENGTH / HIGHEST
        self._line(x, top + GAP - 2, x, top + GAP + BAR * len(self._strategies))

    def _bar(self, left, top, one, edge, colour):
        found = median_of(one.totals)
        end, low, high, expected = (
            left + LENGTH / HIGHEST * min(value / edge, HIGHEST)
            for value in (found.value, found.low, found.high, one.plan.latency))
        middle = top + BAR / 2
        self._parts.append(f'<rect x="{left}" y="{top + 2}" width="{end - left:.1f}" '
                           f'height="{BAR - 4}" fill="{colour}"/>')
        self._line(low, middle, high, middle)
        self._parts.append(f'<circle cx="{expected:.1f}" cy="{middle}" r="3" fill="none" '
                           f'stroke="#222"/>')
        mark = "*" if one.few else ""
        self._text(left + LENGTH + 8, middle + 4, f"{found.value:,.0f}{mark}"
                   if found.value >= 100 else f"{found.value:.1f}{mark}")
