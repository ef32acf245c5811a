"""Plots as inline SVG: bars, stacked bars, ranges. Colours and fonts are the page's (CSS variables)."""

from html import escape

LABEL = 230  # pixels for the names
WIDTH = 860
ROW = 26
RIGHT = 90  # for the figure behind the bar
CHARACTER = 7.5  # pixels, about


def number(value):
    """Four digits that count, no exponent."""
    if value is None:
        return "–"
    if isinstance(value, int) or value == int(value) and abs(value) < 1e15 and abs(value) >= 1000:
        return f"{int(value):,}".replace(",", "\u202f")
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", "\u202f")
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}"


def ticks(most):
    """Round steps, four to eight of them, up to the first one at or above `most`."""
    step = 1e-6
    while most / step > 8:
        for factor in (2, 2.5, 2):
            step *= factor
            if most / step <= 8:
                break
    out, at = [0.0], 0.0
    while at < most - step * 1e-9:
        at += step
        out.append(at)
    return out


def text(x, y, words, anchor="start", kind="t"):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(str(words))}</text>'


def fit(words, room):
    return words if len(words) * CHARACTER <= room else words[: int(room / CHARACTER) - 1] + "…"


class Chart:
    """Horizontal bars on one axis from zero."""

    def __init__(self, title, unit, most):
        self.steps = ticks(most or 1)
        self.most = self.steps[-1] or 1
        self.title, self.unit = title, unit
        self.y = 8
        self.parts = []

    def x(self, value):
        return LABEL + (WIDTH - LABEL - RIGHT) * min(value, self.most) / self.most

    def rect(self, x0, x1, y, height, series, tip):
        width = max(x1 - x0, 0.5)
        self.parts.append(
            f'<rect class="s{series}" x="{x0:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" rx="2">'
            f"<title>{escape(tip)}</title></rect>"
        )

    def name(self, words, y):
        short = fit(words, LABEL - 12)
        self.parts.append(
            f'<g>{text(LABEL - 8, y, short, "end")}<title>{escape(words)}</title></g>'
        )

    def bar(self, name, value, must=None, aim=None, note=""):
        """One bar with its figure; must and aim are lines across the row."""
        y = self.y
        self.name(name, y + 16)
        if value is not None:
            self.rect(LABEL, self.x(value), y + 4, 16, 1, f"{name}: {number(value)} {self.unit}")
        for mark, kind in ((must, "must"), (aim, "aim")):
            if mark is not None:
                at = self.x(mark)
                self.parts.append(
                    f'<line class="{kind}" x1="{at:.1f}" x2="{at:.1f}" y1="{y}" y2="{y + ROW - 2}">'
                    f"<title>{kind} {number(mark)} {escape(self.unit)}</title></line>"
                )
        figure = number(value) if value is not None else "did not run"
        words = figure + (" " + note if note else "")
        self.parts.append(text(self.beside(self.x(value or 0), words, must, aim), y + 16, words, kind="v"))
        self.y += ROW

    def beside(self, end, words, *marks):
        """Where the figure stands: behind the bar, and behind a mark that it would lie on."""
        at = end + 6
        for mark in sorted(self.x(m) for m in marks if m is not None):
            if at - 6 <= mark <= at + 7.5 * len(words) + 4:
                at = mark + 6
        return at

    def group(self, name, values):
        """Several bars under one name, a series each."""
        height = 12
        self.name(name, self.y + 4 + (height + 2) * len(values) / 2 + 4)
        for series, value in enumerate(values, 1):
            if value is not None:
                self.rect(
                    LABEL, self.x(value), self.y + 4, height, series, f"{name}: {number(value)} {self.unit}"
                )
                self.parts.append(text(self.x(value) + 6, self.y + 14, number(value), kind="v"))
            self.y += height + 2
        self.y += 10

    def stack(self, name, values, labels):
        y, at = self.y, 0.0
        self.name(name, y + 16)
        for series, (value, label) in enumerate(zip(values, labels), 1):
            x0, x1 = self.x(at), self.x(at + value)
            self.rect(x0, max(x1 - 2, x0), y + 4, 16, series, f"{label}: {number(value)} {self.unit}")
            at += value
        self.parts.append(text(self.x(at) + 6, y + 16, number(at), kind="v"))
        self.y += ROW

    def done(self):
        height = self.y + 30
        grid = []
        for step in self.steps:
            at = self.x(step)
            grid.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="4" y2="{self.y + 4}"/>')
            grid.append(text(at, self.y + 20, number(step), "middle", "a"))
        grid.append(text(WIDTH, self.y + 20, self.unit, "end", "a"))
        return (
            f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(self.title)}">'
            + "".join(grid)
            + "".join(self.parts)
            + "</svg>"
        )


def legend(labels):
    return (
        '<p class="legend">'
        + "".join(f'<span><i class="k{i}"></i>{escape(str(label))}</span>' for i, label in enumerate(labels, 1))
        + "</p>"
    )


def bars(title, unit, rows):
    """rows: (name, value, must, aim[, note])"""
    marks = [v for row in rows for v in row[1:4] if v is not None]
    chart = Chart(title, unit, max(marks or [1]))
    for row in rows:
        chart.bar(*row)
    key = ""
    if any(row[2] is not None or row[3] is not None for row in rows):
        key = '<p class="legend"><span><i class="line must"></i>must</span><span><i class="line aim"></i>aim</span></p>'
    return key + chart.done()


def grouped(title, unit, series, rows):
    """rows: (name, [a value for each series])"""
    chart = Chart(title, unit, max([v for _, values in rows for v in values if v is not None] or [1]))
    for name, values in rows:
        chart.group(name, values)
    return legend(series) + chart.done()


def stacked(title, unit, series, rows):
    chart = Chart(title, unit, max([sum(values) for _, values in rows] or [1]))
    for name, values in rows:
        chart.stack(name, values, series)
    return legend(series) + chart.done()
