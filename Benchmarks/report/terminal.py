"""What a benchmark shows on the terminal: progress while it runs, then its tables."""

import statistics
import sys

from .comparison import COLUMNS, Comparison, Phase


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
        rows = [["", *(heading for _, heading, _ in COLUMNS), f"{comparison.subject} is"]]
        for phase in section.phases.values():
            rows.append([f"{phase.name} ({phase.unit})"])
            rows += [_row(phase, competitor, comparison.subject) for competitor in phase.rounds]
        widths = [max((len(row[column]) for row in rows if len(row) > column), default=0) for column in range(len(COLUMNS) + 2)]
        # A phase's name has a line of its own and may be longer than the competitors' names.
        widths[0] = max(len(row[0]) for row in rows if len(row) > 1)
        for row in rows:
            print(row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:])), sep="  ")
        for line in section.fact_lines():
            print(line)


def _row(phase: Phase, competitor: str, subject: str) -> list[str]:
    ratio = phase.ratio(competitor, subject)
    return [
        f"  {competitor}",
        *(_cell(phase, competitor, field, form) for field, _, form in COLUMNS),
        f"{ratio:.2f} ×" if ratio else "",
    ]


def _cell(phase: Phase, competitor: str, field: str, form: str) -> str:
    values = phase.values(competitor, field)
    if not values:
        return "–"
    middle = f"{statistics.median(values):{form}}"
    # The range of the rate says how far to trust the rest; brackets on each column would hide the table.
    return f"{middle} [{min(values):{form}}–{max(values):{form}}]" if field == "rate" else middle
