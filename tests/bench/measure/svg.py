"""Pictures as SVG: light, and legible without zooming."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

COLOURS = ("#1f6f8b", "#99a8b2", "#e07a5f", "#81b29a", "#f2cc8f", "#3d405b", "#b56576", "#6d9dc5",
           "#a3b18a", "#7b4b94", "#d4a373", "#444444")
BAR, GAP, HEIGHT = 14, 26, 300
LEAST_WIDTH = 640
LEFT, TOP, BOTTOM = 56, 86, 40
LEGEND_COLUMN, LEGEND_ROW = 190, 20


class Drawing:
    """What a picture is drawn on, in pixels from the upper left; LETTERING is the size of text."""

    LETTERING = 11

    def __init__(self):
        self._parts = []

    def _text(self, x, y, text, size=None, colour="#222", weight="400"):
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size or self.LETTERING}" '
                           f'fill="{colour}" font-weight="{weight}">{escape(text)}</text>')

    def _line(self, x1, y1, x2, y2, colour="#222"):
        self._parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                           f'stroke="{colour}"/>')

    def _framed(self, width, height):
        body = "\n".join(self._parts)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                f'width="{width}" height="{height}" font-family="sans-serif">\n{body}\n</svg>\n')


@dataclass
class BarChart:
    """Groups of bars with their 95 % intervals; `groups` is {group: {series: Estimate}}."""

    title: str
    unit: str
    groups: dict
    line: float | None = 1.0  # a horizontal line to compare with
    parts: list = field(default_factory=list)

    def svg(self):
        series = list(dict.fromkeys(name for bars in self.groups.values() for name in bars))
        step = len(series) * BAR + GAP
        width = max(LEFT + step * len(self.groups) + GAP, LEAST_WIDTH)
        columns = (width - LEFT) // LEGEND_COLUMN
        top = TOP + LEGEND_ROW * ((len(series) - 1) // columns)
        self.parts = []
        self._text(LEFT, 26, self.title, size=16, weight="600")
        self._text(LEFT, 44, self.unit, colour="#666")
        self._legend(series, columns)
        scale = HEIGHT / self._highest()
        self._axis(width, top, scale)
        for index, (group, bars) in enumerate(self.groups.items()):
            left = LEFT + index * step + GAP / 2
            for place, name in enumerate(series):
                if name in bars:
                    colour = COLOURS[place % len(COLOURS)]
                    self._bar(left + place * BAR, top, scale, bars[name], colour)
            middle = left + len(series) * BAR / 2
            self._text(middle, top + HEIGHT + 20, group, anchor="middle")
        height = top + HEIGHT + BOTTOM
        body = "\n".join(self.parts)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                f'width="{width}" height="{height}" font-family="sans-serif">\n'
                f'<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n')

    def _highest(self):
        tops = [bar.high for bars in self.groups.values() for bar in bars.values()]
        return 1.05 * max([*tops, self.line or 0, 1e-9])

    def _text(self, x, y, text, size=12, colour="#222", anchor="start", weight="400"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" '
                          f'text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>')

    def _line(self, x1, y1, x2, y2, colour, width=1.0):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                          f'stroke="{colour}" stroke-width="{width}"/>')

    def _legend(self, series, columns):
        for index, name in enumerate(series):
            x = LEFT + index % columns * LEGEND_COLUMN
            y = 58 + index // columns * LEGEND_ROW
            colour = COLOURS[index % len(COLOURS)]
            self.parts.append(f'<rect x="{x}" y="{y}" width="12" height="12" fill="{colour}"/>')
            self._text(x + 18, y + 10, name)

    def _axis(self, width, top, scale):
        spacing = next((s for s in (0.1, 0.25, 0.5, 1, 2, 5) if self._highest() / s <= 8), 10)
        for index in range(int(self._highest() / spacing) + 1):
            y = top + HEIGHT - index * spacing * scale
            self._line(LEFT, y, width - GAP / 2, y, "#e5e5e5")
            self._text(LEFT - 8, y + 4, f"{index * spacing:g}", colour="#666", anchor="end")
        if self.line is not None:
            y = top + HEIGHT - self.line * scale
            self._line(LEFT, y, width - GAP / 2, y, "#222", 1.2)

    def _bar(self, x, top, scale, bar, colour):
        height = bar.value * scale
        self.parts.append(f'<rect x="{x + 1:.1f}" y="{top + HEIGHT - height:.1f}" '
                          f'width="{BAR - 2}" height="{height:.1f}" fill="{colour}"/>')
        middle = x + BAR / 2
        self._line(middle, top + HEIGHT - bar.low * scale, middle, top + HEIGHT - bar.high * scale,
                   "#444")
