"""Tables on their way to the server, of all kinds; and class tables: rows in any form, and the numbers from labels."""

from __future__ import annotations

import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from paceline.scalars import to_number

AVERAGES = ("accuracy", "micro avg", "macro avg", "weighted avg", "samples avg")  # of scikit-learn's report
SAME = {"f1-score": "f1"}  # scikit-learn's name to ours
METRICS = ("precision", "recall", "f1", "iou")
CLASS, CONFUSION, CURVES, HISTOGRAM = "class", "confusion", "curves", "histogram"


class Kind(NamedTuple):
    """A kind of table. path: below the run's address; member: of the list there; ledger: its name in ledgers."""

    named: str
    plural: str
    path: str
    member: str
    ledger: str


KINDS = {
    CLASS: Kind("class table", "class tables", "class-tables", "tables", "tables"),
    CONFUSION: Kind("confusion matrix", "confusion matrices", "confusion-matrices", "matrices", "matrices"),
    CURVES: Kind("set of curves", "sets of curves", "curves", "curves", "curves"),
    HISTOGRAM: Kind("histogram", "histograms", "histograms", "histograms", "histograms"),
}


class Table(NamedTuple):
    """A table of a run at a step. columns: what the server takes beside the step. kind: one of KINDS."""

    key: str
    step: int
    columns: dict[str, Any]
    kind: str = CLASS

    def packed(self) -> bytes:
        """As the spool keeps it. Class tables say no kind: so earlier releases, which know no other, send them too."""
        kind = {} if self.kind == CLASS else {"kind": self.kind}
        return zlib.compress(json.dumps({"key": self.key, "step": self.step, **kind, **self.columns}).encode(), 1)


class Kept(NamedTuple):
    """A table that a spool kept. body: of the request that sends it."""

    kind: str
    key: str
    step: int
    body: bytes

    @property
    def named(self) -> str:
        """What people call one."""
        return KINDS[self.kind].named


def unpacked(payload: bytes, *, attempt: int) -> Kept:
    """What a spool kept of a table. Raises ValueError, KeyError or zlib.error when it is damaged, or of no kind that
    this release knows."""
    found = json.loads(zlib.decompress(payload))
    key, step, kind = str(found.pop("key")), int(found["step"]), str(found.pop("kind", CLASS))
    if kind not in KINDS:
        raise ValueError(f"a table of the kind {kind!r} was logged by a later release")
    return Kept(kind, key, step, json.dumps({"attempt": attempt, **found}).encode())


def per_class(
    y_true: Iterable[Any],
    y_pred: Iterable[Any],
    labels: Iterable[Any] | None = None,
    names: Iterable[str] | None = None,
) -> dict[str, list[Any]]:
    """Support, precision, recall, F1 and IoU (Jaccard) of each class, as columns for Run.log_class_table.

    y_true, y_pred: n labels each: lists, arrays or tensors. labels: the classes and their order, default all that
    occur, sorted. names: what they are called, default the labels themselves. What is 0 / 0 is NaN, as scikit-learn's
    zero_division=nan has it. Raises ValueError when the lengths differ.
    """
    true, predicted = plain_list(y_true), plain_list(y_pred)
    if len(true) != len(predicted):
        raise ValueError(f"y_true has {len(true):,} labels, y_pred {len(predicted):,}")
    chosen = sorted_labels({*true, *predicted}) if labels is None else plain_list(labels)
    called = [label_name(label) for label in chosen] if names is None else [str(name) for name in names]
    if len(called) != len(chosen):
        raise ValueError(f"there are {len(called):,} names for {len(chosen):,} classes")
    hits, have, said = _counts(true, predicted)
    columns: dict[str, list[Any]] = {"class": called, "support": [have[label] for label in chosen]}
    columns |= {metric: [] for metric in METRICS}
    for label in chosen:
        hit, all_true, all_said = hits[label], have[label], said[label]
        columns["precision"].append(_share(hit, all_said))
        columns["recall"].append(_share(hit, all_true))
        columns["f1"].append(_share(2 * hit, all_true + all_said))
        columns["iou"].append(_share(hit, all_true + all_said - hit))
    return columns


def table_columns(rows: Any) -> dict[str, Any]:
    """What the server takes of rows: a list of dicts, a dict of columns, a DataFrame, or rows by class.

    Rows by class are what classification_report(output_dict=True) gives: its averages are left out. In a DataFrame,
    whose classes are its column "class" or its index, NaN is missing; elsewhere None is. Raises ValueError.
    """
    if hasattr(rows, "columns") and hasattr(rows, "to_dict"):
        columns = _of_frame(rows)
    elif isinstance(rows, Mapping) and not ("class" in rows or "classes" in rows):
        columns = _of_rows(
            [{**row, "class": name} for name, row in rows.items() if isinstance(row, Mapping) and name not in AVERAGES]
        )
    elif isinstance(rows, Mapping):
        columns = {"class" if name == "classes" else str(name): plain_list(column) for name, column in rows.items()}
    else:
        columns = _of_rows(list(rows))
    columns = {SAME.get(name, name): column for name, column in columns.items()}
    classes = [label_name(name) for name in columns.pop("class", [])]
    if not classes:
        raise ValueError('there is no class: give rows like {"class": "8", "recall": 0.9}')
    for name, column in columns.items():
        if len(column) != len(classes):
            raise ValueError(f"{name} has {len(column):,} numbers for {len(classes):,} classes")
    numbers = {name: [None if one is None else to_number(one) for one in column] for name, column in columns.items()}
    return {"classes": classes, "support": numbers.pop("support", None), "columns": numbers}


def _of_rows(rows: Sequence[Any]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {"class": []}
    for place, row in enumerate(rows):
        if not isinstance(row, Mapping) or row.get("class") is None:
            raise ValueError(f'row {place} has no class: give rows like {{"class": "8", "recall": 0.9}}')
        for name, value in row.items():
            columns.setdefault(str(name), [None] * len(rows) if name != "class" else [])
            if name == "class":
                columns["class"].append(value)
            else:
                columns[str(name)][place] = value
    return columns


def _of_frame(frame: Any) -> dict[str, list[Any]]:
    names = [name for name in frame.columns if name != "class"]
    classes = frame["class"] if "class" in frame.columns else frame.index
    columns = {str(name): plain_list(frame[name]) for name in names}
    return {
        "class": plain_list(classes),
        **{name: [None if _is_missing(one) else one for one in column] for name, column in columns.items()},
    }


def _is_missing(value: Any) -> bool:
    """None, NaN, and pandas.NA, whose comparison is neither true nor false."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True


def _counts(true: list[Any], said: list[Any]) -> tuple[Counter[Any], Counter[Any], Counter[Any]]:
    """By label: how often it was right, how often it is true, how often it was said. NumPy counts where it is there."""
    coded = coded_labels(true, said)
    if coded is not None:
        numpy, found, codes = coded
        count = [
            numpy.bincount(some, minlength=len(found)).tolist()
            for some in (codes[0][codes[0] == codes[1]], codes[0], codes[1])
        ]
        hits, have, predicted = (Counter(dict(zip(found, one))) for one in count)
        return hits, have, predicted
    return Counter(one for one, other in zip(true, said) if one == other), Counter(true), Counter(said)


def coded_labels(true: list[Any], said: list[Any]) -> tuple[Any, list[Any], Any] | None:
    """(NumPy, the different labels, each label's place among them as an array of shape (2, n)).

    None where NumPy is not there, not worth it, or takes some labels for others.
    """
    numpy = sys.modules.get("numpy")
    if numpy is None or len(true) <= 1_000:
        return None
    try:
        labels, codes = numpy.unique(numpy.array([*true, *said]), return_inverse=True)
    except (TypeError, ValueError):
        return None  # labels of several kinds
    found = labels.tolist()
    if not set(found) <= {*true, *said}:
        return None  # it made texts of numbers
    return numpy, found, codes.reshape(2, -1)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def sorted_labels(labels: set[Any]) -> list[Any]:
    try:
        return sorted(labels)
    except TypeError:
        return sorted(labels, key=str)


def label_name(label: Any) -> str:
    return str(label.item() if hasattr(label, "item") else label)


def plain_list(values: Any) -> list[Any]:
    """A list; arrays, tensors and series give Python's own numbers."""
    for step in ("detach", "cpu", "numpy"):
        if hasattr(values, step) and not hasattr(values, "index"):
            values = getattr(values, step)()
    to_list = getattr(values, "tolist", None)
    found = to_list() if to_list is not None else list(values)
    if not isinstance(found, list) or any(isinstance(one, list) for one in found[:1]):
        raise ValueError("labels and columns have one dimension")
    return found
