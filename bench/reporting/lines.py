"""Plots of curves as inline SVG: shares of 0 to 1 on both axes, even or by decades. Colours and fonts are the page's."""

import math
from html import escape

from .svg import legend, text

SIDE = 380
LEFT, TOP, BOTTOM = 60, 12, 44
DECADES = 4  # 1 in 10,000 is the least share that is drawn


def at(point):
    return LEFT + point[0] * SIDE, TOP + (1 - point[1]) * SIDE


def path(points):
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, points))


def by_decades(share):
    """0 at the least share that is drawn and below, 1 at all."""
    return max(0.0, 1 + math.log10(share) / DECADES) if share > 0 else 0.0


EVEN = [(step / 5, f"{step / 5:.1f}") for step in range(6)]
BY_DECADES = [(1 - k / DECADES, f"{100 / 10**k:g} %") for k in range(DECADES + 1)]


def grid(across, up, ticks):
    parts = []
    for share, mark in ticks:
        x, y = at((share, share))
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + SIDE}"/>')
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{LEFT + SIDE}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(text(x, TOP + SIDE + 18, mark, "middle", "a"))
        parts.append(text(LEFT - 8, y + 4, mark, "end", "a"))
    parts.append(text(LEFT + SIDE / 2, TOP + SIDE + 36, across, "middle", "a"))
    parts.append(
        f'<g transform="rotate(-90 14 {TOP + SIDE / 2:.0f})">{text(14, TOP + SIDE / 2, up, "middle", "a")}</g>'
    )
    return parts


def square(title, across, up, series, ticks=EVEN):
    """series: [(name, [(x, y), ...])]; the diagonal is drawn too."""
    parts = grid(across, up, ticks)
    parts.append(f'<polyline points="{path([(0, 0), (1, 1)])}" fill="none" stroke="var(--rule)" stroke-dasharray="4 4"/>')
    for k, (name, points) in enumerate(series, 1):
        parts.append(
            f'<polyline points="{path(points)}" fill="none" stroke="var(--c{(k - 1) % 8 + 1})" stroke-width="2">'
            f"<title>{escape(name)}</title></polyline>"
        )
    width, height = LEFT + SIDE + 20, TOP + SIDE + BOTTOM
    return (
        legend([name for name, _ in series])
        + f'<svg style="max-width: 30rem" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        + "".join(parts)
        + "</svg>"
    )


def roc(models):
    """models: [(name, results of weir evaluate)]"""
    known = [(name, m) for name, m in models if m.get("roc") and m["auc"] is not None]
    if not known:
        return '<p class="soft">Rows of one sort are missing: no curve.</p>'
    series = [(f"{name}: AUC {m['auc']:.3f}", [(p[0], p[1]) for p in m["roc"]]) for name, m in known]
    return square("ROC", "quiet rows at or above the score", "rows of attacks at or above it", series)


def calibration(models):
    """Against the diagonal: a calibrated model's. By decades, for what alarms rest on are the smallest shares."""
    series = []
    for name, m in models:
        points = [(by_decades(1 - score), by_decades(share)) for score, share in m["calibration"] if share is not None]
        if points:
            series.append((name, sorted([*points, (1.0, 1.0)])))
    if not series:
        return ""
    return square("Calibration", "share that the score promises (1 - score)", "share of quiet rows", series, BY_DECADES)
