"""Confusion matrices: counted from labels, or taken in any form a training has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from paceline.tables import coded_labels, label_name, plain_list, sorted_labels

MOST_COUNTED = 2**53


def confusion_matrix(
    y_true: Iterable[Any],
    y_pred: Iterable[Any],
    labels: Iterable[Any] | None = None,
    names: Iterable[str] | None = None,
) -> dict[str, Any]:
    """How often examples of each class were taken for each class, for Run.log_confusion_matrix.

    y_true, y_pred: n labels each: lists, arrays or tensors. labels: the classes and their order, default all that
    occur, sorted; what is none of them is left out, as in scikit-learn. names: what they are called, default the labels
    themselves. Gives {"classes", "actual", "predicted", "counts"}: of the cells that are not 0 their places in classes
    and their counts. Raises ValueError when the lengths differ, and for two classes of one name.
    """
    true, said = plain_list(y_true), plain_list(y_pred)
    if len(true) != len(said):
        raise ValueError(f"y_true has {len(true):,} labels, y_pred {len(said):,}")
    chosen = sorted_labels({*true, *said}) if labels is None else plain_list(labels)
    called = [label_name(label) for label in chosen] if names is None else [str(name) for name in names]
    if len(called) != len(chosen):
        raise ValueError(f"there are {len(called):,} names for {len(chosen):,} classes")
    place = {label: at for at, label in enumerate(chosen)}
    counted = _counted(true, said)
    cells = {
        (place[one], place[other]): count for (one, other), count in counted.items() if one in place and other in place
    }
    return _columns(called, cells)


def matrix_columns(counts: Any, classes: Any = None) -> dict[str, Any]:
    """What the server takes of counts.

    counts: n rows of n counts (a list, array or tensor), rows being the actual classes; a pandas DataFrame, whose index
    and columns are the classes; {(actual, predicted): count}; or what confusion_matrix() gives. classes: their names,
    default those of the counts, else 0, 1, …. Raises ValueError.
    """
    if isinstance(counts, Mapping) and "classes" in counts:
        if classes is not None:
            counts = {**counts, "classes": [label_name(one) for one in plain_list(classes)]}
        return dict(counts)
    if isinstance(counts, Mapping):
        return _of_pairs(counts, classes)
    if hasattr(counts, "columns") and hasattr(counts, "to_numpy"):
        if classes is None:
            classes = list(counts.index)
        if [label_name(one) for one in counts.columns] != [label_name(one) for one in counts.index]:
            raise ValueError("the columns of the counts are other classes than their rows")
        counts = counts.to_numpy()
    rows = _rows(counts)
    called = (
        [str(at) for at in range(len(rows))] if classes is None else [label_name(one) for one in plain_list(classes)]
    )
    if len(called) != len(rows):
        raise ValueError(f"there are {len(rows):,} rows of counts for {len(called):,} classes")
    cells = {}
    for at, row in enumerate(rows):
        if not isinstance(row, (list, tuple)) or len(row) != len(rows):
            raise ValueError(f"row {at} of the counts has not {len(rows):,} of them")
        for other, count in enumerate(row):
            if count:
                cells[at, other] = _whole(count)
    return _columns(called, cells)


def _of_pairs(counts: Mapping[Any, Any], classes: Any) -> dict[str, Any]:
    """{(actual, predicted): count}."""
    if any(not isinstance(pair, tuple) or len(pair) != 2 for pair in counts):
        raise ValueError('counts by pair look like {("8", "3"): 212}')
    named = {(label_name(one), label_name(other)): _whole(count) for (one, other), count in counts.items()}
    called = [label_name(one) for one in plain_list(classes)] if classes is not None else []
    if classes is None:
        called = sorted_labels({name for pair in named for name in pair})
    place = {name: at for at, name in enumerate(called)}
    for pair in named:
        for name in pair:
            if name not in place:
                raise ValueError(f"{name!r} is none of the classes")
    return _columns(called, {(place[one], place[other]): count for (one, other), count in named.items()})


def _columns(called: list[str], cells: Mapping[tuple[int, int], int]) -> dict[str, Any]:
    if len(set(called)) != len(called):
        twice = next(name for name, count in Counter(called).items() if count > 1)
        raise ValueError(f"two classes are called {twice!r}")
    if not called:
        raise ValueError("there is no class")
    there = sorted((cell, count) for cell, count in cells.items() if count)
    return {
        "classes": called,
        "actual": [one for (one, _), _ in there],
        "predicted": [other for (_, other), _ in there],
        "counts": [count for _, count in there],
    }


def _counted(true: list[Any], said: list[Any]) -> Mapping[tuple[Any, Any], int]:
    """How often each pair of labels occurs. NumPy counts where it is there."""
    coded = coded_labels(true, said)
    if coded is None:
        return Counter(zip(true, said))
    numpy, found, codes = coded
    pairs, counts = numpy.unique(codes[0] * len(found) + codes[1], return_counts=True)
    every = zip(pairs.tolist(), counts.tolist())
    return {(found[pair // len(found)], found[pair % len(found)]): count for pair, count in every}


def _rows(counts: Any) -> list[Any]:
    """Lists of lists of Python's own numbers."""
    for step in ("detach", "cpu", "numpy"):
        if hasattr(counts, step) and not hasattr(counts, "index"):
            counts = getattr(counts, step)()
    to_list = getattr(counts, "tolist", None)
    found = to_list() if to_list is not None else [one.tolist() if hasattr(one, "tolist") else one for one in counts]
    if not isinstance(found, list):
        raise ValueError("counts have two dimensions")
    return found


def _whole(count: Any) -> int:
    """A count as an integer. Raises ValueError."""
    number = count.item() if hasattr(count, "item") else count
    if not isinstance(number, (int, float)) or number != number or not 0 <= number <= MOST_COUNTED:
        raise ValueError(f"{count!r} is no count")
    if number != int(number):
        raise ValueError(f"{count!r} is no whole number: shares of a matrix are computed on the page")
    return int(number)
