"""The OpenAPI document of the lean views of confusion matrices, which the generator cannot see."""

from typing import Any

from apps.core.bodies import MAX_BODY_BYTES
from apps.ingest.confusion_api import LAYOUTS
from apps.ingest.table_openapi import (
    ADDRESS,
    COUNT,
    FORMAT_ASKED,
    NAME,
    PLACE,
    STEP_ASKED,
    STOP,
    Described,
    describe,
)
from apps.tables.errors import MAX_CELLS, MAX_CLASSES, MAX_DENSE, MAX_NAME_LENGTH, MAX_TABLES

_INTEGERS = {"type": "array", "items": COUNT}
_WHOLE = {
    "type": "array",
    "items": _INTEGERS,
    "maxItems": MAX_DENSE,
    "description": "A row an actual class, a column a predicted one.",
}
_CELLS = {
    "type": "array",
    "items": {"type": "array", "items": {"oneOf": [NAME, COUNT]}, "minItems": 3, "maxItems": 3},
    "maxItems": MAX_CELLS,
    "description": "[actual, predicted, count] by name; what is not listed is 0.",
}
_CLASSES = {"type": "array", "items": NAME, "maxItems": MAX_CLASSES, "description": "In the order they are shown in."}
_PLACES = {
    "actual": {**_INTEGERS, "description": "Places in `classes`, from 0."},
    "predicted": {**_INTEGERS, "description": "Places in `classes`, from 0."},
    "counts": {**_INTEGERS, "description": "Of these cells; what is not listed is 0."},
}


def _form(title: str, required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "title": title,
        "type": "object",
        "properties": {**ADDRESS, "classes": _CLASSES, **properties},
        "required": ["step", *required],
    }


_BODY = {
    "oneOf": [
        _form("Whole", ["classes", "counts"], counts=_WHOLE),
        _form("Cells by name", ["cells"], cells=_CELLS),
        _form("Cells by place", ["classes", "actual", "predicted", "counts"], **_PLACES),
    ]
}
_EXAMPLES = {
    "whole": {"value": {"step": 150, "classes": ["7", "8"], "counts": [[40, 1], [9, 31]]}},
    "cells": {"value": {"step": 150, "cells": [["8", "3", 212], ["8", "8", 762]]}},
    "places": {"value": {"step": 150, "classes": ["7", "8"], "actual": [0, 1], "predicted": [0, 0], "counts": [40, 9]}},
}
_RECEIPT = {
    "type": "object",
    "properties": {
        "classes": {**COUNT, "description": "classes of the matrix"},
        "attempt": {"type": "integer"},
        "examples": {**COUNT, "description": "the sum of its counts"},
        "matrices": {**COUNT, "description": "steps that this matrix of the run has"},
        "replaced": {"type": "boolean", "description": "the step had a matrix of this attempt"},
        "cost": {
            "type": "number",
            "nullable": True,
            "description": "expected cost per example of the newest step by the project's costs; null without examples",
        },
        "stop": STOP,
    },
    "required": ["classes", "attempt", "examples", "matrices", "replaced", "cost"],
}
_FACTS = {**PLACE, "examples": COUNT, "classes": _CLASSES}
_MATRIX = {
    "oneOf": [
        {"title": title, "type": "object", "properties": {**_FACTS, **cells}, "required": [*_FACTS, *cells]}
        for title, cells in (("whole", {"counts": _WHOLE}), ("cells", {"cells": _CELLS}), ("places", _PLACES))
    ]
}
_LAYOUT = {
    "name": "layout",
    "in": "query",
    "schema": {"type": "string", "enum": list(LAYOUTS)},
    "description": f"How its cells are written. Default: whole, of more than {MAX_DENSE:,} classes cells.",
}


_DESCRIBED = Described(
    path="confusion-matrices",
    named="a confusion matrix",
    plural="confusion matrices",
    member="matrices",
    listed="matrices",
    operations=("list_confusion_matrices", "get_confusion_matrix", "put_confusion_matrix"),
    read="A confusion matrix.",
    asked=(STEP_ASKED, _LAYOUT, FORMAT_ASKED),
    answers="The matrix.",
    answer=_MATRIX,
    body=_BODY,
    examples=_EXAMPLES,
    receipt=_RECEIPT,
    bounds=(
        f"At most {MAX_BODY_BYTES:,} bytes, {MAX_CLASSES:,} classes ({MAX_DENSE:,} of a whole matrix), {MAX_CELLS:,} "
        f"cells that are not 0, {MAX_TABLES:,} steps; names of 1..{MAX_NAME_LENGTH} characters."
    ),
)


def document_confusion_matrices(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add /api/v1/runs/{run_id}/confusion-matrices/ and what is below it to the document."""
    describe(result, _DESCRIBED)
    return result
