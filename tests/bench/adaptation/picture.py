"""The grid as a picture: a panel for each cell, a bar for each strategy."""

from measure.svg import COLOURS, Drawing

LEFT, TOP, BOTTOM = 150, 84, 14
WIDTH, BAR, GAP = 132, 11, 22  # of a panel; of its bars
LENGTH = 84  # of a bar as slow as HIGHEST
HIGHEST = 2.0  # times the edge alone; longer bars end there
GREY = "#666"


class Picture(Drawing):
    """A bar is the mean over that of the edge alone, the line at its end the 99th percentile."""

    LETTERING = 10

    def __init__(self, cells):
        super().__init__()
        self._cells = {(cell.network, cell.factor, cell.link): cell for cell in cells}
        self._rows = list(dict.fromkeys((cell.network, cell.factor) for cell in cells))
        self._links = list(dict.fromkeys(cell.link for cell in cells))
        self._strategies = list(dict.fromkeys(
            name for cell in cells for name in cell.strategies if name != "edge"))

    def svg(self):
        panel = BAR * len(self._strategies) + GAP
        width = max(LEFT + WIDTH * len(self._links), LEFT + 100 * len(self._strategies))
        height = TOP + panel * len(self._rows) + BOTTOM
        self._parts = [f'<rect width="{width}" height="{height}" fill="white"/>']
        self._text(8, 24, "Mean latency in simulation, ms", size=16, weight="600")
        self._text(8, 42, "bars: over that of the edge alone (the line); thin: the 99th percentile",
                   colour=GREY)
        for place, name in enumerate(self._strategies):
            x = LEFT + 100 * place
            self._parts.append(f'<rect x="{x}" y="52" width="10" height="10" '
                               f'fill="{COLOURS[place]}"/>')
            self._text(x + 15, 61, name)
        for column, link in enumerate(self._links):
            name = link if len(link) <= 18 else link[:17] + "…"
            self._text(LEFT + WIDTH * column, TOP - 4, name, size=12, weight="600")
        for row, (network, factor) in enumerate(self._rows):
            top = TOP + panel * row
            self._text(8, top + GAP, network, weight="600")
            self._text(8, top + GAP + 16, f"edge {factor:g}x slower" if factor > 1 else "edge",
                       colour=GREY)
            for column, link in enumerate(self._links):
                if cell := self._cells.get((network, factor, link)):
                    self._panel(LEFT + WIDTH * column, top + GAP - 8, cell)
        return self._framed(width, height)

    def _panel(self, left, top, cell):
        edge = cell.strategies["edge"]["mean"]

        def length(value):
            return LENGTH / HIGHEST * min(value / edge, HIGHEST)

        for place, name in enumerate(self._strategies):
            if one := cell.strategies.get(name):
                y = top + BAR * place
                self._parts.append(f'<rect x="{left}" y="{y + 1}" width="{length(one["mean"]):.1f}" '
                                   f'height="{BAR - 3}" fill="{COLOURS[place]}"/>')
                middle = y + BAR / 2
                self._line(left + length(one["mean"]), middle, left + length(one["p99"]), middle)
                self._text(left + LENGTH + 4, y + BAR - 2, f"{one['mean']:,.0f}")
        x = left + LENGTH / HIGHEST
        self._line(x, top - 2, x, top + BAR * len(self._strategies))
