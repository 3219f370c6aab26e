"""The page's drawings: each gives the text of an SVG of one phase. `colours` has a colour a competitor."""

import html
import math
import statistics

from .comparison import Column, Phase

LEFT = 118
PERCENTILES = {"p50": ("p50", 5.5), "p99": ("p99", 4.5), "p999": ("p99.9", 3.5)}


def bars(phase: Phase, column: Column, colours: dict[str, str], width: int = 440) -> str:
    """Bars of the median with whiskers from the lowest to the highest round."""
    names = [name for name in phase.rounds if phase.values(name, column.field)]
    widest = max(max(phase.values(name, column.field)) for name in names)
    # At the right there is room for the number.
    room = width - LEFT - 72

    def x(value):
        return LEFT + (room * value / widest if widest else 0)

    marks = []
    for row, name in enumerate(names):
        values, y = phase.values(name, column.field), 8 + row * 24
        median = statistics.median(values)
        marks.append(
            f'{_name(name, y + 12)}<rect x="{LEFT}" y="{y}" width="{max(1, x(median) - LEFT):.1f}" height="16" rx="2" fill="{colours[name]}"/>'
            f'<line class="whisker" x1="{x(min(values)):.1f}" x2="{x(max(values)):.1f}" y1="{y + 8}" y2="{y + 8}"/>'
            f'<text x="{x(max(values)) + 6:.1f}" y="{y + 12}">{column.text(median)}</text>')
    return _svg(width, 14 + 24 * len(names), column.heading, marks)


def latencies(phase: Phase, colours: dict[str, str]) -> str:
    """p50, p99 and p99.9 on a logarithmic axis; nothing where nobody has them."""
    by_name = {name: [(field, phase.median(name, field)) for field in PERCENTILES] for name in phase.rounds}
    by_name = {name: [(field, value) for field, value in points if value] for name, points in by_name.items()}
    by_name = {name: points for name, points in by_name.items() if points}
    all_values = [value for points in by_name.values() for _, value in points]
    if not all_values:
        return ""
    low, high = math.floor(math.log10(min(all_values))), math.ceil(math.log10(max(all_values)) + 1e-9)
    high = max(high, low + 1)
    bottom = 8 + 24 * len(by_name)

    def x(value):
        return LEFT + 300 * (math.log10(value) - low) / (high - low)

    marks = [_grid_line(x(10**power), bottom, time_text(10**power)) for power in range(low, high + 1)]
    for row, (name, points) in enumerate(by_name.items()):
        y = 16 + row * 24
        marks.append(
            f'{_name(name, y + 4)}<line x1="{x(points[0][1]):.1f}" x2="{x(points[-1][1]):.1f}" y1="{y}" y2="{y}"'
            f' stroke="{colours[name]}" stroke-width="3" opacity=".5"/>')
        for field, value in points:
            label, size = PERCENTILES[field]
            marks.append(
                f'<circle cx="{x(value):.1f}" cy="{y}" r="{size}" fill="{colours[name]}">'
                f"<title>{html.escape(name)} {label}: {time_text(value)}</title></circle>")
    return _svg(440, bottom + 18, "latencies", marks)


def time_text(microseconds: float) -> str:
    if microseconds >= 1_000_000:
        return f"{microseconds / 1_000_000:.3g} s"
    return f"{microseconds / 1000:.3g} ms" if microseconds >= 1000 else f"{microseconds:.3g} µs"


def _name(competitor: str, y: int) -> str:
    return f'<text x="{LEFT - 8}" y="{y}" text-anchor="end">{html.escape(competitor)}</text>'


def _grid_line(x: float, bottom: int, label: str) -> str:
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{bottom}"/>'
        f'<text class="axis" x="{x:.1f}" y="{bottom + 13}" text-anchor="middle">{label}</text>')


def _svg(width: int, height: int, label: str, marks: list[str]) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(label)}">{"".join(marks)}</svg>'
