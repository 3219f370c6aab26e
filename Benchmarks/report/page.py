"""One HTML page without anything from elsewhere: the figures as a person likes to look at them."""

import html
import math
import pathlib
import statistics

from .comparison import COLUMNS, Comparison, Phase

PALETTE = ["#e8590c", "#4c6ef5", "#15aabf", "#7950f2", "#82c91e", "#868e96", "#f06595", "#fab005"]

STYLE = """
:root { --ink: #1c1e21; --soft: #667; --line: #dde1e6; --card: #fff; --page: #f4f5f7; --better: #2b8a3e; --worse: #c92a2a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --soft: #9aa3ad; --line: #343a40; --card: #1e2226; --page: #15181b; --better: #69db7c; --worse: #ff8787; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 68rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { margin: 0 0 .25rem; font-size: 1.7rem; } h2 { margin: 2.5rem 0 .75rem; font-size: 1.25rem; } h3 { margin: 0; font-size: 1.02rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); } .unit { color: var(--soft); font-weight: 400; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.2rem; margin: .8rem 0; }
.note { border-left: 4px solid #fab005; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: right; font-weight: 500; color: var(--soft); font-size: .85rem; padding: .2rem .5rem; }
td { text-align: right; padding: .22rem .5rem; border-top: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
.swatch { display: inline-block; width: .7em; height: .7em; border-radius: 2px; margin-right: .45em; }
.better { color: var(--better); } .worse { color: var(--worse); } .wide { overflow-x: auto; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .4rem 0 0; }
dt { color: var(--soft); } dd { margin: 0; }
svg { display: block; width: 100%; height: auto; margin-top: .5rem; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .axis { fill: var(--soft); font-size: 11px; } svg .grid { stroke: var(--line); } svg .whisker { stroke: var(--ink); stroke-width: 1.4; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 0 1.5rem; }
@media (max-width: 34rem) { .charts { grid-template-columns: 1fr; } }
"""


def write_page(comparison: Comparison, path: str):
    pathlib.Path(path).write_text(_Page(comparison).text())


class _Page:
    def __init__(self, comparison: Comparison):
        self.comparison = comparison
        self.colours = {name: PALETTE[n % len(PALETTE)] for n, name in enumerate(comparison.competitors)}

    def text(self) -> str:
        comparison = self.comparison
        title = html.escape(comparison.title)
        parts = [
            "<!doctype html>", '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title><style>{STYLE}</style></head><body>", f"<h1>{title}</h1>",
            '<p class="soft">Medians over the rounds; whiskers and brackets reach from the lowest to the highest round.</p>',
        ]
        parts += [f'<div class="card note">{html.escape(note)}</div>' for note in comparison.notes]
        parts.append(self._set_up())
        for section in comparison.sections:
            parts.append(f"<h2>{html.escape(section.title)}</h2>")
            parts.append(self._summary(section.phases.values()))
            parts += [f'<p class="soft">{html.escape(line)}</p>' for line in section.fact_lines()]
            parts += [self._phase(phase) for phase in section.phases.values()]
        return "\n".join(parts) + "\n</body></html>\n"

    def _set_up(self) -> str:
        rows = [
            f"<dt>{self._swatch(name)}{html.escape(name)}</dt><dd>{html.escape(text)}</dd>"
            for name, text in self.comparison.competitors.items()
        ]
        for entries in (self.comparison.options, self.comparison.machine):
            rows += [f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in entries.items()]
        return f'<div class="card"><dl>{"".join(rows)}</dl></div>'

    def _swatch(self, competitor: str) -> str:
        return f'<span class="swatch" style="background:{self.colours[competitor]}"></span>'

    def _summary(self, phases) -> str:
        """A line a phase, a column a competitor: the subject's rate as a multiple of theirs."""
        subject = self.comparison.subject
        others = [
            name for name in self.comparison.competitors
            if any(phase.ratio(name, subject) for phase in phases)
        ]
        if not others:
            return ""
        head = "".join(f"<th>{self._swatch(name)}÷ {html.escape(name)}</th>" for name in others)
        rows = []
        for phase in phases:
            if subject not in phase.rounds:
                continue
            cells = "".join(f"<td>{_ratio(phase.ratio(name, subject))}</td>" for name in others)
            rate = f"{phase.median(subject, 'rate'):,.0f}"
            rows.append(f'<tr><td>{html.escape(phase.name)} <span class="unit">{html.escape(phase.unit)}</span></td><td>{rate}</td>{cells}</tr>')
        return (
            f'<div class="card wide"><table><tr><th>{html.escape(subject)}\'s rate as a multiple of others\'</th>'
            f"<th>{self._swatch(subject)}{html.escape(subject)}/s</th>{head}</tr>{''.join(rows)}</table></div>"
        )

    def _phase(self, phase: Phase) -> str:
        note = f'<p class="soft">{html.escape(phase.note)}</p>' if phase.note else ""
        return (
            f'<div class="card"><h3>{html.escape(phase.name)} <span class="unit">{html.escape(phase.unit)}</span></h3>{note}'
            f'<div class="charts"><div>{self._rates(phase)}</div><div>{self._latencies(phase)}</div></div>'
            f'<details><summary class="soft">figures</summary><div class="wide">{self._table(phase)}</div></details></div>'
        )

    def _rates(self, phase: Phase) -> str:
        """Bars of the median rate with whiskers from the lowest to the highest round."""
        widest = max(max(phase.values(name, "rate")) for name in phase.rounds)
        left, room = 118, 250

        def x(value):
            return left + room * value / widest

        marks = []
        for row, name in enumerate(phase.rounds):
            values, y = phase.values(name, "rate"), 8 + row * 24
            median = statistics.median(values)
            marks.append(
                f'<text x="{left - 8}" y="{y + 12}" text-anchor="end">{html.escape(name)}</text>'
                f'<rect x="{left}" y="{y}" width="{max(1, x(median) - left):.1f}" height="16" rx="2" fill="{self.colours[name]}"/>'
                f'<line class="whisker" x1="{x(min(values)):.1f}" x2="{x(max(values)):.1f}" y1="{y + 8}" y2="{y + 8}"/>'
                f'<text x="{x(max(values)) + 6:.1f}" y="{y + 12}">{median:,.0f}</text>')
        return f'<svg viewBox="0 0 440 {14 + 24 * len(phase.rounds)}" role="img" aria-label="rates">{"".join(marks)}</svg>'

    def _latencies(self, phase: Phase) -> str:
        """p50, p99 and p99.9 on a logarithmic axis."""
        names = [name for name in phase.rounds if phase.median(name, "p50")]
        points = [phase.median(name, field) for name in names for field in ("p50", "p99", "p999")]
        points = [point for point in points if point]
        if not points:
            return ""
        low, high = math.floor(math.log10(min(points))), math.ceil(math.log10(max(points)) + 1e-9)
        high = max(high, low + 1)
        left, room, bottom = 118, 300, 8 + 24 * len(names)

        def x(value):
            return left + room * (math.log10(value) - low) / (high - low)

        marks = []
        for power in range(low, high + 1):
            place = x(10**power)
            marks.append(
                f'<line class="grid" x1="{place:.1f}" x2="{place:.1f}" y1="4" y2="{bottom}"/>'
                f'<text class="axis" x="{place:.1f}" y="{bottom + 13}" text-anchor="middle">{_time(10**power)}</text>')
        for row, name in enumerate(names):
            y, colour = 16 + row * 24, self.colours[name]
            values = [(field, phase.median(name, field)) for field in ("p50", "p99", "p999")]
            values = [(field, value) for field, value in values if value]
            marks.append(
                f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{html.escape(name)}</text>'
                f'<line x1="{x(values[0][1]):.1f}" x2="{x(values[-1][1]):.1f}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3" opacity=".5"/>')
            for field, value in values:
                label = {"p50": "p50", "p99": "p99", "p999": "p99.9"}[field]
                size = {"p50": 5.5, "p99": 4.5, "p999": 3.5}[field]
                marks.append(f'<circle cx="{x(value):.1f}" cy="{y}" r="{size}" fill="{colour}"><title>{html.escape(name)} {label}: {_time(value)}</title></circle>')
        return (
            f'<svg viewBox="0 0 440 {bottom + 18}" role="img" aria-label="latencies">{"".join(marks)}</svg>'
            '<p class="soft" style="font-size:.8rem">latency: p50 ● p99 ● p99.9, large to small</p>')

    def _table(self, phase: Phase) -> str:
        subject = self.comparison.subject
        head = "".join(f"<th>{html.escape(heading)}</th>" for _, heading, _ in COLUMNS)
        rows = []
        for name in phase.rounds:
            cells = []
            for field, _, form in COLUMNS:
                values = phase.values(name, field)
                cells.append(f"{statistics.median(values):{form}} [{min(values):{form}}–{max(values):{form}}]" if values else "–")
            rows.append(
                f"<tr><td>{self._swatch(name)}{html.escape(name)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}"
                f"<td>{_ratio(phase.ratio(name, subject))}</td></tr>")
        return f"<table><tr><th></th>{head}<th>{html.escape(subject)} is</th></tr>{''.join(rows)}</table>"


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f'<span class="{"better" if ratio >= 1 else "worse"}">{ratio:.2f} ×</span>'


def _time(microseconds: float) -> str:
    if microseconds >= 1_000_000:
        return f"{microseconds / 1_000_000:.3g} s"
    return f"{microseconds / 1000:.3g} ms" if microseconds >= 1000 else f"{microseconds:.3g} µs"
