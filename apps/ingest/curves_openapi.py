"""The OpenAPI document of the lean views of curves, which the generator cannot see."""

from typing import Any

from apps.core.bodies import MAX_BODY_BYTES
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
from apps.tables.curves import AREAS, KINDS
from apps.tables.errors import MAX_CURVE_CLASSES, MAX_CURVE_POINTS, MAX_NAME_LENGTH, MAX_TABLES
from apps.tables.queries import MAX_INDEXED

_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_NULLABLE = {"nullable": True}
_CLASS = {
    "type": "object",
    "properties": {
        "class": NAME,
        "positives": {**COUNT, **_NULLABLE, "description": "examples of the class"},
        "negatives": {**COUNT, **_NULLABLE},
        "left_out": {**COUNT, **_NULLABLE, "description": "examples whose score is NaN or infinite"},
        **{area: {**_SHARE, **_NULLABLE} for area in AREAS},
        **{
            kind: {
                "type": "object",
                "properties": {
                    known.x: {"type": "array", "items": _SHARE},
                    known.y: {"type": "array", "items": _SHARE},
                    known.more: {"type": "array", "items": {"type": "number", **_NULLABLE}},
                },
                "required": [known.x, known.y],
            }
            for kind, known in KINDS.items()
        },
    },
    "required": ["class"],
}
_CURVES = {"curves": {"type": "array", "items": _CLASS, "maxItems": MAX_CURVE_CLASSES}}
_BODY = {"type": "object", "properties": {**ADDRESS, **_CURVES}, "required": ["step", "curves"]}
_EXAMPLES = {
    "roc": {
        "value": {
            "step": 150,
            "curves": [
                {"class": "8", "positives": 41, "roc_auc": 0.97, "roc": {"fpr": [0, 0, 0.1, 1], "tpr": [0, 0.8, 1, 1]}}
            ],
        }
    }
}
_RECEIPT = {
    "type": "object",
    "properties": {
        "classes": {**COUNT, "description": "classes that were stored"},
        "attempt": {"type": "integer"},
        "tables": {**COUNT, "description": "steps that these curves of the run have"},
        "replaced": {"type": "boolean", "description": "the step had curves of this attempt"},
        "indexed": {**COUNT, "description": "numbers of the run's classes that filters can ask for"},
        "left_out": {**COUNT, "description": f"numbers beyond the {MAX_INDEXED:,} of a run that filters see"},
        "stop": STOP,
    },
    "required": ["classes", "attempt", "tables", "replaced", "indexed", "left_out"],
}
_ANSWER = {"type": "object", "properties": {**PLACE, **_CURVES}, "required": [*PLACE, "curves"]}


def document_curves(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add /api/v1/runs/{run_id}/curves/ and what is below it to the document."""
    result["paths"]["/api/v1/runs/{run_id}/curves/"] = {
        "get": {
            **reads("curves"),
            "operationId": "list_curves",
            "description": "The curves of a run and their steps.",
            "parameters": [RUN],
            "responses": {"200": json_of("The sets of curves by name.", listed("curves")), **refused(READ_REFUSALS)},
        }
    }
    result["paths"]["/api/v1/runs/{run_id}/curves/{key}/"] = {
        "get": {
            **reads("curves"),
            "operationId": "get_curves",
            "description": "The ROC, precision-recall and calibration curves of classes.",
            "parameters": [RUN, KEY, STEP_ASKED, FORMAT_ASKED],
            "responses": {"200": json_of("The curves.", _ANSWER), **refused(READ_REFUSALS)},
        },
        "post": {
            **writes("curves"),
            "operationId": "put_curves",
            "summary": "Store curves of a run",
            "description": (
                "All or nothing, and durable when it answers. At the same step and attempt it takes the place of what "
                f"was there, so retry as often as you like. At most {MAX_BODY_BYTES:,} bytes, {MAX_CURVE_CLASSES:,} "
                f"classes, {MAX_CURVE_POINTS:,} points in all, {MAX_TABLES:,} steps; names of 1..{MAX_NAME_LENGTH} "
                "characters."
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
