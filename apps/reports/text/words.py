"""The words that the parts of a comment share."""

from collections.abc import Mapping
from typing import Any

from apps.core.templatetags.figures import figure, grouped, signed
from apps.reports.text.standing import Change, Measured
from apps.runs.directions import Direction

ARROWS = {Direction.MIN: " ↓", Direction.MAX: " ↑", Direction.UNKNOWN: ""}

Facts = Mapping[str, Any]


def compared(found: Facts) -> bool:
    return found["baseline"] is not None and found["best"] is not None


def number_text(found: Measured | None) -> str:
    if found is None:
        return "–"
    return figure(found.mean, 4) + (f" ±{figure(found.std, 2)}" if found.n > 1 else "")


def change_text(moved: Change | None) -> str:
    return "–" if moved is None else f"{signed(moved.delta)}{mark(moved)}"


def mark(moved: Change) -> str:
    return {True: " ▲", False: " ▽", None: ""}[moved.better]


def more(left: int) -> list[str]:
    return ["", f"*and {grouped(left)} more in the report*"] if left > 0 else []
