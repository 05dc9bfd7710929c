"""From a parsed JSON body to a confusion matrix: three forms, checks, and the path of whatever is wrong. No Django.

- Whole: {"classes": ["7", "8"], "counts": [[40, 1], [9, 31]]}, rows are actual classes, columns predicted ones.
- Cells by name: {"cells": [["8", "7", 9], …]}; what is not listed is 0. "classes" says their order, and may have more.
- Cells by place: {"classes": […], "actual": [1], "predicted": [0], "counts": [9]}, the shortest of many classes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.core.json_values import printable
from apps.core.problems import Problems
from apps.tables.body_parts import Sent, address, check_classes, check_count, table_problems
from apps.tables.errors import MAX_CELLS, MAX_DENSE, MAX_EXAMPLES
from apps.tables.matrices import Matrix, dense_matrix, matrix_of

_KNOWN = ("classes", "counts", "cells", "actual", "predicted")


def read_matrix(body: Any) -> Sent[Matrix]:
    """The matrix of a parsed body. Raises BadTable, which lists the paths of what is wrong."""
    problems = table_problems()
    if not isinstance(body, dict):
        problems.add("body", 'must be an object with "step", "classes" and "counts", or "cells"')
        problems.refuse()
    step, attempt = address(body, _KNOWN, problems)
    if ("cells" in body) == ("counts" in body):
        problems.add("body", 'give exactly one of "counts" (with "classes") and "cells"')
        problems.refuse()
    if "cells" in body:
        matrix = _from_names(body, problems)
    elif "actual" in body or "predicted" in body:
        matrix = _from_places(body, problems)
    else:
        matrix = _from_whole(body, problems)
    if int(matrix.counts.astype(np.float64).sum()) > MAX_EXAMPLES:
        problems.add("counts", f"are more than 2^53 ({MAX_EXAMPLES:,}) together, the most that a matrix holds")
    problems.refuse()
    return Sent(step, attempt, matrix)


def _from_whole(body: Mapping[str, Any], problems: Problems) -> Matrix:
    classes = _classes(body.get("classes"), problems)
    rows = body["counts"]
    if len(classes) > MAX_DENSE:
        problems.add(
            "counts",
            f"{len(classes):,} classes came; at most {MAX_DENSE:,} are taken whole. Send the cells that are not 0: "
            '"cells", or "actual", "predicted" and "counts"',
        )
        problems.refuse()
    came = len(rows) if isinstance(rows, list) else "no list"
    if came != len(classes):
        problems.add("counts", f"must be a list of {len(classes):,} rows, as many as classes; {_told(came)} came")
        problems.refuse()
    for place, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(classes):
            came = len(row) if isinstance(row, list) else "no list"
            what = f"must be a list of {len(classes):,} counts, as many as classes; {_told(came)} came"
            problems.add(f"counts[{place}]", what)
    problems.refuse()
    flat = [one for row in rows for one in row]
    counts = _counts(flat, problems, lambda at: f"counts[{at // len(classes)}][{at % len(classes)}]")
    return dense_matrix(classes, counts)


def _from_places(body: Mapping[str, Any], problems: Problems) -> Matrix:
    classes = _classes(body.get("classes"), problems)
    lists = [body.get(name) for name in ("actual", "predicted", "counts")]
    if any(not isinstance(one, list) or len(one) != len(body["counts"]) for one in lists):
        problems.add("counts", 'must be a list of counts, and "actual" and "predicted" lists of as many places')
        problems.refuse()
    _check_cells(len(body["counts"]), problems)
    places = []
    for name in ("actual", "predicted"):
        found = _integers(body[name])
        if found is None or (len(found) and not 0 <= found.min() <= found.max() < len(classes)):
            problems.add(name, f"must be places in classes, integers within 0..{len(classes) - 1}")
            problems.refuse()
            found = np.zeros(0, np.int64)
        places.append(found)
    counts = _counts(body["counts"], problems, "counts[{}]".format)
    _check_once(classes, places[0], places[1], "counts[{}]".format, problems)
    return matrix_of(classes, places[0], places[1], counts)


def _from_names(body: Mapping[str, Any], problems: Problems) -> Matrix:
    cells = body["cells"]
    if not isinstance(cells, list) or any(not isinstance(one, list) or len(one) != 3 for one in cells[: MAX_CELLS + 1]):
        problems.add("cells", 'must be a list of lists like ["8", "3", 212]: actual class, predicted class, count')
        problems.refuse()
    for name in ("actual", "predicted"):
        if name in body:
            problems.add(name, "stands in the cells where there are cells")
    _check_cells(len(cells), problems)
    named = [[str(name) if type(name) is int else name for name in one[:2]] for one in cells]
    if body.get("classes") is None:
        texts = [name for pair in named for name in pair if isinstance(name, str)]
        classes = _classes(list(dict.fromkeys(texts)), problems)
    else:
        classes = _classes(body["classes"], problems)
    place_of = {name: place for place, name in enumerate(classes)}
    actual, predicted = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64)
    for at, pair in enumerate(named):
        for side, places in ((0, actual), (1, predicted)):
            name = pair[side]
            if isinstance(name, str) and name in place_of:
                places[at] = place_of[name]
            else:
                said = f"{printable(name)!r} is none of the classes" if isinstance(name, str) else "must be a text"
                problems.add(f"cells[{at}][{side}]", said)
    counts = _counts([one[2] for one in cells], problems, "cells[{}][2]".format)
    _check_once(classes, actual, predicted, "cells[{}]".format, problems)
    return matrix_of(classes, actual, predicted, counts)


def _told(came: int | str) -> str:
    return came if isinstance(came, str) else f"{came:,}"


def _classes(given: Any, problems: Problems) -> list[str]:
    if not isinstance(given, list):
        problems.add("classes", "are missing" if given is None else "must be a list of texts")
        problems.refuse()
    classes = list(given)
    check_count(len(classes), problems)
    check_classes(classes, "classes[{}]".format, problems)
    problems.refuse()
    return classes


def _check_cells(count: int, problems: Problems) -> None:
    if count > MAX_CELLS:
        problems.add("cells", f"{count:,} cells came; at most {MAX_CELLS:,} are allowed in a matrix")
        problems.refuse()


def _check_once(
    classes: Sequence[str], actual: NDArray[np.int64], predicted: NDArray[np.int64], path: Any, problems: Problems
) -> None:
    """Each cell is given once."""
    _, first, which = np.unique(actual * len(classes) + predicted, return_index=True, return_inverse=True)
    twice = np.flatnonzero(first[which] != np.arange(len(which)))
    if problems.count:
        return
    for at in twice.tolist():
        problems.add(path(at), f"is the cell that {path(int(first[which[at]]))} is already")


def _counts(values: list[Any], problems: Problems, path: Any) -> NDArray[np.int64]:
    """Counts as int64; 0 in the place of each that is none."""
    found = _integers(values)
    if found is not None and not (len(found) and found.min() < 0):
        return found
    counts = np.zeros(len(values), np.int64)
    for at, value in enumerate(values):
        if isinstance(value, (int, float)) and value >= 0 and value == value // 1 and value <= MAX_EXAMPLES:
            counts[at] = int(value)
        else:
            problems.add(path(at), f"must be a whole number within 0..2^53 ({MAX_EXAMPLES:,})")
    return counts


def _integers(values: list[Any]) -> NDArray[np.int64] | None:
    """A list of integers that fit as int64 (n,); None of any other list."""
    if not values:
        return np.zeros(0, np.int64)
    try:
        found = np.array(values)
    except ValueError:
        return None
    return found.astype(np.int64) if found.dtype.kind in "ib" and found.ndim == 1 else None
