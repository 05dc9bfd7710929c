"""Tables as JSON and as CSV: what each kind says of its own content. No Django."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from apps.core.answers import json_number
from apps.core.sheets import cell_text
from apps.tables.class_tables import SUPPORT, ClassTable
from apps.tables.curves import AREAS, KINDS, ClassCurves, Curves
from apps.tables.errors import MAX_DENSE
from apps.tables.histograms import Histogram
from apps.tables.matrices import Matrix


def class_table_document(table: ClassTable) -> dict[str, Any]:
    """A class table in columns; null is missing, "NaN" a value."""
    columns = {
        name: [json_number(column.cell(place)) for place in range(len(table.classes))]
        for name, column in table.columns.items()
    }
    return {"classes": table.classes, "support": columns.pop(SUPPORT, None), "columns": columns}


def class_table_csv(table: ClassTable) -> bytes:
    """A class table as CSV in UTF-8: nothing where a number is missing, nan where it is NaN."""
    head = ["class", *(cell_text(name) for name in table.columns)]
    rows = (
        [cell_text(name), *(column.cell(place) for column in table.columns.values())]
        for place, name in enumerate(table.classes)
    )
    return _csv(head, rows)


def matrix_places(matrix: Matrix) -> dict[str, Any]:
    """A confusion matrix as its cells that are not 0, by place: the shortest form, which archives hold too."""
    cells = {name: getattr(matrix, name).tolist() for name in ("actual", "predicted", "counts")}
    return {"classes": matrix.classes, **cells}


def matrix_cells(matrix: Matrix) -> dict[str, Any]:
    """A confusion matrix as its cells that are not 0, by name."""
    names = np.array(matrix.classes, object)
    cells = zip(names[matrix.actual], names[matrix.predicted], matrix.counts.tolist(), strict=True)
    return {"classes": matrix.classes, "cells": [list(cell) for cell in cells]}


def matrix_whole(matrix: Matrix) -> dict[str, Any]:
    """A confusion matrix with all its cells."""
    return {"classes": matrix.classes, "counts": matrix.dense()}


def matrix_csv(matrix: Matrix) -> bytes:
    """A confusion matrix as CSV in UTF-8: whole with a column a predicted class, of many classes a row a cell."""
    names = [cell_text(name) for name in matrix.classes]
    if len(names) > MAX_DENSE:
        cells = zip(matrix.actual.tolist(), matrix.predicted.tolist(), matrix.counts.tolist(), strict=True)
        return _csv(["actual", "predicted", "count"], ([names[one], names[other], n] for one, other, n in cells))
    rows = ([name, *row] for name, row in zip(names, matrix.dense().tolist(), strict=True))
    return _csv(["actual", *names], rows)


def curves_document(curves: Curves) -> dict[str, Any]:
    """Curves with all their points; null is missing."""
    return {"curves": [_class_document(one) for one in curves.classes]}


def _class_document(one: ClassCurves) -> dict[str, Any]:
    drawn = {
        kind: {
            known.x: one.curves[kind].x.tolist(),
            known.y: one.curves[kind].y.tolist(),
            known.more: [None if value != value else value for value in one.curves[kind].more.tolist()],
        }
        for kind, known in KINDS.items()
        if kind in one.curves
    }
    counts = {"positives": one.positives, "negatives": one.negatives, "left_out": one.left_out}
    return {"class": one.name, **counts, **{area: one.areas.get(area) for area in AREAS}, **drawn}


def curves_csv(curves: Curves) -> bytes:
    """Curves as CSV in UTF-8, a row a point."""
    rows = (
        [cell_text(one.name), kind, x, y, "" if more != more else more]
        for one in curves.classes
        for kind, curve in one.curves.items()
        for x, y, more in zip(curve.x.tolist(), curve.y.tolist(), curve.more.tolist(), strict=True)
    )
    return _csv(["class", "curve", "x", "y", "threshold or count"], rows)


def histogram_document(histogram: Histogram) -> dict[str, Any]:
    """A histogram with its own bins."""
    apart = {"nan": histogram.nan, "below": histogram.below, "above": histogram.above}
    return {"edges": histogram.edges.tolist(), "counts": histogram.counts.tolist(), **apart}


def histogram_csv(histogram: Histogram) -> bytes:
    """A histogram as CSV in UTF-8, a row a bin."""
    edges = histogram.edges.tolist()
    return _csv(["from", "to", "count"], zip(edges, edges[1:], histogram.counts.tolist(), strict=False))


def _csv(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows(rows)
    return file.getvalue().encode()
