"""The OpenAPI document of the lean views of confusion matrices, which the generator cannot see."""

from typing import Any

from apps.core.bodies import MAX_BODY_BYTES
from apps.ingest.confusion_api import LAYOUTS
from apps.ingest.console_openapi import ENCODING, RUN, json_of, refused
from apps.ingest.table_openapi import (
    ADDRESS,
    COUNT,
    FORMAT_ASKED,
    KEY,
    NAME,
    PLACE,
    READ_REFUSALS,
    STEP_ASKED,
    STOP,
    WRITE_REFUSALS,
    listed,
    reads,
    writes,
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


def document_confusion_matrices(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add /api/v1/runs/{run_id}/confusion-matrices/ and what is below it to the document."""
    result["paths"]["/api/v1/runs/{run_id}/confusion-matrices/"] = {
        "get": {
            **reads("confusion matrices"),
            "operationId": "list_confusion_matrices",
            "description": "The confusion matrices of a run and their steps.",
            "parameters": [RUN],
            "responses": {"200": json_of("The matrices by name.", listed("matrices")), **refused(READ_REFUSALS)},
        }
    }
    result["paths"]["/api/v1/runs/{run_id}/confusion-matrices/{key}/"] = {
        "get": {
            **reads("confusion matrices"),
            "operationId": "get_confusion_matrix",
            "description": "A confusion matrix.",
            "parameters": [RUN, KEY, STEP_ASKED, _LAYOUT, FORMAT_ASKED],
            "responses": {"200": json_of("The matrix.", _MATRIX), **refused(READ_REFUSALS)},
        },
        "post": {
            **writes("confusion matrices"),
            "operationId": "put_confusion_matrix",
            "summary": "Store a confusion matrix of a run",
            "description": (
                "All or nothing, and durable when it answers. At the same step and attempt it takes the place of what "
                f"was there, so retry as often as you like. At most {MAX_BODY_BYTES:,} bytes, {MAX_CLASSES:,} classes "
                f"({MAX_DENSE:,} of a whole matrix), {MAX_CELLS:,} cells that are not 0, {MAX_TABLES:,} steps; names "
                f"of 1..{MAX_NAME_LENGTH} characters."
            ),
            "parameters": [RUN, KEY, ENCODING],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _BODY, "examples": _EXAMPLES}},
            },
            "responses": {"200": json_of("A receipt.", _RECEIPT), **refused(WRITE_REFUSALS)},
        },
    }
    return result
