"""The words that the parts of a comment share."""

import math
from collections.abc import Mapping
from typing import Any

from apps.core.templatetags.figures import figure, grouped, signed
from apps.reports.text.standing import Change, Measured
from apps.runs.directions import Direction

MAX_DECIMALS = 6
LARGE = 1e6  # from where on digits behind the point say nothing
HELD = "\N{NO-BREAK SPACE}"  # within what a narrow cell may not break
ARROWS = {Direction.MIN: f"{HELD}↓", Direction.MAX: f"{HELD}↑", Direction.UNKNOWN: ""}

Facts = Mapping[str, Any]


def compared(found: Facts) -> bool:
    return found["baseline"] is not None and found["best"] is not None


def number_text(found: Measured | None) -> str:
    """A mean and its spread, to the digits that the spread leaves sure."""
    if found is None:
        return "–"
    if found.n == 1:
        return figure(found.mean, 4)
    decimals = 1 - math.floor(math.log10(found.std)) if found.std > 0 else -1
    if not (0 <= decimals <= MAX_DECIMALS and abs(found.mean) < LARGE):
        return f"{figure(found.mean, 4)}{HELD}±{figure(found.std, 2)}"
    return f"{found.mean:.{decimals}f}{HELD}±{found.std:.{decimals}f}".replace("-", "−")


def mean_text(found: Measured | None) -> str:
    return "–" if found is None else figure(found.mean, 4)


def change_text(moved: Change | None) -> str:
    return "–" if moved is None else f"{signed(moved.delta)}{mark(moved)}"


def mark(moved: Change) -> str:
    """Better or worse, where it is more than seeds spread."""
    return {True: f"{HELD}▲", False: f"{HELD}▽", None: ""}[moved.better if moved.clear else None]


def more(left: int) -> list[str]:
    return ["", f"*and {grouped(left)} more in the report*"] if left > 0 else []
