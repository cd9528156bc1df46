"""Something over time as SVG, with what happened meanwhile; light, and legible without zooming."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from bench.measure.svg import COLOURS

WIDTH, HEIGHT = 960, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 140, 44
ROW, ROWS = 14, 4  # of the texts of events, above the picture
GREY, PALE, RED = "#666", "#e5e5e5", "#c1121f"


@dataclass
class TimeChart:
    """`series` is {name: [(second, value)]}, drawn as dots or as steps; `events` are
    (second, text)."""

    title: str
    unit: str  # of the values
    series: dict
    events: list = field(default_factory=list)
    steps: bool = False

    def svg(self):
        points = [point for values in self.series.values() for point in values] or [(0, 0)]
        self._end = max([x for x, _ in points] + [when for when, _ in self.events] + [1e-3])
        self._highest = 1.05 * max([y for _, y in points] + [1e-9])
        self._parts = [f'<rect width="{WIDTH}" height="{TOP + HEIGHT + BOTTOM}" fill="white"/>']
        self._text(LEFT, 26, self.title, size=16, weight="600")
        self._text(LEFT, 46, self.unit, colour=GREY)
        self._axes()
        for place, (name, values) in enumerate(self.series.items()):
            colour = COLOURS[place % len(COLOURS)]
            self._legend(place, name, colour)
            (self._draw_steps if self.steps else self._draw_dots)(values, colour)
        for place, (when, text) in enumerate(self.events):
            self._event(when, text, place)
        body = "\n".join(self._parts)
        height = TOP + HEIGHT + BOTTOM
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
                f'width="{WIDTH}" height="{height}" font-family="sans-serif">\n{body}\n</svg>\n')

    def _x(self, second):
        return LEFT + (WIDTH - LEFT - RIGHT) * second / self._end

    def _y(self, value):
        return TOP + HEIGHT * (1 - value / self._highest)

    def _text(self, x, y, text, size=12, colour="#222", anchor="start", weight="400"):
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" '
                           f'text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>')

    def _line(self, x1, y1, x2, y2, colour):
        self._parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                           f'stroke="{colour}"/>')

    def _axes(self):
        for value in _ticks(self._highest):
            self._line(LEFT, self._y(value), WIDTH - RIGHT, self._y(value), PALE)
            self._text(LEFT - 8, self._y(value) + 4, f"{value:g}", colour=GREY, anchor="end")
        for second in _ticks(self._end):
            self._text(self._x(second), TOP + HEIGHT + 18, f"{second:g}", colour=GREY,
                       anchor="middle")
        self._text(WIDTH - RIGHT, TOP + HEIGHT + 36, "seconds", colour=GREY, anchor="end")

    def _legend(self, place, name, colour):
        x = LEFT + 130 * place
        self._parts.append(f'<rect x="{x}" y="56" width="12" height="12" fill="{colour}"/>')
        self._text(x + 18, 66, name)

    def _draw_dots(self, values, colour):
        for x, y in values:
            self._parts.append(f'<circle cx="{self._x(x):.1f}" cy="{self._y(y):.1f}" r="2.5" '
                               f'fill="{colour}"/>')

    def _draw_steps(self, values, colour):
        path = " ".join(f"{'M' if i == 0 else 'H'}{self._x(x):.1f}"
                        + (f",{self._y(y):.1f}" if i == 0 else f"V{self._y(y):.1f}")
                        for i, (x, y) in enumerate(values))
        self._parts.append(f'<path d="{path}" fill="none" stroke="{colour}"/>')

    def _event(self, when, text, place):
        x = self._x(when)
        late = x > WIDTH - 220
        y = TOP - ROW * (ROWS - place % ROWS) + ROW / 2
        self._line(x, y - ROW / 2, x, TOP + HEIGHT, RED)
        self._text(x - 4 if late else x + 4, y, text, size=11, colour=RED,
                   anchor="end" if late else "start")


def _ticks(highest):
    """Round numbers from 0, at most eight."""
    step = 10.0 ** -6
    while highest / step > 8:
        step *= 2.5 if f"{step:e}"[0] == "2" else 2
    return [step * index for index in range(int(highest / step) + 1)]
