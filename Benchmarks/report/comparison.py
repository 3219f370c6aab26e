"""The figures of a benchmark: competitors, phases, rounds, and what is computed from them."""

import dataclasses
import json
import pathlib
import statistics

# The field of a round's result, its heading, its format. `cpu_us` is CPU time an operation.
COLUMNS = [
    ("rate", "rate/s", ",.0f"),
    ("p50", "p50 µs", ",.0f"),
    ("p99", "p99 µs", ",.0f"),
    ("p999", "p99.9 µs", ",.0f"),
    ("cpu_us", "CPU µs/op", ",.1f"),
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

    def ratio(self, competitor: str, subject: str) -> float | None:
        """How many times the competitor's rate the subject's is."""
        if competitor == subject or subject not in self.rounds or competitor not in self.rounds:
            return None
        return self.median(subject, "rate") / self.median(competitor, "rate")


@dataclasses.dataclass
class Section:
    title: str
    # What a whole round came to beside its phases, by name and competitor, such as peak memory.
    facts: dict[str, dict[str, list[float]]] = dataclasses.field(default_factory=dict)
    phases: dict[str, Phase] = dataclasses.field(default_factory=dict)

    def add_fact(self, name: str, competitor: str, value: float):
        self.facts.setdefault(name, {}).setdefault(competitor, []).append(value)

    def fact_lines(self) -> list[str]:
        return [
            f"{name}: " + ", ".join(f"{competitor} {statistics.median(values):,.0f}" for competitor, values in by_competitor.items())
            for name, by_competitor in self.facts.items()
        ]

    def phase(self, name: str, unit: str, note: str = "") -> Phase:
        return self.phases.setdefault(name, Phase(name, unit, note))


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
        pathlib.Path(path).write_text(json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False) + "\n")
