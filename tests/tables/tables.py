"""Class tables and confusion matrices for tests."""

from collections.abc import Mapping, Sequence

from apps.runs.models import Run
from apps.tables.class_tables import SUPPORT, ClassTable, column_of
from apps.tables.matrices import dense_matrix
from apps.tables.services import Stored, StoredMatrix, put_class_table, put_matrix

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
