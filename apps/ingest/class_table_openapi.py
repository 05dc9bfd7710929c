"""The OpenAPI document of the lean views of class tables, which the generator cannot see."""

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
from apps.tables.errors import MAX_CLASSES, MAX_COLUMNS, MAX_NAME_LENGTH, MAX_TABLES
from apps.tables.queries import MAX_INDEXED

_NUMBER = {
    "oneOf": [{"type": "number"}, {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}],
    "nullable": True,
    "description": "A float64; null is missing. Bare `NaN` and `Infinity` are read too.",
}
_NUMBERS = {"type": "array", "items": _NUMBER}
_COLUMNS = {
    "classes": {"type": "array", "items": NAME, "maxItems": MAX_CLASSES},
    "support": {**_NUMBERS, "nullable": True, "description": "Examples of each class."},
    "columns": {"type": "object", "additionalProperties": _NUMBERS, "maxProperties": MAX_COLUMNS},
}
_ROW = {
    "type": "object",
    "properties": {"class": NAME, "support": _NUMBER},
    "additionalProperties": _NUMBER,
    "required": ["class"],
}
_BODY = {
    "oneOf": [
        {
            "title": "Rows",
            "type": "object",
            "properties": {**ADDRESS, "rows": {"type": "array", "items": _ROW, "maxItems": MAX_CLASSES}},
            "required": ["step", "rows"],
        },
        {
            "title": "Columns",
            "type": "object",
            "properties": {**ADDRESS, **_COLUMNS},
            "required": ["step", "classes"],
        },
    ]
}
_EXAMPLES = {
    "rows": {"value": {"step": 150, "rows": [{"class": "8", "support": 41, "recall": 0.71, "iou": 0.66}]}},
    "columns": {
        "value": {"step": 150, "classes": ["7", "8"], "support": [44, 41], "columns": {"recall": [0.98, "NaN"]}}
    },
}
_RECEIPT = {
    "type": "object",
    "properties": {
        "classes": {**COUNT, "description": "classes that were stored"},
        "attempt": {"type": "integer"},
        "tables": {**COUNT, "description": "steps that this table of the run has"},
        "replaced": {"type": "boolean", "description": "the step had a table of this attempt"},
        "indexed": {**COUNT, "description": "numbers of the run's newest class tables that filters can ask for"},
        "left_out": {**COUNT, "description": f"numbers beyond the {MAX_INDEXED:,} of a run that filters see"},
        "stop": STOP,
    },
    "required": ["classes", "attempt", "tables", "replaced", "indexed", "left_out"],
}
_TABLE = {
    "type": "object",
    "properties": {**PLACE, **_COLUMNS},
    "required": ["key", "step", "attempt", "logged_at", "classes", "support", "columns"],
}


_DESCRIBED = Described(
    path="class-tables",
    named="a class table",
    plural="class tables",
    member="tables",
    listed="tables",
    operations=("list_class_tables", "get_class_table", "put_class_table"),
    read="A class table, in columns.",
    asked=(STEP_ASKED, FORMAT_ASKED),
    answers="The table.",
    answer=_TABLE,
    body=_BODY,
    examples=_EXAMPLES,
    receipt=_RECEIPT,
    bounds=(
        f"At most {MAX_BODY_BYTES:,} bytes, {MAX_CLASSES:,} classes, {MAX_COLUMNS} columns, {MAX_TABLES:,} steps; "
        f"names of 1..{MAX_NAME_LENGTH} characters."
    ),
)


def document_class_tables(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add /api/v1/runs/{run_id}/class-tables/ and what is below it to the document."""
    describe(result, _DESCRIBED)
    return result
