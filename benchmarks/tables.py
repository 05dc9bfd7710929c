"""Figures with their targets and baselines, and the Markdown they are printed as."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One measured number. target: (">=" or "<=", bound) in the same unit; baseline: its name and number."""

    what: str
    value: float
    unit: str
    target: tuple[str, float] | None = None
    baseline: str = ""
    baseline_value: float | None = None
    met: bool | None = None  # where the promise has another side ("or 0.3 of …"); default: whether target holds

    @property
    def verdict(self) -> str:
        """ "met", "MISSED", or nothing when nothing was promised."""
        if self.target is None:
            return ""
        sign, bound = self.target
        good = self.met if self.met is not None else (self.value >= bound if sign == ">=" else self.value <= bound)
        return "met" if good else "**MISSED**"

    @property
    def ratio(self) -> str:
        """How many times better than the baseline, or for a share of it how large a share."""
        if not self.baseline_value or not self.value:
            return ""
        rate = self.unit.endswith("/s")
        times = self.value / self.baseline_value if rate else self.baseline_value / self.value
        return f"{_number(times)} ×"


@dataclass
class Table:
    """What one benchmark found on one database or case."""

    title: str
    command: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    said: str = ""  # the words of a benchmark that prints for itself

    def markdown(self) -> str:
        lines = [f"### {self.title}", "", f"`{self.command}`", ""]
        if self.figures:
            lines += ["| what | measured | target | | baseline | its figure | better by |"]
            lines += ["| --- | ---: | ---: | --- | --- | ---: | ---: |"]
            lines += [_row(figure) for figure in self.figures] + [""]
        if self.said:
            lines += ["```", self.said.rstrip(), "```", ""]
        return "\n".join(lines + [f"- {note}" for note in self.notes] + ([""] if self.notes else []))


def _row(figure: Figure) -> str:
    target = "" if figure.target is None else f"{_SIGNS[figure.target[0]]} {_number(figure.target[1])}"
    theirs = "" if figure.baseline_value is None else f"{_number(figure.baseline_value)} {figure.unit}".rstrip()
    cells = (
        figure.what,
        f"{_number(figure.value)} {figure.unit}".rstrip(),
        target,
        figure.verdict,
        figure.baseline,
        theirs,
        figure.ratio,
    )
    return "| " + " | ".join(cells) + " |"


_SIGNS = {">=": "≥", "<=": "≤"}


def _number(value: float) -> str:
    """Three significant digits, with thousands apart."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 100:
        digits = len(str(int(abs(value))))
        return f"{round(value, 3 - digits):,.0f}"
    return f"{value:.3g}"


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
