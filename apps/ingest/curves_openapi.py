"""The OpenAPI document of the lean views of curves, which the generator cannot see."""

from typing import Any

from apps.core.bodies import MAX_BODY_BYTES
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


_DESCRIBED = Described(
    path="curves",
    named="curves",
    plural="curves",
    member="curves",
    listed="sets of curves",
    operations=("list_curves", "get_curves", "put_curves"),
    read="The ROC, precision-recall and calibration curves of classes.",
    asked=(STEP_ASKED, FORMAT_ASKED),
    answers="The curves.",
    answer=_ANSWER,
    body=_BODY,
    examples=_EXAMPLES,
    receipt=_RECEIPT,
    bounds=(
        f"At most {MAX_BODY_BYTES:,} bytes, {MAX_CURVE_CLASSES:,} classes, {MAX_CURVE_POINTS:,} points in all, "
        f"{MAX_TABLES:,} steps; names of 1..{MAX_NAME_LENGTH} characters."
    ),
)


def document_curves(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add /api/v1/runs/{run_id}/curves/ and what is below it to the document."""
    describe(result, _DESCRIBED)
    return result
