"""The figures of a benchmark: competitors, phases, rounds, and what is computed from them."""

import dataclasses
import json
import pathlib
import statistics
from collections.abc import Callable


def three_digits(number: float) -> str:
    """Three digits that matter; a 0 alone is exact."""
    if number == 0:
        return "0"
    return f"{number:,.{0 if number >= 99.95 else 1 if number >= 9.995 else 2}f}"


def mebibytes(count: float) -> str:
    return three_digits(count / 2**20)


@dataclasses.dataclass(frozen=True)
class Column:
    # Of a round's result.
    field: str
    heading: str
    text: Callable[[float], str]
    # In full, where there is room.
    title: str = ""
    # How it is defined; a sentence, or nothing for what everyone knows.
    meaning: str = ""

    def spread(self, values: list[float]) -> str:
        """The median, with the lowest and the highest in brackets where they differ."""
        if not values:
            return "–"
        middle, low, high = (self.text(value) for value in (statistics.median(values), min(values), max(values)))
        return f"{middle} [{low}–{high}]" if low != high else middle


# `cpu_us` is CPU time an operation.
SPEED = [
    Column("rate", "rate/s", "{:,.0f}".format),
    Column("p50", "p50 µs", "{:,.0f}".format),
    Column("p99", "p99 µs", "{:,.0f}".format),
    Column("p999", "p99.9 µs", "{:,.0f}".format),
    Column("cpu_us", "CPU µs/op", "{:,.1f}".format),
]
# What the work cost, background work included; a benchmark may know none of it.
COSTS = [
    Column("cpu_seconds", "CPU s", three_digits, "CPU time, s", "user and system time of all threads"),
    Column("written_bytes", "written MiB", mebibytes, "bytes written, MiB",
           "the larger of what was given to write calls and of what was sent to the disk, mapped memory included"),
    Column("read_bytes", "read MiB", mebibytes, "bytes read, MiB",
           "what read calls took, from the page cache too; a few KiB are the measuring's own"),
    Column("write_amplification", "write amp.", three_digits, "write amplification",
           "bytes written for each byte of keys and values that the user wrote; of an update, of the key and what it set"),
    Column("space_amplification", "space amp.", three_digits, "space amplification",
           "bytes that the folder takes on the disk for each byte of keys and values alive, after a phase that wrote"),
    Column("peak_memory_bytes", "peak memory MiB", mebibytes, "peak memory, MiB",
           "of the process during the phase, less what it held before a database was first opened"),
    # Of a server, whose process is another than the one that measures.
    Column("disk_bytes", "B for disk/op", three_digits, "bytes for the disk, an operation",
           "pages made dirty that are to reach the disk, by the kernel's count for the server, background work included"),
    Column("resident_bytes", "peak memory MiB", mebibytes, "peak memory, MiB", "the most that the server's processes held during the load, with what earlier loads left them with"),
]


@dataclasses.dataclass
class Phase:
    """One load that several competitors went through, round after round."""

    name: str
    unit: str
    # What was asked of everyone; a sentence or nothing.
    note: str = ""
    # By competitor: one dict of figures a round.
    rounds: dict[str, list[dict]] = dataclasses.field(default_factory=dict)

    def add(self, competitor: str, figures: dict):
        self.rounds.setdefault(competitor, []).append(figures)

    def values(self, competitor: str, field: str) -> list[float]:
        return [figures[field] for figures in self.rounds[competitor] if figures.get(field) is not None]

    def median(self, competitor: str, field: str) -> float | None:
        values = self.values(competitor, field)
        return statistics.median(values) if values else None

    def has(self, column: Column) -> bool:
        return any(self.values(competitor, column.field) for competitor in self.rounds)

    def summary(self) -> dict[str, dict[str, dict[str, float]]]:
        """By competitor and field; what no round has is not in it."""
        return {
            competitor: {
                column.field: {"median": statistics.median(values), "least": min(values), "most": max(values)}
                for column in SPEED + COSTS if (values := self.values(competitor, column.field))
            } for competitor in self.rounds
        }

    def ratio(self, competitor: str, subject: str) -> float | None:
        """How many times the competitor's rate the subject's is."""
        if competitor == subject or subject not in self.rounds or competitor not in self.rounds:
            return None
        return self.median(subject, "rate") / self.median(competitor, "rate")


@dataclasses.dataclass
class Section:
    title: str
    phases: dict[str, Phase] = dataclasses.field(default_factory=dict)

    def phase(self, name: str, unit: str, note: str = "") -> Phase:
        return self.phases.setdefault(name, Phase(name, unit, note))

    def costs(self) -> list[Column]:
        """The columns of costs that any phase has."""
        return [column for column in COSTS if any(phase.has(column) for phase in self.phases.values())]


@dataclasses.dataclass
class Comparison:
    title: str
    # Whom the ratios are of.
    subject: str
    machine: dict[str, str]
    options: dict[str, str]
    # By competitor: what it is and how it was set up.
    competitors: dict[str, str] = dataclasses.field(default_factory=dict)
    sections: list[Section] = dataclasses.field(default_factory=list)
    # What a reader must know: who is absent and why, a busy machine.
    notes: list[str] = dataclasses.field(default_factory=list)

    def section(self, title: str) -> Section:
        for section in self.sections:
            if section.title == title:
                return section
        self.sections.append(Section(title))
        return self.sections[-1]

    def write_json(self, path: str):
        """Every round's figures, and of each phase the median, the lowest and the highest of them."""
        content = dataclasses.asdict(self)
        for section, plain in zip(self.sections, content["sections"]):
            for name, phase in section.phases.items():
                plain["phases"][name]["summary"] = phase.summary()
        pathlib.Path(path).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
