"""What a benchmark shows on the terminal: progress while it runs, then its tables."""

import statistics
import sys

from .comparison import SPEED, Column, Comparison, Phase, Section


class Progress:
    """One line that is written over on a terminal; a line a step elsewhere. On standard error, as it is no result."""

    def __init__(self, steps: int):
        self.steps = steps
        self.done = 0
        self._overwrites = sys.stderr.isatty()

    def show(self, text: str):
        line = f"[{min(self.done + 1, self.steps)}/{self.steps}] {text}"
        print(f"\r\033[K{line}" if self._overwrites else line, end="" if self._overwrites else "\n", file=sys.stderr, flush=True)

    def step(self):
        self.done += 1

    def clear(self):
        if self._overwrites:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def print_head(comparison: Comparison):
    print(comparison.title)
    for title, entries in (("machine", comparison.machine), ("options", comparison.options)):
        print(f"  {title}: " + ", ".join(f"{name} {value}" for name, value in entries.items()))
    for name, text in comparison.competitors.items():
        print(f"  {name}: {text}")
    for note in comparison.notes:
        print(f"  note: {note}")
    sys.stdout.flush()


def print_tables(comparison: Comparison):
    for section in comparison.sections:
        print(f"\n== {section.title}")
        _print_table(section, SPEED, _speed_cell, comparison.subject)
        costs = section.costs()
        if costs:
            print(f"\n== {section.title}: what it cost")
            _print_table(section, costs, Column.spread)


def _print_table(section: Section, columns: list[Column], cell, subject: str | None = None):
    """The columns of every phase and, where there is a subject, its ratio to each competitor."""
    rows = [["", *(column.heading for column in columns), *([f"{subject} is"] if subject else [])]]
    for phase in section.phases.values():
        rows.append([f"{phase.name} ({phase.unit})"])
        for competitor in phase.rounds:
            cells = [cell(column, phase.values(competitor, column.field)) for column in columns]
            rows.append([f"  {competitor}", *cells, *([_ratio(phase, competitor, subject)] if subject else [])])
    # A phase's name has a line of its own and may be longer than the competitors' names.
    widths = [max(len(row[place]) for row in rows if len(row) > 1) for place in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        print("  ".join(cells).rstrip())


def _ratio(phase: Phase, competitor: str, subject: str) -> str:
    ratio = phase.ratio(competitor, subject)
    return f"{ratio:.2f} ×" if ratio else ""


def _speed_cell(column: Column, values: list[float]) -> str:
    # The range of the rate says how far to trust the rest; brackets on each column would hide the table.
    if column.field == "rate" or not values:
        return column.spread(values)
    return column.text(statistics.median(values))
