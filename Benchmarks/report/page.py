"""One HTML page without anything from elsewhere: the figures as a person likes to look at them."""

import html
import pathlib

from .charts import bars, latencies
from .comparison import COSTS, SPEED, Column, Comparison, Phase

PALETTE = ["#e8590c", "#4c6ef5", "#15aabf", "#7950f2", "#82c91e", "#868e96", "#f06595", "#fab005"]

STYLE = """
:root { --ink: #1c1e21; --soft: #667; --line: #dde1e6; --card: #fff; --page: #f4f5f7; --better: #2b8a3e; --worse: #c92a2a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --soft: #9aa3ad; --line: #343a40; --card: #1e2226; --page: #15181b; --better: #69db7c; --worse: #ff8787; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; background: var(--page); color: var(--ink);
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
.costs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); gap: .6rem 1.5rem; margin-top: .9rem;
  padding-top: .7rem; border-top: 1px solid var(--line); }
figure { margin: 0; } figcaption, .key { color: var(--soft); font-size: .8rem; } figure svg { margin-top: 0; }
details { margin-top: .6rem; } details table { margin-top: .4rem; font-size: .87rem; }
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
            parts += [self._phase(phase) for phase in section.phases.values()]
        parts.append(self._meanings())
        return "\n".join(parts) + "\n</body></html>\n"

    def _set_up(self) -> str:
        rows = [
            f"<dt>{self._swatch(name)}{html.escape(name)}</dt><dd>{html.escape(text)}</dd>"
            for name, text in self.comparison.competitors.items()
        ]
        for entries in (self.comparison.options, self.comparison.machine):
            rows += [f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in entries.items()]
        return f'<div class="card"><dl>{"".join(rows)}</dl></div>'

    def _meanings(self) -> str:
        """What the costs are that are shown somewhere."""
        shown = [column for column in COSTS if any(column in section.costs() for section in self.comparison.sections)]
        rows = "".join(f"<dt>{html.escape(column.title)}</dt><dd>{html.escape(column.meaning)}</dd>" for column in shown)
        return rows and f'<h2>What the costs are</h2><div class="card"><p>Background work that a phase left is part of them.</p><dl>{rows}</dl></div>'

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
            f'<div class="charts"><div>{bars(phase, SPEED[0], self.colours)}</div><div>{self._latencies(phase)}</div></div>{self._costs(phase)}'
            f'<details><summary class="soft">figures</summary>{self._table(phase)}</details></div>'
        )

    def _latencies(self, phase: Phase) -> str:
        chart = latencies(phase, self.colours)
        return chart and f'{chart}<p class="key">latency: p50 ● p99 ● p99.9, large to small</p>'

    def _costs(self, phase: Phase) -> str:
        """A small chart for each cost that says something of the phase."""
        shown = [column for column in COSTS if _is_telling(phase, column)]
        charts = "".join(
            f'<figure><figcaption>{html.escape(column.title)}</figcaption>{bars(phase, column, self.colours, width=340)}</figure>' for column in shown)
        return f'<div class="costs">{charts}</div>' if shown else ""

    def _table(self, phase: Phase) -> str:
        return self._columns(phase, SPEED, is_compared=True) + self._columns(phase, [column for column in COSTS if phase.has(column)])

    def _columns(self, phase: Phase, columns: list[Column], is_compared: bool = False) -> str:
        if not columns:
            return ""
        subject = self.comparison.subject
        head = "".join(f"<th>{html.escape(column.heading)}</th>" for column in columns) + (f"<th>{html.escape(subject)} is</th>" if is_compared else "")
        rows = []
        for name in phase.rounds:
            cells = "".join(f"<td>{column.spread(phase.values(name, column.field))}</td>" for column in columns)
            ratio = f"<td>{_ratio(phase.ratio(name, subject))}</td>" if is_compared else ""
            rows.append(f"<tr><td>{self._swatch(name)}{html.escape(name)}</td>{cells}{ratio}</tr>")
        return f'<div class="wide"><table><tr><th></th>{head}</tr>{"".join(rows)}</table></div>'


def _is_telling(phase: Phase, column: Column) -> bool:
    """Whether a chart shows more than that there is nothing: bytes from 1 MiB on, as in the engines' comparison."""
    least = 2**20 if column.field in ("written_bytes", "read_bytes") else 0
    return any(value >= least for name in phase.rounds for value in phase.values(name, column.field))


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f'<span class="{"better" if ratio >= 1 else "worse"}">{ratio:.2f} ×</span>'
