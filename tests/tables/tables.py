"""Class tables, confusion matrices, curves and histograms for tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.runs.models import Run
from apps.tables.class_tables import SUPPORT, ClassTable, column_of
from apps.tables.curve_bodies import read_curves
from apps.tables.histogram_bodies import read_histogram
from apps.tables.matrices import dense_matrix
from apps.tables.services import (
    Stored,
    StoredMatrix,
    put_class_table,
    put_curves,
    put_histogram,
    put_matrix,
)

Rows = Mapping[str, Mapping[str, float | None]]
DIGITS: Rows = {"7": {"support": 44, "recall": 0.98}, "8": {"support": 41, "recall": 0.71}}


def class_table(rows: Rows) -> ClassTable:
    """A table of rows by class; columns that a row does not have are missing in it."""
    names = dict.fromkeys(name for row in rows.values() for name in row)
    ordered = sorted(names, key=lambda name: name != SUPPORT)
    return ClassTable(list(rows), {name: column_of([row.get(name) for row in rows.values()]) for name in ordered})


def put_tables(run: Run, rows: Rows = DIGITS, *, key: str = "val", step: int = 150, attempt: int = 1) -> Stored:
    """Store one class table of a run, as a request does."""
    return put_class_table(run_id=run.id, attempt=attempt, key=key, step=step, table=class_table(rows))


def put_matrices(
    run: Run,
    counts: Sequence[Sequence[int]] = ((40, 4), (12, 29)),
    *,
    classes: Sequence[str] = ("7", "8"),
    key: str = "val",
    step: int = 150,
    attempt: int = 1,
) -> StoredMatrix:
    """Store one confusion matrix of a run, as a request does."""
    matrix = dense_matrix(classes, counts)
    return put_matrix(run_id=run.id, attempt=attempt, key=key, step=step, matrix=matrix)


def class_curves(name: str = "8", lift: float = 0.6, **areas: float) -> dict[str, Any]:
    """The curves of a class as a request says them; lift: how high its ROC curve rises at once."""
    return {
        "class": name,
        "positives": 41,
        "negatives": 319,
        "roc_auc": 0.5 + lift / 2,
        "brier": 0.2,
        **areas,
        "roc": {"fpr": [0, 0, 1], "tpr": [0, lift, 1], "threshold": [None, 0.5, 0]},
        "pr": {"recall": [0, lift, 1], "precision": [1, 0.9, 0.1], "threshold": [None, 0.5, 0]},
        "calibration": {"predicted": [0.1, 0.9], "fraction": [0.2, lift], "count": [300, 60]},
    }


def put_some_curves(run: Run, *classes: dict[str, Any], key: str = "val", step: int = 150, attempt: int = 1) -> Stored:
    """Store the curves of some classes, as a request does."""
    curves = read_curves({"step": step, "curves": list(classes or [class_curves()])}).table
    return put_curves(run_id=run.id, attempt=attempt, key=key, step=step, curves=curves)


def put_some_histogram(
    run: Run,
    counts: Sequence[int] = (3, 4),
    edges: Sequence[float] = (-1, 0, 1),
    *,
    key: str = "weights",
    step: int = 150,
    attempt: int = 1,
    nan: int = 0,
) -> None:
    """Store one histogram of a run, as a request does."""
    body = {"step": step, "edges": list(edges), "counts": list(counts), "nan": nan}
    table = read_histogram(body).table
    put_histogram(run_id=run.id, attempt=attempt, key=key, step=step, histogram=table)
