"""Text for people: tables on stdout, a progress bar and notes on stderr."""

import json
import sys

BAR = 30
SIGNIFICANT = 4  # digits of a figure


def table(header, rows):
    """Columns aligned: the first to the left, the others to the right; cells as cell() has them."""
    lines = [[cell(value) for value in row] for row in (header, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(value.ljust(width) if i == 0 else value.rjust(width)
                  for i, (value, width) in enumerate(zip(line, widths))).rstrip()
        for line in lines)


def cell(value):
    """Three significant digits are enough to read; nothing is a dash."""
    if value is None:
        return "-"
    if isinstance(value, float):
        if value and abs(value) < 1e-3:
            return f"{value:.1e}"
        return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    return str(value)


def print_figures(figures):
    """The JSON line that a benchmark ends with."""
    rounded = {key: float(f"{value:.{SIGNIFICANT}g}") if isinstance(value, float) else value
               for key, value in figures.items()}
    print(json.dumps(rounded), flush=True)


def print_result(bench, setting, figures, seconds):
    """The same, with what was run. `setting` says whether it was quick and kept noisy rounds."""
    line = {"bench": bench, "quick": setting.quick, **figures, "seconds": seconds}
    print_figures({**line, "keep_noisy": True} if setting.keep_noisy else line)


def note(text):
    """A line on stderr, in the place of the progress bar."""
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""
    print(f"{clear}{text}", file=sys.stderr, flush=True)


class Progress:
    """A bar on stderr; nothing where stderr is no terminal."""

    def __init__(self, total):
        self.total = total
        self.done = 0

    def step(self, label):
        """What begins now."""
        if sys.stderr.isatty():
            filled = BAR * self.done // max(self.total, 1)
            bar = "#" * filled + "." * (BAR - filled)
            print(f"\r\x1b[K[{bar}] {self.done}/{self.total} {label}", end="", file=sys.stderr,
                  flush=True)
        self.done += 1

    def close(self):
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
