"""Chart reads: which points of which runs a chart draws."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from apps.history import batches, store
from apps.history.batches import Floats, Ints
from apps.history.transactions import series_snapshot


@dataclass(frozen=True)
class Question:
    """What a chart asks: one key of some runs over a range of x, for px pixel columns."""

    run_ids: tuple[int, ...]
    key: str
    x: Literal["step", "time"] = "step"
    start: int | None = None
    end: int | None = None
    px: int = 800
    draw: Literal["lines", "mean"] = "lines"


@dataclass(frozen=True)
class Line:
    """One run's part of an answer. y is NaN where the line breaks; nonfinite holds (x, kind, n)."""

    run_id: int
    x: Ints
    y: Floats
    stored: int
    drawn: int
    superseded: int
    method: Literal["raw", "m4", "mean"]
    level: int
    nonfinite: list[tuple[int, str, int]] = field(default_factory=list)
    low: Floats | None = None
    high: Floats | None = None


@dataclass(frozen=True)
class Answer:
    """selected: runs asked for; shown: runs that have points of the key."""

    question: Question
    start: int
    end: int
    selected: int
    shown: int
    lines: list[Line]


def answers(questions: Sequence[Question]) -> list[Answer]:
    """One answer per question, all from one snapshot."""
    result = []
    with series_snapshot():
        for question in questions:
            lines = []
            wanted = frozenset([batches.key_id(question.key)])
            for run_id in question.run_ids:
                parts = [
                    one
                    for (payload,) in store.run("SELECT payload FROM history_batch WHERE run_id = %s", (run_id,))
                    for one in batches.decode(bytes(payload), wanted)
                ]
                if not parts:
                    continue
                step = np.concatenate([part.step if question.x == "step" else part.time for part in parts])
                value = np.concatenate([part.value for part in parts])
                order = np.argsort(step, kind="stable")
                step, value = step[order], value[order]
                keep = np.ones(len(step), bool)
                if question.start is not None:
                    keep &= step >= question.start
                if question.end is not None:
                    keep &= step <= question.end
                step, value = step[keep], value[keep]
                good = np.isfinite(value)
                marks = [
                    (int(x), "nan" if np.isnan(y) else "inf" if y > 0 else "-inf", 1)
                    for x, y in zip(step[~good], value[~good], strict=True)
                ]
                value = np.where(good, value, np.nan)
                lines.append(Line(run_id, step, value, len(step), int(good.sum()), 0, "raw", 0, marks))
            start = min((int(line.x[0]) for line in lines if len(line.x)), default=0)
            end = max((int(line.x[-1]) for line in lines if len(line.x)), default=0)
            result.append(Answer(question, start, end, len(question.run_ids), len(lines), lines))
    return result


def etag(questions: Sequence[Question]) -> str:
    """Moves with every accepted batch of the runs."""
    runs = sorted({run_id for question in questions for run_id in question.run_ids})
    return f"{hash((tuple(questions), tuple(store.waiting(run_id) for run_id in runs))):x}"
