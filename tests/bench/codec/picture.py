"""What has to cross the link at each cut, beside the input itself: bytes, on a scale of tens."""

import math

from measure.svg import Drawing

LEFT, TOP, HEIGHT, BOTTOM, RIGHT = 64, 86, 330, 64, 96
COLUMN = 66  # of a cut
GREY, PALE = "#666", "#e5e5e5"
SERIES = (("float32", "#99a8b2"), ("int8, zstd", "#6d9dc5"),
          ("dense, the fewest bytes that keep the accuracy", "#e07a5f"))
RIVALS = {"jpeg": "#222", "webp": "#7b4b94", "jxl": "#81b29a"}


class Picture(Drawing):
    """`calibration` has the records, `rivals` are {name: Rival or None}."""

    def __init__(self, calibration, rivals):
        super().__init__()
        self._records = calibration.records
        self._cuts = calibration.cuts
        self._rivals = {name: rival for name, rival in rivals.items() if rival}
        sizes = [one.bytes_mean for one in (*self._records, *self._rivals.values())]
        self._low = math.floor(math.log10(min(sizes)))
        self._high = math.ceil(math.log10(max(4 * cut.elements for cut in self._cuts)))

    def svg(self):
        width = LEFT + COLUMN * len(self._cuts) + RIGHT
        height = TOP + HEIGHT + BOTTOM
        self._parts = [f'<rect width="{width}" height="{height}" fill="white"/>']
        self._text(8, 24, "Bytes that cross the link", size=16, weight="600")
        self._text(8, 42, "at each cut, and the share of the network's computing before it; lines: "
                   "the input itself, at the lowest quality that keeps the accuracy", colour=GREY)
        self._legend()
        self._axis(width - RIGHT)
        for place, cut in enumerate(self._cuts):
            self._column(LEFT + COLUMN * (place + 0.5), cut, place % 2)
        for name, rival in self._rivals.items():
            self._line(LEFT, self._y(rival.bytes_mean), width - RIGHT, self._y(rival.bytes_mean),
                       RIVALS[name])
        self._rival_names(width - RIGHT + 6)
        return self._framed(width, height)

    def _y(self, size):
        share = (math.log10(size) - self._low) / (self._high - self._low)
        return TOP + HEIGHT * (1 - share)

    def _legend(self):
        x = 8
        for name, colour in SERIES:
            self._dot(x + 5, 62, colour)
            self._text(x + 16, 66, name)
            x += 40 + 6.2 * len(name)

    def _axis(self, right):
        for power in range(self._low, self._high + 1):
            y = self._y(10 ** power)
            self._line(LEFT, y, right, y, PALE)
            self._text(8, y + 4, f"{10 ** power:,} B", colour=GREY)

    def _rival_names(self, x):
        """Apart from each other where their lines are not."""
        below = TOP + HEIGHT
        for name, rival in sorted(self._rivals.items(), key=lambda one: one[1].bytes_mean):
            y = min(self._y(rival.bytes_mean) + 4, below - 12)
            self._text(x, y, f"{name} {rival.bytes_mean:,.0f}", colour=RIVALS[name])
            below = y

    def _column(self, x, cut, row):
        self._dot(x, self._y(4 * cut.elements), SERIES[0][1])
        here = [one for one in self._records if one.cut == cut]
        if plain := next((one for one in here if one.codec == "int8"), None):
            self._dot(x, self._y(plain.bytes_mean), SERIES[1][1])
        kept = [one for one in here if one.level == "dense" and one.loss.kept]
        if fewest := min(kept, key=lambda one: one.bytes_mean, default=None):
            y = self._y(fewest.bytes_mean)
            self._dot(x, y, SERIES[2][1])
            text = f"{fewest.quantizer} {fewest.bytes_mean:,.0f}"
            self._text(x - 2.8 * len(text), y + 17, text, size=10)
        name = cut.name.removeprefix("features.")
        self._text(x - 3 * len(name), TOP + HEIGHT + 18 + 12 * row, name)
        self._text(x - 10, TOP + HEIGHT + 46, f"{100 * cut.depth:.0f} %", colour=GREY)

    def _dot(self, x, y, colour):
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
